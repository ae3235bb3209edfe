"""Benchmark of the key-point models, against ST-GCN."""
