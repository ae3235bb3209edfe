"""iMiGUE (Liu et al., CVPR 2021) and iMiGUE-Speech: their folders, labels, protocols and micro-gestures become clips."""
