"""Every model on sets of labeled movements in a folder."""
