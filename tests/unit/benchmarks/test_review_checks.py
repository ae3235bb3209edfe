"""The parts of the checks of Review that need no browser."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.review import numbered_video
from benchmarks.review.drift import Drift, rows_of
from benchmarks.review.page_times import bare_commit_ms, percentile

DRIFT = Drift(
    rate="25",
    frames=50,
    played_drawings=48,
    played_wrong=0,
    played_to_frame=49,
    rests=10,
    rests_wrong=0,
    steps=20,
    steps_wrong=1,
    mistakes=((3, 3, 4, "4"),),
)


def test_one_step_that_is_not_exact_misses_its_budget_and_no_other() -> None:
    held = {row.what: row.holds for row in rows_of(DRIFT) if row.budget}
    assert [what for what, holds in held.items() if not holds] == ["steps that are not exact, of 20 both ways, 25"]


@pytest.mark.parametrize("number", [0, 1, 2**16 - 1])
def test_a_number_is_read_back_from_its_fields_and_an_odd_count_of_ones(number: int) -> None:
    fields = numbered_video.fields_of(number)
    assert sum(2**bit for bit, one in enumerate(fields[:-1]) if one) == number
    assert sum(fields) % 2 == 1


def test_a_number_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="65536 does not fit"):
        numbered_video.fields_of(2**16)


def test_a_picture_and_its_skeleton_carry_the_same_number() -> None:
    *_, picture = numbered_video.numbered_pictures(6)
    points = numbered_video.numbered_points(6)[5]
    middles = [round(numbered_video.field_middle_px(field)) for field in range(numbered_video.FIELDS)]
    white = picture[numbered_video.FIELD_PX // 2, middles, 0] > 150
    ones = points[list(numbered_video.NUMBER_JOINTS), 1] == numbered_video.ONE_Y_PX
    assert np.array_equal(white, ones)
    assert white.tolist() == numbered_video.fields_of(5)


def test_the_frames_of_a_variable_rate_go_on_in_time_and_are_the_same_again() -> None:
    times_s = numbered_video.variable_times_s(3.0)
    assert times_s == sorted(set(times_s))
    assert times_s[-1] < 3
    assert times_s == numbered_video.variable_times_s(3.0)


def test_the_percentile_of_nothing_is_no_number() -> None:
    assert np.isnan(percentile([], 0.95))
    assert percentile([1.0, 2.0, 3.0], 0.5) == 2


def test_every_bare_commit_is_timed(tmp_path: Path) -> None:
    taken = bare_commit_ms(tmp_path, "delete", 3)
    assert len(taken) == 3
    assert min(taken) > 0
