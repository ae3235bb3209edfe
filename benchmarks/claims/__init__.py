"""Benchmark of the claim check, on claims that are known to be true or false."""
