"""The 137 points of OpenPose: skeleton, key points of a clip, their readers, and the cues measured on them."""
