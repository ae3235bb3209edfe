"""From videos to pseudo-labels: import, features, rules on measured cues, vision-language models."""
