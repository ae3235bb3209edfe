"""A training run: its steps, its folder and artifacts, and predictions of its model."""
