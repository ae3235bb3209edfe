"""The order of a queue where confidences are level or missing, and the exact bound of a flat curve."""

import pytest

from training.evaluation.conditions import ConditionClip, Pseudo
from training.evaluation.learning_curve import decision_counts, flat_at, queue_order


def clip(clip_id: int, confidence: float | None, first: str = "positive") -> ConditionClip:
    pseudo = None if confidence is None else Pseudo(first, 0.5, "positive", confidence, agreed=True)
    return ConditionClip(clip_id, clip_id, "positive", None, pseudo, simulated=True)


@pytest.mark.parametrize("queue", ["uncertain", "passes disagree"])
def test_a_clip_without_a_pseudo_label_comes_after_the_surest_one(queue: str) -> None:
    assert queue_order(queue, [clip(1, None), clip(2, 1.0), clip(3, None)], 0) == [2, 1, 3]


def test_clips_of_one_confidence_are_in_order_of_id() -> None:
    assert queue_order("uncertain", [clip(3, 0.7), clip(1, 0.7), clip(2, 0.7)], 0) == [1, 2, 3]


def test_uncertain_does_not_ask_whether_reflection_changed_the_answer() -> None:
    assert queue_order("uncertain", [clip(1, 0.6), clip(2, 0.9, "negative")], 0) == [1, 2]


def test_a_gain_of_exactly_the_least_is_enough() -> None:
    assert flat_at([(0, 0.0), (5, 0.25), (10, 0.5)], 0.5) is None
    assert flat_at([(0, 0.0), (5, 0.25), (10, 0.5)], 0.75) == 10


def test_a_share_too_small_for_one_clip_still_measures_one_decision() -> None:
    assert decision_counts(10, [0.01, 0.26]) == [0, 1, 3, 10]
