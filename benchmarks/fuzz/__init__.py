"""Hostile inputs, made by seed, and what Telltale does with each."""
