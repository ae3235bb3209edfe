"""Image features of portrait crops."""
