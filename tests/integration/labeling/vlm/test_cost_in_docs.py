"""The price that the manual names is the one that the plan comes to."""

import re
from fractions import Fraction
from pathlib import Path

import pytest

from core.types.clips import NewClip, Split
from core.workspace import open_workspace
from db import clips
from db.engine import open_database
from labeling.vlm.cost_plan import plan_run
from tests.made_videos import Made, encode

ROOT = Path(__file__).parents[4]
NAMED = re.compile(
    r"about ([\d.]+) USD a clip for what it writes and thinks, and ([\d.]+) USD a minute for what it is shown",
    re.DOTALL,
)


@pytest.fixture
def planned_usd(tmp_path: Path) -> tuple[float, float]:
    """What one clip of one minute, and one of two, with sound, would cost with Gemini 2.5 Pro."""
    video = encode(tmp_path / "a.mp4", Made(sound_s=1.0))
    costs = []
    for minutes in (1, 2):
        workspace = open_workspace(tmp_path / f"study-{minutes}")
        database = open_database(workspace)
        duration_s = 60.0 * minutes
        new = NewClip("a", "p", Split.TRAIN, str(video), "a" * 64, duration_s, 1500 * minutes, Fraction(25), 192, 128)
        with database.write() as connection:
            clips.add(connection, new)
        usd = plan_run(workspace, database, "gemini").usd
        database.dispose()
        assert usd is not None
        costs.append(usd)
    return costs[0], costs[1]


@pytest.mark.parametrize("file", ["docs/how-to/labelers.md", "docs/reference/settings.md"])
def test_the_price_in_the_manual_is_that_of_the_plan(file: str, planned_usd: tuple[float, float]) -> None:
    one, two = planned_usd
    text = " ".join((ROOT / file).read_text(encoding="utf-8").split())
    named = NAMED.search(text)
    assert named is not None, text
    assert [float(part) for part in named.groups()] == [round(2 * one - two, 2), round(two - one, 2)]


def test_the_price_of_one_minute_in_the_manual_is_that_of_the_plan(planned_usd: tuple[float, float]) -> None:
    text = " ".join((ROOT / "docs/how-to/labelers.md").read_text(encoding="utf-8").split())
    assert f"a clip of one minute costs about {planned_usd[0]:.2f} USD" in text
