"""Training: data, models, fitting, evaluation and runs."""
