"""Benchmark of a whole training run, and of attention by length."""
