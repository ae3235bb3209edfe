"""Key points by a whole-body pose model, in the order of OpenPose."""
