"""What people mark in a clip, and whom they pick, is refused in one sentence where it cannot be."""

import math
import re
from typing import Any

import pytest

from core.errors import InputError
from core.types.annotated_cues import AnnotatedCue
from core.types.interviewee import PersonPoint

GOOD: dict[str, Any] = {
    "cue": None,
    "name": "Illustrative gestures",
    "class_id": 99,
    "start_s": 1.0,
    "end_s": 2.0,
    "source": "iMiGUE",
}


def test_the_id_for_none_of_the_classes_is_kept() -> None:
    assert AnnotatedCue(**GOOD).class_id == 99


def test_a_mark_may_be_a_single_moment() -> None:
    assert AnnotatedCue(**{**GOOD, "end_s": 1.0}).end_s == 1.0


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"end_s": 0.5},
            "The end_s of the annotated cue Illustrative gestures is 0.5, which is before its start_s, 1.0.",
        ),
        ({"start_s": -0.1}, "The start_s of the annotated cue Illustrative gestures is -0.1; it must be a number of"),
        (
            {"start_s": math.nan},
            "The start_s of the annotated cue Illustrative gestures is nan; it must be a number of",
        ),
        ({"end_s": math.nan}, "The end_s of the annotated cue Illustrative gestures is nan; it must be a number of"),
        ({"end_s": math.inf}, "The end_s of the annotated cue Illustrative gestures is inf; it must be a number of"),
        ({"name": ""}, "The name of an annotated cue is empty."),
        ({"source": " "}, "The source of an annotated cue is empty."),
        ({"class_id": -1}, "The class_id of the annotated cue Illustrative gestures is -1; it must not be negative."),
    ],
)
def test_a_mark_that_cannot_be_names_its_field(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(sentence)}"):
        AnnotatedCue(**{**GOOD, **changes})


@pytest.mark.parametrize("field", ["time_s", "x_px", "y_px"])
@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf, -math.inf])
def test_a_picked_point_that_cannot_be_names_its_field(field: str, value: float) -> None:
    with pytest.raises(InputError, match=f"^The {field} of a picked person is {value}; it must be a number from 0 up"):
        PersonPoint(**{"time_s": 1.0, "x_px": 2.0, "y_px": 3.0, field: value})


def test_the_very_first_pixel_of_a_clip_can_be_picked() -> None:
    assert PersonPoint(0.0, 0.0, 0.0) == PersonPoint(0, 0, 0)
