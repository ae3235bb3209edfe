"""What a model learns from: curated sets, splits by subject, and clips as tensors."""
