"""The families of cues, by which the timeline of Review has its rows."""

import pytest

from app.review.component import FAMILY_TITLES
from core.pose.cues.catalog import CATALOG, read_catalog
from core.types.cues import CueFamily

CUE = """
["nodding"]
title = "Nodding"
phrase = "The head nods"
region = "head"
joints = ["chin"]
description = "Up and down."
rule = { unit = "ratio", start = 0.2, stop = 0.1, full = 0.5, min_s = 0.5, gap_s = 0.4 }
"""


def test_every_family_has_cues_and_a_title() -> None:
    assert {cue.family for cue in CATALOG.values()} == set(CueFamily) == set(FAMILY_TITLES)


def test_a_hand_at_the_face_is_self_touch_rather_than_of_the_face() -> None:
    assert CATALOG["touching facial parts"].family is CueFamily.SELF_TOUCH


@pytest.mark.parametrize("line", ["", 'family = "limbs"'])
def test_a_cue_without_a_known_family_is_refused_by_name(line: str) -> None:
    text = CUE.replace("region", f"{line}\nregion")
    with pytest.raises(ValueError, match=r"^The cue 'nodding' has the family .* none of face, head, self-touch"):
        read_catalog(text)


def test_a_cue_with_a_family_is_read() -> None:
    assert read_catalog(CUE.replace("region", 'family = "head"\nregion'))["nodding"].family is CueFamily.HEAD
