"""Import of clips, feature extraction, rules on measured cues, and pseudo-labels by vision-language models."""
