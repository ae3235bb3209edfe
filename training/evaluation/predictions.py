"""What a model says of clips."""

Predictions = dict[int, tuple[float, ...]]
"""Probabilities in the taxonomy's order by clip id."""
