"""Real processes on one database file: nothing is lost, nothing is saved twice, and a kill does not take it back."""

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.workspace import Workspace, open_workspace
from db import clips, decisions, reviewers
from db.engine import Database, open_database
from tests.integration.db.decision_processes import skip
from tests.integration.db.log_oracle import new_clip

ROOT = Path(__file__).parents[3]
DECISIONS = 40


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return open_workspace(tmp_path)


@pytest.fixture
def database(workspace: Workspace) -> Iterator[Database]:
    opened = open_database(workspace)
    yield opened
    opened.dispose()


@pytest.fixture
def ids(database: Database) -> tuple[int, int]:
    with database.write() as connection:
        return reviewers.ensure(connection, "Ada").id, clips.add(connection, new_clip(1)).id


def _start(what: str, root: Path, *arguments: object) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.integration.db.decision_processes", what, str(root)]
    return subprocess.Popen(
        [*command, *map(str, arguments)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_two_processes_that_record_at_once_lose_nothing_and_save_nothing_twice(
    workspace: Workspace, database: Database, ids: tuple[int, int]
) -> None:
    started = [_start("hammer", workspace.root, *ids, writer, DECISIONS) for writer in ("left", "right")]
    told: list[tuple[str, str]] = []
    for process in started:
        out, errors = process.communicate()
        assert process.returncode == 0, errors
        told += [(line.split()[0], line.split()[1]) for line in out.splitlines()]
    firsts = Counter(token for token, new in told if new == "1")
    with database.read() as connection:
        stored = Counter(row.token for row in decisions.history(connection, ids[1]))
        counted = clips.counts(connection).decisions["skip"]
    expected = {f"{name}-{count}" for name in ("left", "right", "shared") for count in range(DECISIONS)}
    assert stored == firsts == Counter(expected)
    assert counted == len(expected)


def test_a_decision_survives_kill_9_right_after_it_was_recorded(
    workspace: Workspace, database: Database, ids: tuple[int, int]
) -> None:
    process = _start("record", workspace.root, *ids, "the last thing it did")
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout, process.stderr:
        assert process.stdout.readline() == "saved\n"
        process.send_signal(signal.SIGKILL)
        process.wait()
    with database.read() as connection:
        assert [row.token for row in decisions.history(connection, ids[1])] == ["the last thing it did"]


def test_a_transaction_that_raises_leaves_nothing_behind(database: Database, ids: tuple[int, int]) -> None:

    def interrupted() -> None:
        with database.write() as connection:
            decisions.record(connection, skip("gone", ids[1], ids[0]))
            raise RuntimeError("the plug was pulled")

    with pytest.raises(RuntimeError, match="pulled"):
        interrupted()
    with database.read() as connection:
        assert decisions.history(connection, ids[1]) == []
        assert clips.counts(connection).decisions.get("skip", 0) == 0
