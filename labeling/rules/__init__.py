"""Rules on measured cues: the check of claims, the cue labeler, and how often each cue is usual."""
