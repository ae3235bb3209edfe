"""Rules on measured cues: checking claims, the cue labeler, base rates of cues, and the leak alarm."""
