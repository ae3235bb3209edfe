"""Choice of the training clips whose true label is revealed as gold label."""

from collections.abc import Sequence

import numpy as np

from core.types.clips import Split


def choose_revealed(
    owners: Sequence[int],
    labels: Sequence[str],
    splits: Sequence[Split],
    fraction: float,
    random: np.random.Generator,
) -> list[bool]:
    """Whether each clip's label is revealed: for `fraction` of the training clips, stratified by label, spread over subjects.

    With a fraction above 0, every label of the training clips is revealed at least once (twice if the fraction is a fifth or
    more and there are two), so that a first model can be trained. Test clips are never revealed.
    """
    revealed = [False] * len(labels)
    training = [index for index, split in enumerate(splits) if split is Split.TRAIN]
    if fraction <= 0:
        return revealed
    for label in sorted(set(labels)):
        candidates = [index for index in training if labels[index] == label]
        wanted = max(round(fraction * len(candidates)), 2 if fraction >= 0.2 else 1)
        order = [candidates[place] for place in random.permutation(len(candidates))]
        told_of: dict[int, int] = {}
        for _ in range(min(wanted, len(candidates))):
            # Next from the subject with the fewest revealed clips, so that all folds grouped by subject hold gold labels.
            best = min(
                (index for index in order if not revealed[index]),
                key=lambda index: (told_of.get(owners[index], 0), _told(owners, revealed, owners[index])),
            )
            revealed[best] = True
            told_of[owners[best]] = told_of.get(owners[best], 0) + 1
    return revealed


def _told(owners: Sequence[int], revealed: Sequence[bool], owner: int) -> int:
    return sum(told for told, whose in zip(revealed, owners, strict=True) if whose == owner)
