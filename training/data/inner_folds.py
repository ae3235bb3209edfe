"""Folds of people within training clips, on which whatever is tuned is tuned. Free of torch."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

_PARTS = 5

Places = npt.NDArray[np.intp]


def inner_folds(subjects: Sequence[int]) -> Iterator[tuple[Places, Places]]:
    """The places of the clips to fit on, and of those of held-out people, five times, or as often as there are people.

    `subjects` (N,), one a clip. Nothing with one person.
    """
    from sklearn.model_selection import GroupKFold  # slow to import; pages import what tunes and tune nothing

    parts = min(_PARTS, len(set(subjects)))
    if parts > 1:
        yield from GroupKFold(parts).split(np.zeros(len(subjects)), groups=subjects)
