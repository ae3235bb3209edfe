"""Films of a few seconds that carry their frame number in picture and skeleton, through the proxy maker, read off the canvas."""

import pytest
from playwright.sync_api import Browser

from benchmarks.review.drift import RATES, add_numbered_clip, read_drift
from core.progress import SilentProgress
from tests.browser.conftest import ServedWorkspace

HARDEST = "a variable rate"
CASES = [pytest.param(HARDEST, 4), *(pytest.param(rate, 12, marks=pytest.mark.long) for rate in RATES)]


@pytest.mark.parametrize(("rate", "film_s"), CASES)
def test_picture_skeleton_and_the_frame_that_the_page_names_are_one(
    chromium: Browser, served_workspace: ServedWorkspace, rate: str, film_s: int
) -> None:
    served = served_workspace
    clip = add_numbered_clip(served.workspace, served.database, rate, film_s, SilentProgress())
    found = read_drift(chromium, served.url, clip, rate, play_s=film_s, rests=8)
    assert (found.played_wrong, found.rests_wrong, found.steps_wrong, found.mistakes) == (0, 0, 0, ())
    assert found.played_drawings > clip.frame_count / 4
    assert found.played_to_frame >= clip.frame_count - 5
