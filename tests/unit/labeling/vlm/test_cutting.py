from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from labeling.vlm.video_segments.cutting import Segment, segments_of


@st.composite
def cuts(draw: st.DrawFn) -> tuple[float, float, float]:
    """Duration, longest, overlap; at most some hundred segments."""
    longest_s = draw(st.floats(1.0, 600.0))
    return draw(st.floats(0.04, 3000.0)), longest_s, draw(st.floats(0.0, 0.9)) * longest_s


def test_a_clip_that_is_short_enough_is_one_segment() -> None:
    assert segments_of(60.0, 60.0, 5.0) == (Segment(0.0, 60.0),)


def test_a_longer_clip_becomes_equal_stretches() -> None:
    assert segments_of(100.0, 60.0, 10.0) == (Segment(0.0, 55.0), Segment(45.0, 100.0))


@given(cuts())
def test_segments_cover_the_clip_from_its_start_to_its_end(cut: tuple[float, float, float]) -> None:
    found = segments_of(*cut)
    assert (found[0].start_s, found[-1].end_s) == (0.0, cut[0])
    assert all(before.end_s >= after.start_s - 1e-6 for before, after in pairwise(found))


@given(cuts())
def test_no_segment_is_longer_than_the_longest(cut: tuple[float, float, float]) -> None:
    assert all(each.duration_s <= cut[1] + 1e-6 for each in segments_of(*cut))


@given(cuts())
def test_neighbors_overlap_by_what_was_asked(cut: tuple[float, float, float]) -> None:
    for before, after in pairwise(segments_of(*cut)):
        assert before.end_s - after.start_s == pytest.approx(cut[2], abs=1e-6)


@given(cuts())
def test_all_segments_are_equally_long(cut: tuple[float, float, float]) -> None:
    found = segments_of(*cut)
    assert all(each.duration_s == pytest.approx(found[0].duration_s, abs=1e-6) for each in found)


@given(cuts())
def test_one_segment_fewer_would_not_do(cut: tuple[float, float, float]) -> None:
    duration_s, longest_s, overlap_s = cut
    count = len(segments_of(*cut))
    assume(count > 1)
    fewer_cover_s = (count - 1) * longest_s - (count - 2) * overlap_s
    assert fewer_cover_s < duration_s + 1e-6


@pytest.mark.parametrize("duration_s", [0.0, -1.0, float("nan"), float("inf")])
def test_a_clip_without_a_length_cannot_be_cut(duration_s: float) -> None:
    with pytest.raises(ValueError, match="cannot be cut into segments"):
        segments_of(duration_s, 60.0, 5.0)


@pytest.mark.parametrize(("longest_s", "overlap_s"), [(10.0, 10.0), (0.0, 0.0), (10.0, -1.0), (float("nan"), 1.0)])
def test_segments_that_would_not_advance_are_refused(longest_s: float, overlap_s: float) -> None:
    with pytest.raises(ValueError, match="cannot overlap"):
        segments_of(100.0, longest_s, overlap_s)
