"""Cuts by subject."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import TrainingError
from training.data.splits import foreseen_refusals, grouped_folds

clips = st.lists(st.tuples(st.integers(0, 12), st.sampled_from(["positive", "negative", "neutral"])), max_size=60)


@given(clips=clips, folds=st.integers(2, 5), seed=st.integers(0, 3))
def test_folds_never_share_a_subject(clips: list[tuple[int, str]], folds: int, seed: int) -> None:
    subjects, labels = [subject for subject, _ in clips], [label for _, label in clips]
    try:
        fold_of = grouped_folds(subjects, labels, folds, seed)
    except TrainingError:
        return  # refused with a sentence; the tests below say when
    assert len(fold_of) == len(clips)
    assert set(fold_of) <= set(range(folds))
    assert len(set(zip(subjects, fold_of, strict=True))) == len(set(subjects))
    for fold in range(folds):
        assert {label for label, of_row in zip(labels, fold_of, strict=True) if of_row != fold} == set(labels)


def test_every_fold_is_used_and_the_seed_decides() -> None:
    subjects = [number // 2 for number in range(40)]
    labels = ["positive", "negative"] * 20
    assert set(grouped_folds(subjects, labels, 4, 0)) == {0, 1, 2, 3}
    assert grouped_folds(subjects, labels, 4, 0) == grouped_folds(subjects, labels, 4, 0)
    assert grouped_folds(subjects, labels, 4, 0) != grouped_folds(subjects, labels, 4, 1)


def test_fewer_subjects_than_folds_is_one_sentence() -> None:
    with pytest.raises(TrainingError, match=r"4 folds need at least 4 subjects, and the set has 2\."):
        grouped_folds([1, 1, 2, 2], ["positive", "negative"] * 2, 4, 0)


def test_a_label_of_one_subject_alone_is_refused() -> None:
    with pytest.raises(TrainingError, match="holds every clip labeled 'negative'"):
        grouped_folds([1, 2, 3, 4, 4], ["positive"] * 4 + ["negative"], 2, 0)


def test_fewer_clips_of_every_label_than_folds_is_refused() -> None:
    with pytest.raises(TrainingError, match="4 folds need a label with at least 4 clips"):
        grouped_folds([1, 2, 3, 4], ["positive", "negative"] * 2, 4, 0)


@pytest.mark.parametrize(
    ("subjects", "labels", "folds"),
    [
        ([1, 1, 2, 2], ["positive", "negative"] * 2, 4),
        ([1, 2, 3, 4], ["positive", "negative"] * 2, 4),
        ([1, 2, 3, 4, 4], ["positive"] * 4 + ["negative"], 2),
    ],
)
def test_what_is_refused_is_foreseen_without_making_the_folds(
    subjects: list[int], labels: list[str], folds: int
) -> None:
    assert len(foreseen_refusals(subjects, labels, folds)) == 1
    with pytest.raises(TrainingError):
        grouped_folds(subjects, labels, folds, 0)


def test_a_label_of_one_subject_is_named_as_the_caller_names_it() -> None:
    (told,) = foreseen_refusals(
        [1, 2, 3, 4, 4], ["positive"] * 4 + ["neutral"], 2, named=lambda name: f"“{name.title()}”"
    )
    assert told.startswith("Every clip labeled “Neutral” is of one subject")


@given(clips=clips, seed=st.integers(0, 3))
def test_what_can_be_split_is_never_foreseen_as_refused(clips: list[tuple[int, str]], seed: int) -> None:
    subjects, labels = [subject for subject, _ in clips], [label for _, label in clips]
    if foreseen_refusals(subjects, labels, 3):
        with pytest.raises(TrainingError):
            grouped_folds(subjects, labels, 3, seed)
