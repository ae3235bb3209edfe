"""OpenPose's 137 key points: the skeleton, the key points of a clip, readers of files, and cues measured on them."""
