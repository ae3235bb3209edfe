"""Fitting one model: steps, losses, checkpoints, devices and budgets."""
