"""Weights of models: which there are, fetching them whole, and what is known of those in the workspace."""
