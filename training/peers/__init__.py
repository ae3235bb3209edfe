"""Models of the literature and baselines, each in its authors' configuration, on the same clips as ours."""
