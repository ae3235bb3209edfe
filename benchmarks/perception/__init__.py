"""Benchmark of feature extraction, against its theoretical limit and a plain loop."""
