"""Agreement of two sets of labels."""

AgreementCounts = tuple[tuple[int, int], ...]
"""(equal labels, clips or answers) of each subject with at least one, because the clips of one person are alike."""
