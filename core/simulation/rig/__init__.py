"""Motion of the simulated person: 137 true points per frame."""
