"""What a whole retraining costs, and attention by length."""
