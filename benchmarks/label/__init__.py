"""Kills of labeling: whether anything is paid for twice."""
