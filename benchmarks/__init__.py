"""The benchmarks of `telltale bench`: each part against its budget, its theoretical limit and an alternative, in one
run.
"""
