"""Evaluation protocols, which fit models: grouped folds, a given split, annotation conditions, the test set."""
