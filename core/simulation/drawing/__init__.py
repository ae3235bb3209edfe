"""Drawing the simulated person as a video."""
