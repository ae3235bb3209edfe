"""Import of iMiGUE (Liu et al., CVPR 2021) and iMiGUE-Speech: folders, labels, protocols and micro-gestures."""
