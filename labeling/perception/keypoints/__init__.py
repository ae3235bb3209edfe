"""Key-point estimation by a whole-body pose model, in OpenPose's order."""
