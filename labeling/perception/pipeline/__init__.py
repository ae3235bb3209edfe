"""The feature-extraction pipeline of a video, which decodes it once for all stages."""
