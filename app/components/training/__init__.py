"""The panels of the Train page."""
