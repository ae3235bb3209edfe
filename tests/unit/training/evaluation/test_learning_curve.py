"""The order of the queues, where the curve is measured, when it is flat."""

from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.conditions import ConditionClip, Pseudo
from training.evaluation.learning_curve import QUEUES, decision_counts, flat_at, queue_order


def clip(clip_id: int, confidence: float, first: str = "positive", *, gold: str | None = None) -> ConditionClip:
    pseudo = Pseudo(first, 0.5, "positive", confidence, agreed=True)
    return ConditionClip(clip_id, clip_id, "positive", gold, pseudo, simulated=True)


CLIPS = [
    clip(1, 0.9),
    clip(2, 0.6),
    clip(3, 0.8, "negative"),
    clip(4, 0.1, gold="positive"),
    ConditionClip(5, 5, "positive", None, None, simulated=True),
]


def test_uncertain_takes_the_least_confident_first_and_clips_without_an_answer_last() -> None:
    assert queue_order("uncertain", CLIPS, 0) == [2, 3, 1, 5]


def test_passes_disagree_takes_what_reflection_changed_first() -> None:
    assert queue_order("passes disagree", CLIPS, 0) == [3, 2, 1, 5]


def test_random_is_another_order_for_another_seed() -> None:
    many = [clip(number, 0.5) for number in range(40)]
    assert queue_order("random", many, 1) == queue_order("random", many, 1)
    assert queue_order("random", many, 1) != queue_order("random", many, 2)


@given(confidences=st.lists(st.floats(0, 1), max_size=20), seed=st.integers(0, 9))
def test_every_queue_has_every_clip_that_can_be_decided_once(confidences: list[float], seed: int) -> None:
    clips = [clip(n, value, gold=None if n % 3 else "positive") for n, value in enumerate(confidences)]
    for queue in QUEUES:
        assert sorted(queue_order(queue, clips, seed)) == [n for n in range(len(clips)) if n % 3]


def test_the_curve_goes_from_none_to_all() -> None:
    assert decision_counts(50, [0.1, 0.2, 0.2]) == [0, 5, 10, 50]
    assert decision_counts(2, [0.1, 0.2]) == [0, 1, 2]


@given(clips=st.integers(1, 500), shares=st.lists(st.floats(0.01, 1), max_size=6))
def test_counts_rise_and_stay_within_the_clips(clips: int, shares: list[float]) -> None:
    counts = decision_counts(clips, shares)
    assert counts == sorted(set(counts))
    assert (counts[0], counts[-1]) == (0, clips)


def test_a_curve_that_stops_rising_is_flat_two_steps_later() -> None:
    assert flat_at([(0, 0.60), (5, 0.70), (10, 0.75), (20, 0.751), (40, 0.752)], 0.01) == 40


def test_one_step_without_a_gain_is_not_yet_flat() -> None:
    assert flat_at([(0, 0.60), (5, 0.60), (10, 0.65), (20, 0.65), (40, 0.70)], 0.01) is None


@given(st.lists(st.floats(0.006, 0.2), min_size=2, max_size=8))
def test_a_curve_that_keeps_rising_is_never_flat(gains: list[float]) -> None:
    points = [(number, sum(gains[:number])) for number in range(len(gains) + 1)]
    assert flat_at(points, 0.01) is None


@given(st.integers(3, 8), st.floats(0, 1))
def test_a_level_curve_is_flat_as_soon_as_it_can_be_told(points: int, level: float) -> None:
    assert flat_at([(number, level) for number in range(points)], 0.01) == 2
