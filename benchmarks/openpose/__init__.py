"""Reading OpenPose's files, against a plain loop over them."""
