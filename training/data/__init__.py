"""Training data: curated sets, splits by subject, and clips as tensors."""
