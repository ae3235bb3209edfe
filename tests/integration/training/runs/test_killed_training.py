"""A training process that is killed with SIGKILL, again and again, at every stage of its run."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

import training.fit.checkpoint
from core.durable_files import replacing
from core.progress import SilentProgress
from core.types.runs import Run, RunState
from core.workspace import Workspace
from db import runs
from db.engine import Database
from tests.integration.training.planted import curated_id, toy_workspace, weights
from training.runs.run import train

HALF_A_CHECKPOINT = "half a checkpoint"
BEFORE_THE_LAST_ROW = "before the last row"
DEATHS = (
    "reading features",
    "fold 1 of 2: image alone",
    HALF_A_CHECKPOINT,
    "fold 2 of 2: all together",
    "selection fold 2 of 2: pose alone",
    "all clips: text alone",
    "scoring",
    BEFORE_THE_LAST_ROW,
)


def die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class DyingAt(SilentProgress):
    """Takes its process with it when the work begins what `message` begins with."""

    def __init__(self, message: str) -> None:
        self.message = message

    def report(self, fraction: float, message: str) -> None:
        if message.startswith(self.message):
            die()


@contextmanager
def dying_at_the_second_file(path: Path) -> Iterator[Path]:
    """As `core.durable_files.replacing`; when the weights of a checkpoint are in place and its state is not."""
    if path.name.endswith(".state.pt"):
        die()
    with replacing(path) as partial:
        yield partial


def train_and_die(folder: str, set_id: str, where: str) -> None:
    """What the child does."""
    if where == HALF_A_CHECKPOINT:
        training.fit.checkpoint.replacing = dying_at_the_second_file
    if where == BEFORE_THE_LAST_ROW:
        runs.finish = die
    workspace, database = toy_workspace(Path(folder))
    train(workspace, database, int(set_id), DyingAt(where))


@pytest.mark.parametrize(
    "deaths", [(HALF_A_CHECKPOINT,), pytest.param(DEATHS, marks=pytest.mark.long)], ids=["once", "all"]
)
def test_a_run_that_was_killed_at_every_stage_ends_as_one_that_never_was(
    cohort: tuple[Workspace, Database], finished: tuple[Workspace, Database, Run], deaths: tuple[str, ...]
) -> None:
    never_killed, first, _run = finished
    workspace, database = cohort
    set_id = curated_id(workspace, database)
    for where in deaths:
        child = subprocess.run(
            [
                sys.executable,
                "-c",
                f"import {__name__} as here, sys; here.train_and_die(*sys.argv[1:])",
                str(workspace.root),
                str(set_id),
                where,
            ],
            check=False,
            capture_output=True,
            text=True,
        )
        assert child.returncode == -signal.SIGKILL, f"{where}: {child.stderr}"
        with database.read() as connection:
            assert [(run.id, run.state) for run in runs.all(connection)] == [(1, RunState.RUNNING)]
    run = train(workspace, database, set_id, SilentProgress())
    assert run.id == 1
    expected, found = weights(never_killed, "runs/1"), weights(workspace, "runs/1")
    assert [name for name in expected if not torch.equal(expected[name], found[name])] == []
    with first.read() as one, database.read() as other:
        assert runs.predictions_of(one, 1) == runs.predictions_of(other, 1)
        expected_metrics, found_metrics = runs.get(one, 1).metrics, runs.get(other, 1).metrics
    assert expected_metrics == found_metrics
    curves = [(one.runs_dir / "1" / "curves.jsonl").read_text(encoding="utf-8") for one in (never_killed, workspace)]
    assert curves[0] == curves[1]
