"""Observations: segment time to clip time, merging over segments, and what reflection makes of them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types.cues import BodyRegion
from labeling.vlm.answers.observations import Seen, in_clip_time, merged, reflected_claims, speaking_for
from labeling.vlm.answers.schema import AnswerError, Argument, ClaimMade, Observation, Reflected, Verdict
from labeling.vlm.video_segments.cutting import Segment

SEGMENT = Segment(100.0, 130.0)
ARGUMENTS = (
    Argument(label="positive", argument="a", strength=0.4, observations=(0,)),
    Argument(label="negative", argument="b", strength=0.8, observations=(0, 1)),
)


def observed(start_s: float, end_s: float, cue: str = "smile") -> Observation:
    return Observation(start_s=start_s, end_s=end_s, cue=cue, region=BodyRegion.FACE, seen="It is seen.", clarity=0.5)


def seen(start_s: float, end_s: float, cue: str = "smile", clarity: float = 0.5, text: str = "It is seen.") -> Seen:
    return Seen(start_s, end_s, cue, BodyRegion.FACE, text, clarity)


def reflected(*verdicts: Verdict, claims: tuple[ClaimMade, ...] = ()) -> Reflected:
    return Reflected(
        verdicts=verdicts, errors=(), label_changes=False, label="negative", confidence=0.5, reasoning="", claims=claims
    )


def verdict(number: int, what: Any = "keep", start_s: float = 0, end_s: float = 1, text: str = "New words.") -> Verdict:
    return Verdict(observation=number, verdict=what, why="I looked again.", start_s=start_s, end_s=end_s, seen=text)


def test_times_move_to_the_clip() -> None:
    assert [(one.start_s, one.end_s) for one in in_clip_time([observed(1, 2)], SEGMENT)] == [(101.0, 102.0)]


def test_a_second_past_the_end_is_the_end() -> None:
    (one,) = in_clip_time([observed(29, 30.8)], SEGMENT)
    assert (one.end_s, one.outside) == (130.0, False)


def test_one_observation_after_the_end_is_kept_as_such() -> None:
    found = in_clip_time([observed(1, 2), observed(3, 4), observed(80, 82)], SEGMENT)
    assert [one.outside for one in found] == [False, False, True]


def test_an_answer_whose_times_mostly_lie_after_the_end_is_refused() -> None:
    with pytest.raises(
        AnswerError, match=r"2 of 3 observations lie after the end of the video segment, which lasts 30\.0 s"
    ):
        in_clip_time([observed(1, 2), observed(60, 61), observed(80, 82)], SEGMENT)


@pytest.mark.parametrize(("start_s", "end_s"), [(5, 4), (-3, 2)])
def test_a_time_that_is_no_stretch_is_refused(start_s: float, end_s: float) -> None:
    with pytest.raises(AnswerError, match="no stretch of time"):
        in_clip_time([observed(start_s, end_s)], SEGMENT)


def test_what_two_segments_saw_in_their_overlap_is_one() -> None:
    found = merged([[seen(118.0, 119.0, clarity=0.4)], [seen(118.3, 119.2, clarity=0.9), seen(140, 141)]])
    assert [(one.start_s, one.clarity) for one in found] == [(118.3, 0.9), (140, 0.5)]


def test_two_gestures_of_one_name_after_each_other_stay_two() -> None:
    assert len(merged([[seen(10, 11), seen(11.5, 12)]])) == 2


@given(st.lists(st.tuples(st.floats(0, 50), st.floats(0, 3), st.sampled_from(["smile", "nodding"])), max_size=12))
def test_merging_again_changes_nothing_and_keeps_the_order(spans: list[tuple[float, float, str]]) -> None:
    once = merged([[seen(start, start + length, cue) for start, length, cue in spans]])
    assert [one.start_s for one in once] == sorted(one.start_s for one in once)
    assert len(once) <= len(spans)


def test_an_observation_speaks_for_the_argument_that_leans_on_it_most() -> None:
    assert speaking_for([seen(0, 1), seen(2, 3), seen(4, 5)], ARGUMENTS) == (
        ("negative", 0.4),
        ("negative", 0.4),
        ("positive", 0.0),
    )


def test_reflection_keeps_revises_and_drops() -> None:
    claims = reflected_claims(
        [seen(0, 1), seen(2, 3), seen(4, 5)],
        ARGUMENTS,
        reflected(
            verdict(0),
            verdict(1, "revise", 2.5, 3.5),
            verdict(2, "drop"),
            claims=(
                ClaimMade(observation=0, speaks_for="positive", weight=0.9, text="A smile."),
                ClaimMade(observation=1, speaks_for="negative", weight=0.2, text="Later."),
            ),
        ),
        duration_s=30,
    )
    assert [(one.kept, one.start_s, one.speaks_for, one.weight) for one in claims] == [
        (True, 0, "positive", 0.9),
        (True, 2.5, "negative", 0.2),
        (False, 4, "positive", 0.0),
    ]
    assert [one.reflection for one in claims] == [
        "Kept: I looked again.",
        "Revised: I looked again.",
        "Dropped: I looked again.",
    ]


def test_an_observation_after_the_end_of_the_video_segment_is_dropped_whatever_reflection_says() -> None:
    outside = Seen(90, 91, "smile", BodyRegion.FACE, "It is seen.", 0.5, outside=True)
    claims = reflected_claims([seen(0, 1), outside], ARGUMENTS, reflected(verdict(0), verdict(1)), duration_s=30)
    assert not claims[1].kept


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (reflected(verdict(0)), "no verdict on observation 1 of 2"),
        (reflected(verdict(0), verdict(1), verdict(7)), "speaks of observation 7, but they go from 0 to 1"),
        (reflected(verdict(0), verdict(1, "revise", 40, 50)), "was revised to 40.0 to 50.0 s"),
    ],
)
def test_reflection_that_does_not_fit_its_observations_is_refused(answer: Reflected, sentence: str) -> None:
    with pytest.raises(AnswerError, match=sentence):
        reflected_claims([seen(0, 1), seen(2, 3)], ARGUMENTS, answer, duration_s=30)
