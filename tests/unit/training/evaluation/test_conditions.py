"""What an condition learns from, and what the simulated person says."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import TrainingError
from core.types.clips import LabelSource
from training.evaluation.conditions import (
    AGREED,
    CEILING,
    GOLD_ONLY,
    RAW,
    ConditionClip,
    Pseudo,
    condition_rows,
    decisions,
    fold_labels,
    refuse_bad_conditions,
)

LABELS = ("positive", "negative")


def clip(
    clip_id: int, truth: str | None = "positive", *, gold: bool = False, pseudo: Pseudo | None = None
) -> ConditionClip:
    return ConditionClip(clip_id, clip_id // 2, truth, truth if gold else None, pseudo, simulated=True)


CHANGED = Pseudo("negative", 0.6, "positive", 0.8, agreed=False)
AGREEING = Pseudo("negative", 0.9, "negative", 0.7, agreed=True)
CLIPS = [clip(1, gold=True, pseudo=CHANGED), clip(2, pseudo=CHANGED), clip(3, pseudo=AGREEING), clip(4)]


def rows(condition: str, decided: dict[int, str] | None = None) -> list[tuple[int, str, str, float]]:
    return [
        (row.clip_id, row.label, row.source.value, pytest.approx(row.weight))
        for row in condition_rows(CLIPS, condition, 0.5, decided)
    ]


def test_gold_only_has_the_clips_that_came_with_a_label() -> None:
    assert rows(GOLD_ONLY) == [(1, "positive", "gold", 1)]


def test_raw_adds_every_first_answer_at_its_confidence() -> None:
    assert rows(RAW)[1:] == [(2, "negative", "pseudo", 0.3), (3, "negative", "pseudo", 0.45)]


def test_agreed_adds_the_reflected_answers_that_a_curated_set_lets_in() -> None:
    assert rows(AGREED)[1:] == [(3, "negative", "pseudo", 0.35)]


def test_a_decision_takes_the_place_of_the_pseudo_label_and_lets_in_a_clip_that_was_out() -> None:
    assert rows(AGREED, {2: "positive", 3: "positive"})[1:] == [
        (2, "positive", "human", 1),
        (3, "positive", "human", 1),
    ]


def test_gold_outlives_a_decision() -> None:
    assert rows(GOLD_ONLY, {1: "negative"}) == [(1, "positive", "gold", 1)]


def test_the_ceiling_is_the_truth_of_every_clip() -> None:
    assert [row.label for row in condition_rows(CLIPS, CEILING, 0.5)] == ["positive"] * 4


@given(
    gold=st.integers(1, 10),
    seed=st.integers(0, 5),
    weight=st.floats(0.1, 1),
    decided=st.sets(st.integers(0, 29)),
)
def test_every_arm_keeps_the_gold_and_never_has_a_clip_twice(
    gold: int, seed: int, weight: float, decided: set[int]
) -> None:
    clips = [clip(n, LABELS[n % 2], gold=n < gold, pseudo=(CHANGED, AGREEING)[n % 2]) for n in range(30)]
    said = decisions(clips, LABELS, accuracy=0.9, seed=seed)
    for condition in (GOLD_ONLY, RAW, AGREED, CEILING):
        made = condition_rows(clips, condition, weight, {n: said[n] for n in decided})
        assert max(Counter(row.clip_id for row in made).values()) == 1
        assert {row.clip_id for row in made if row.source is LabelSource.GOLD} >= set(range(gold))
        assert all(0 < row.weight <= 1 for row in made)


def test_a_person_says_the_same_of_a_clip_however_many_others_are_asked() -> None:
    clips = [clip(n) for n in range(50)]
    said = decisions(clips, LABELS, accuracy=0.5, seed=1)
    assert decisions(clips[20:30], LABELS, accuracy=0.5, seed=1) == {n: said[n] for n in range(20, 30)}
    assert decisions(clips, LABELS, accuracy=0.5, seed=2) != said


def test_a_simulated_person_is_right_in_the_share_that_the_settings_say() -> None:
    said = decisions([clip(n) for n in range(4000)], LABELS, accuracy=0.9, seed=0)
    assert sum(label == "positive" for label in said.values()) / 4000 == pytest.approx(0.9, abs=0.02)


def test_a_recorded_decision_is_taken_as_it_was() -> None:
    real = [replace(clip(n), simulated=False) for n in range(50)]
    assert set(decisions(real, LABELS, accuracy=0.1, seed=0).values()) == {"positive"}


def test_a_clip_without_a_known_truth_cannot_be_decided_and_has_no_decision() -> None:
    unknown = clip(9, None, pseudo=AGREEING)
    assert not unknown.can_be_decided
    assert decisions([unknown], LABELS, accuracy=0.9, seed=0) == {}
    assert condition_rows([unknown], CEILING, 0.5) == []


def test_folds_are_evened_out_by_gold_too() -> None:
    assert fold_labels([*CLIPS, clip(9, None, pseudo=AGREEING)]) == ["positive, gold", *["positive"] * 3, "negative"]


@pytest.mark.parametrize(
    ("clips", "sentence"),
    [
        ([], "are all unlabeled"),
        ([clip(1, gold=True), clip(2, pseudo=AGREEING)], "are all 'positive'; two labels are needed"),
        ([clip(1), clip(2, "negative", pseudo=AGREEING)], "came with a label; the conditions begin with those"),
        ([clip(1, gold=True), clip(2, "negative")], "run `telltale label` before the conditions are compared"),
        (
            [clip(1, gold=True), clip(2, "negative", gold=True), clip(3, None, pseudo=AGREEING)],
            "there is no decision whose worth could be measured",
        ),
    ],
)
def test_clips_without_conditions_are_refused_in_a_sentence(clips: list[ConditionClip], sentence: str) -> None:
    with pytest.raises(TrainingError, match=sentence):
        refuse_bad_conditions(clips, LABELS)
