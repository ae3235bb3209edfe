"""The reliability sample is a random share of every stratum, and of the training split alone."""

import pytest

from core.types.clips import Split
from labeling.ingest.reliability_sample import ReliabilitySample


def drawn(sample: ReliabilitySample, labels: list[str | None], split: Split = Split.TRAIN) -> list[bool]:
    marks = []
    for label in labels:
        marks.append(sample.draw(split, label))
        sample.count(split, label)
    return marks


def test_a_tenth_of_each_stratum_is_drawn() -> None:
    sample = ReliabilitySample(0.1)
    for label in ("positive", "negative", None):
        assert sum(drawn(sample, [label] * 200)) == 20


@pytest.mark.parametrize(("fraction", "expected"), [(0.0, 0), (0.5, 60), (1.0, 120)])
def test_the_share_is_the_one_of_the_settings(fraction: float, expected: int) -> None:
    assert sum(drawn(ReliabilitySample(fraction), [None] * 120)) == expected


def test_a_fraction_that_is_no_whole_part_comes_close() -> None:
    assert 80 <= sum(drawn(ReliabilitySample(0.3), [None] * 300)) <= 90


def test_no_clip_of_the_test_split_is_drawn() -> None:
    assert not any(drawn(ReliabilitySample(1.0), [None] * 20, Split.TEST))


def test_the_places_are_not_every_tenth_clip() -> None:
    marks = drawn(ReliabilitySample(0.1), [None] * 200)
    assert len({place % 10 for place, mark in enumerate(marks) if mark}) > 3


def test_a_second_import_goes_on_where_the_first_ended() -> None:
    whole = drawn(ReliabilitySample(0.1), [None] * 40)
    first = ReliabilitySample(0.1)
    begun = drawn(first, [None] * 13)
    second = ReliabilitySample(0.1)
    for _ in begun:
        second.count(Split.TRAIN, None)
    assert begun + drawn(second, [None] * 27) == whole
