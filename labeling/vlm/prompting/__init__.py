"""Building requests to a model: prompt files, the steps for a clip, and the evidence for reflection."""
