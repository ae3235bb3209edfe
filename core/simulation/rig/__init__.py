"""The simulated person in motion: 137 true points a frame."""
