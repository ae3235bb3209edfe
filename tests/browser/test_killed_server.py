"""kill -9 of the server while a browser decides: what was shown as saved is there, once, and the page comes back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from app.opened_workspace import OpenedWorkspace
from benchmarks.review.kills import decide_and_kill
from benchmarks.review.server import serving
from core.workspace import open_workspace
from db import reviewers
from db.engine import open_database
from tests.integration.app.review_study import ReviewStudy

KILLS = 2


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[OpenedWorkspace]:
    workspace = open_workspace(tmp_path / "study")
    database = open_database(workspace)
    ReviewStudy(workspace, database, tmp_path).add_clips(40)
    with database.write() as connection:
        reviewers.ensure(connection, "Ada")
    yield OpenedWorkspace(workspace, database)
    database.dispose()


def test_what_was_said_to_be_saved_survives_the_server(
    chromium: Browser, opened: OpenedWorkspace, tmp_path: Path
) -> None:
    with serving(opened.workspace.root, tmp_path / "log") as server:
        server.start()
        found = decide_and_kill(chromium, server, opened, KILLS)
    assert found.said_saved > KILLS
    assert (found.lost, found.doubled, found.elsewhere, found.integrity) == (0, 0, 0, "ok")
