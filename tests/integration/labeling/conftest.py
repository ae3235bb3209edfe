"""A study folder and a workspace to import it into."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.workspace import Workspace, open_workspace
from db.engine import Database, open_database
from tests.integration.labeling.study import Importer, Study


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return open_workspace(tmp_path / "workspace")


@pytest.fixture
def database(workspace: Workspace) -> Iterator[Database]:
    opened = open_database(workspace)
    yield opened
    opened.dispose()


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return Study(tmp_path / "study")


@pytest.fixture
def run_import(workspace: Workspace, database: Database) -> Importer:
    return Importer(workspace, database)
