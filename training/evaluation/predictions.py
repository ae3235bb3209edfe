"""The type of a model's predictions."""

Predictions = dict[int, tuple[float, ...]]
"""Clip id to probabilities in the taxonomy's order."""
