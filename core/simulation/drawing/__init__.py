"""The simulated person drawn as a video."""
