"""Splits by subject: no subject is on both sides of a fold. Free of torch, because pages use it."""

import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from core.errors import TrainingError
from core.types.clips import Clip
from core.types.runs import CuratedRow
from training.evaluation.results_table import Scored

FoldSplit = tuple[list[CuratedRow], list[int]]  # training rows, ids of held-out clips

_NAMED = 3  # subjects or labels that a sentence names before "and others"


def grouped_folds(
    subject_ids: Sequence[int], labels: Sequence[str], folds: int, seed: int, *, named: Callable[[str], str] = repr
) -> list[int]:
    """The held-out fold (0 .. folds - 1) of each row: subjects stay whole, labels are stratified as far as that
    allows.

    scikit-learn's StratifiedGroupKFold. Raises TrainingError where there are fewer subjects than folds, or where the
    training part of a fold would lack a label; `named`: how the sentence names one.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    for sentence in _too_few(subject_ids, labels, folds):
        raise TrainingError(sentence)
    splitter = StratifiedGroupKFold(n_splits=folds, shuffle=True, random_state=seed)
    fold_of = [-1] * len(labels)
    with warnings.catch_warnings():
        # It warns of a label with fewer rows than folds; whether the training part has every label is checked below.
        warnings.filterwarnings("ignore", message="The least populated class", category=UserWarning)
        for fold, (_, held_out) in enumerate(splitter.split([[0]] * len(labels), labels, subject_ids)):
            for row in held_out:
                fold_of[row] = fold
    for fold in range(folds):
        trained_on = {label for label, of_row in zip(labels, fold_of, strict=True) if of_row != fold}
        for label in sorted(set(labels) - trained_on):
            raise TrainingError(
                f"Fold {fold + 1} of {folds} holds every clip labeled {named(label)}; that label needs clips of more subjects."
            )
    return fold_of


def _too_few(subject_ids: Sequence[int], labels: Sequence[str], folds: int) -> list[str]:
    subjects, counts = len(set(subject_ids)), Counter(labels)
    if subjects < folds:
        return [f"{folds} folds need at least {folds} subjects, and the set has {subjects}."]
    if max(counts.values()) < folds:
        return [
            f"{folds} folds need a label with at least {folds} clips, and the most frequent has "
            f"{max(counts.values())} (the rarest {min(counts.values())})."
        ]
    return []


def foreseen_refusals(
    subject_ids: Sequence[int], labels: Sequence[str], folds: int, *, named: Callable[[str], str] = repr
) -> list[str]:
    """Why `grouped_folds` would refuse the rows, as far as can be told without making the folds, which needs
    scikit-learn. `named`: how a sentence names a label.
    """
    subjects_of: dict[str, set[int]] = {}
    for subject_id, label in zip(subject_ids, labels, strict=True):
        subjects_of.setdefault(label, set()).add(subject_id)
    of_one = sorted(label for label, subjects in subjects_of.items() if len(subjects) == 1)
    return _too_few(subject_ids, labels, folds) or [
        f"Every clip labeled {named(label)} is of one subject, whom one fold holds out; that label needs clips of more "
        "subjects."
        for label in of_one
    ]


def fold_splits(rows: Sequence[CuratedRow], fold_of: Sequence[int], folds: int) -> list[FoldSplit]:
    """The training rows and held-out clips of every fold of `grouped_folds`."""
    pairs = list(zip(rows, fold_of, strict=True))
    return [
        ([row for row, of in pairs if of != fold], [row.clip_id for row, of in pairs if of == fold])
        for fold in range(folds)
    ]


def refuse_labels(rows: Sequence[CuratedRow], labels: Sequence[str], scored: Iterable[Scored] = ()) -> None:
    """Raises TrainingError where all rows have the same label, or where a row or a scored clip has an unknown label."""
    taught = {row.label for row in rows}
    shared = {label for row in rows for label, _ in row.soft_labels or ()}
    for sentence in unknown_labels({*taught, *shared, *(one.label for one in scored)}, labels):
        raise TrainingError(sentence)
    if len(taught) < 2:
        named = listed([repr(label) for label in sorted(taught)])
        raise TrainingError(
            f"All {len(rows)} clips are labeled {named or 'nothing'}; two labels are needed to tell apart."
        )


def unknown_labels(found: Iterable[str], labels: Sequence[str]) -> list[str]:
    """A sentence that names the labels that are not in `labels`; no sentence where all are."""
    unknown = sorted(set(found) - set(labels))
    if not unknown:
        return []
    named = listed([repr(label) for label in unknown])
    return [f"Clips are labeled {named}, which the taxonomy does not have; give it back, or label them anew."]


def shared_subjects(rows: Sequence[CuratedRow], train: Sequence[Clip], test: Sequence[Clip]) -> list[str]:
    """A sentence that names the subjects with clips in both the set and the test split; no sentence where nobody
    has.
    """
    names = {clip.id: clip.subject for clip in train}
    tested = {clip.subject_id for clip in test}
    shared = sorted({names[row.clip_id] for row in rows if row.subject_id in tested})
    if not shared:
        return []
    named = listed([repr(name) for name in shared])
    return [f"The subject {named} has clips in the train and in the test split; a person may be on one side only."]


def listed(names: Sequence[str]) -> str:
    """The first three names, and the number of others."""
    shown = "; ".join(names[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown} (and {len(names) - _NAMED} others)"
