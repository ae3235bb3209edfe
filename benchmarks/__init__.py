"""What `telltale bench` measures: each part against its budgets, its limits and its peers in the same run."""
