"""What holds for every test."""

import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import settings

import db.engine
from app.cli.demo_stages import write_cohort_folder
from app.jobs.kinds import WORK
from core.progress import SilentProgress
from core.settings.loader import SETTINGS_FILE
from core.workspace import open_workspace
from db.engine import Database, open_database
from tests.made_once import made_once

# No test asserts a time, not even Hypothesis: other work on the machine is no failure.
settings.register_profile("telltale", deadline=None)
settings.load_profile("telltale")

# Test workers share the cores: threads of one that wait for those of another cost four times the work of tiny models.
for _library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

_really_opened = db.engine._opened_sqlite
_really_configured = db.engine._configure_sqlite


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database of the newest schema, made once by all migrations."""
    workspace = open_workspace(tmp_path_factory.mktemp("template"))
    open_database(workspace).dispose()
    return workspace.database_path


@pytest.fixture(scope="session", autouse=True)
def _commits_do_not_wait_for_the_disk() -> Iterator[None]:
    """Only a loss of power could take what was committed; programs that tests start and kill write as a user's do."""

    def configured(connection: sqlite3.Connection, record: Any) -> None:
        _really_configured(connection, record)
        connection.execute("PRAGMA synchronous=OFF")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(db.engine, "_configure_sqlite", configured)
        yield


@pytest.fixture(scope="session", autouse=True)
def _new_databases_are_copies(migrated_file: Path) -> Iterator[None]:
    """A new database file begins as a copy of one (0.003 s instead of 0.3), then is opened as any other.

    What one engine has made of a statement serves the next, as in an app that runs on: else each test compiles all its SQL.
    """
    compiled: dict[Any, Any] = {}
    dialects: list[sa.Dialect] = []
    one_at_a_time = threading.Lock()

    def is_new(path: Path) -> bool:
        return not path.exists() or (path.is_file() and not path.stat().st_size and not Path(f"{path}-wal").exists())

    def opened(engine: sa.Engine, name: str) -> Database:
        if not dialects:
            dialects.append(engine.dialect)
        engine.dialect = dialects[0]  # what was compiled is found by its dialect
        engine.update_execution_options(compiled_cache=compiled)
        path = Path(engine.url.database or ":memory:")
        with one_at_a_time:
            if path.is_absolute() and path.parent.is_dir() and is_new(path):
                shutil.copyfile(migrated_file, path)
        return _really_opened(engine, name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(db.engine, "_opened_sqlite", opened)
        yield


@pytest.fixture(scope="session")
def cohort_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """16 rendered clips of 4 s, to be imported; to read only."""

    def make(folder: Path) -> None:
        write_cohort_folder(
            folder / "cohort", "demo", seed=3, clips_wanted=16, changes={"clip_s": 4.0}, progress=SilentProgress()
        )

    return made_once(tmp_path_factory, "cohort", make) / "cohort"


@pytest.fixture(scope="session")
def labeled_cohort(cohort_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Root of a workspace, to be copied: the cohort, perceived, labeled by `simulated` and then by `cues`."""

    def make(folder: Path) -> None:
        root = folder / "workspace"
        root.mkdir()
        (root / SETTINGS_FILE).write_text("[review]\nreliability_fraction = 0.0\n")
        workspace = open_workspace(root)
        database = open_database(workspace)
        for kind, arguments in (
            ("import", {"folder": str(cohort_folder)}),
            ("perceive", {}),
            ("label", {"labeler": "simulated"}),
            ("label", {"labeler": "cues"}),
        ):
            WORK[kind](workspace, database, arguments, SilentProgress())
        database.dispose()

    return made_once(tmp_path_factory, "labeled", make) / "workspace"


@pytest.fixture(autouse=True)
def _migrations_run_where_they_are_tested(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests with the mark `migrates` open a new database as a user's first start does."""
    if request.node.get_closest_marker("migrates"):
        monkeypatch.setattr(db.engine, "_opened_sqlite", _really_opened)
        monkeypatch.setattr(db.engine, "_configure_sqlite", _really_configured)
