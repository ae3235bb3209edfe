"""A workspace may be called by any name that a folder can have: its database lies in it, and so does everything else."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from core.feature_store import FeatureStore
from core.media.proxy import make_proxy
from core.media.video import probe_video, read_frame, video_digest, write_thumbnail, write_video
from core.progress import SilentProgress
from core.types.features import FeatureKind, Producer
from core.workspace import open_workspace
from db import reviewers
from db.engine import open_database

DATA = Path(__file__).with_name("data")
HARDEST = ("a?mode=memory#x", "%20%s%(here)s", "line\nbreak", os.fsdecode(b"not \xff UTF-8"))
OTHERS = (
    "what?",
    "a#b",
    "100%",
    "two words",
    "'quoted\" `x`",
    "tab\tand\x1b[31m",
    ":memory:",
    "file:a",
    "a&b=c;d",
    "$HOME ~ *",
    "back\\slash",
    "Привет 🙂",
    "a%03d",
)


@pytest.fixture(params=[*HARDEST, *(pytest.param(name, marks=pytest.mark.long) for name in OTHERS)], ids=ascii)
def odd(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder of that name."""
    folder = tmp_path / str(request.param)
    folder.mkdir()
    return folder


def test_the_database_lies_in_the_workspace_whatever_that_is_called(odd: Path) -> None:
    for _ in range(2):
        database = open_database(open_workspace(odd))
        with database.write() as connection:
            reviewers.ensure(connection, "Ada")
        database.dispose()
    with sqlite3.connect(odd / "telltale.db") as raw:
        assert raw.execute("SELECT count(*) FROM reviewers").fetchone() == (1,)
    raw.close()
    assert [path.name for path in odd.parent.iterdir()] == [odd.name]


@pytest.mark.migrates
def test_an_older_database_is_copied_beside_itself_whatever_the_folder_is_called(tmp_path: Path) -> None:
    odd = tmp_path / "a?mode=memory#x %20"
    odd.mkdir()
    shutil.copyfile(DATA / "schema_0013.db", odd / "telltale.db")
    open_database(open_workspace(odd)).dispose()
    assert (odd / "telltale.db.schema-0013").stat().st_size > 10_000
    assert [path.name for path in odd.parent.iterdir()] == [odd.name]


def test_features_are_stored_whatever_the_folder_is_called(odd: Path) -> None:
    store = FeatureStore(odd)
    store.write(1, FeatureKind.IMAGE, {"features": np.ones((3, 4), dtype=np.float32)}, Producer("a", "1", ""))
    with store.open(1, FeatureKind.IMAGE) as file:
        assert file.read("features").shape == (3, 4)


def _frames() -> Iterator[np.ndarray]:
    for number in range(10):
        yield np.full((64, 64, 3), 20 * number, dtype=np.uint8)


def test_videos_are_written_and_read_whatever_the_folder_is_called(odd: Path) -> None:
    video = odd / "a.mp4"
    write_video(video, _frames(), Fraction(25))
    info = probe_video(video)
    assert info.frame_count == 10
    assert len(video_digest(video)) == 64
    assert read_frame(video, 0.2).shape == (64, 64, 3)
    make_proxy(video, odd / "proxy.mp4", SilentProgress())
    write_thumbnail(video, odd / "a.jpg", 0.2, None)
    assert probe_video(odd / "proxy.mp4").frame_count == 10
    assert (odd / "a.jpg").stat().st_size > 100
    assert sorted(path.name for path in odd.iterdir()) == ["a.jpg", "a.mp4", "proxy.mp4"]
