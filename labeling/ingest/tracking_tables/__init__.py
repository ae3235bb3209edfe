"""Key points in the tables of other tools, mapped to OpenPose's 137: OpenFace 2, DeepLabCut, SLEAP."""
