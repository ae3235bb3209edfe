"""Benchmark of reading OpenPose's files, against a plain loop."""
