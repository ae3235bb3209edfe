"""Likely label errors, by confident learning on out-of-fold probabilities (Northcutt et al., JAIR 2021; cleanlab)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.types.runs import CuratedRow

_LEAST_OF_A_CLASS = 5  # fewer clips do not give the class's mean confidence


@dataclass(frozen=True, slots=True)
class LabelDoubt:
    """`quality` 0..1: how well the probabilities support the clip's label; `issue`: the label is likely wrong."""

    quality: float
    issue: bool


def label_doubts(
    rows: Sequence[CuratedRow], out_of_fold: Mapping[int, Sequence[float]], labels: Sequence[str]
) -> dict[int, LabelDoubt]:
    """Doubts by clip id, for the rows with out-of-fold probabilities (in the order of `labels`).

    Rows of a label that occurs fewer than five times are left out; the result is empty where fewer than two labels
    remain.
    """
    having = [row for row in rows if row.clip_id in out_of_fold]
    counts = Counter(row.label for row in having)
    usable = [name for name in labels if counts[name] >= _LEAST_OF_A_CLASS]
    if len(usable) < 2:
        return {}
    from cleanlab.filter import find_label_issues  # two seconds to import, so only where it is needed
    from cleanlab.rank import get_label_quality_scores

    judged = [row for row in having if row.label in usable]
    columns = [labels.index(name) for name in usable]
    chances = np.array([[out_of_fold[row.clip_id][column] for column in columns] for row in judged])
    chances = np.clip(chances, 1e-9, None)
    chances /= chances.sum(axis=1, keepdims=True)
    given = np.array([usable.index(row.label) for row in judged])
    quality = get_label_quality_scores(given, chances)
    issues = find_label_issues(given, chances, n_jobs=1)
    return {
        row.clip_id: LabelDoubt(float(score), bool(issue))
        for row, score, issue in zip(judged, quality, issues, strict=True)
    }
