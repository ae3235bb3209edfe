"""Key-point models against ST-GCN, and what a whole retraining costs."""
