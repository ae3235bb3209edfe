"""Key points of a clip: imported from OpenPose, or by a whole-body pose model."""
