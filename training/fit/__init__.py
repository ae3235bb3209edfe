"""Fitting one model: optimization, losses, checkpoints, device, and the time budget of ST-GCN."""
