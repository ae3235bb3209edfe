"""An empty workspace for jobs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.workspace import Workspace, open_workspace
from db.engine import Database, open_database


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return open_workspace(tmp_path / "study")


@pytest.fixture
def database(workspace: Workspace) -> Iterator[Database]:
    opened = open_database(workspace)
    yield opened
    opened.dispose()
