"""One clip's video through all stages of feature extraction, decoded once."""
