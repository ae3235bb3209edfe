"""The toy cohort that most runs learn from, and one run on it. Each is made once a session; tests that write get a copy."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from core.types.runs import Run
from core.workspace import Workspace
from db.engine import Database, open_database
from tests.integration.training.planted import add_cohort, curated_id, toy_workspace
from tests.integration.training.watched import Watching
from training.runs.run import train

Cohort = tuple[Workspace, Database]


@pytest.fixture(scope="session")
def made_cohort(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace, database = toy_workspace(tmp_path_factory.mktemp("cohort") / "workspace")
    add_cohort(workspace, database)
    database.dispose()
    return workspace


@pytest.fixture(scope="session")
def watched_run(made_cohort: Workspace, tmp_path_factory: pytest.TempPathFactory) -> tuple[*Cohort, Run, Watching]:
    """A run on the toy cohort that nobody disturbed, and who watched it; to read only."""
    workspace, database = _copied(made_cohort, tmp_path_factory.mktemp("run"))
    watching = Watching()
    return workspace, database, train(workspace, database, curated_id(workspace, database), watching), watching


@pytest.fixture(scope="session")
def finished(watched_run: tuple[*Cohort, Run, Watching]) -> tuple[*Cohort, Run]:
    """One run on the toy cohort, for tests that only read what it left."""
    return watched_run[:3]


@pytest.fixture
def cohort(made_cohort: Workspace, tmp_path: Path) -> Cohort:
    return _copied(made_cohort, tmp_path)


@pytest.fixture
def trained(finished: tuple[*Cohort, Run], tmp_path: Path) -> tuple[*Cohort, Run]:
    """The toy cohort with a finished run, for tests that go on from there."""
    return *_copied(finished[0], tmp_path), finished[2]


def _copied(workspace: Workspace, folder: Path) -> Cohort:
    copy = replace(workspace, root=folder / "workspace")
    shutil.copytree(workspace.root, copy.root)
    return copy, open_database(copy)
