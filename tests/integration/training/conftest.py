"""The toy cohort that most runs learn from."""

from pathlib import Path

import pytest

from core.workspace import Workspace
from db.engine import Database
from tests.integration.training.planted import add_cohort, toy_workspace


@pytest.fixture
def cohort(tmp_path: Path) -> tuple[Workspace, Database]:
    workspace, database = toy_workspace(tmp_path / "workspace")
    add_cohort(workspace, database)
    return workspace, database
