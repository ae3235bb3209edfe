"""`telltale train` in a process of its own that is killed with SIGKILL at each stage, and goes on with the same command."""

import os
import shutil
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import db.jobs
import db.runs
import training.runs.artifacts
import training.runs.cross_validation
import training.runs.run
from app.cli.main import main
from core.types.runs import RunState
from core.workspace import open_workspace
from db import runs
from db.engine import open_database
from tests.integration.app.stage_processes import child
from tests.integration.training.planted import add_cohort, weights
from training.fit.checkpoint import FitState
from training.fit.fitter import FitPlan, Fitter
from training.fit.fold_fits import FoldFits

SETTINGS = """[training]
folds = 2
width = 8
layers = 1
heads = 2
stage1_steps = 12
stage2_steps = 2
modalities = ["pose", "text"]
batch_clips = 4
"""
BEFORE_THE_RUN_IS_STORED = "before the run is stored"
BETWEEN_CHECKPOINTS = "between two checkpoints of a fit"
WRITING_THE_MODEL = "while the files of the model are written"
# In the order in which a run comes to them, so that each process gets as far as the next one.
PLACES: dict[str, tuple[Any, str]] = {
    BEFORE_THE_RUN_IS_STORED: (db.runs, "set_artifacts"),
    "before the first step": (Fitter, "_steps"),
    BETWEEN_CHECKPOINTS: (Fitter, "_report"),
    "between the two stages": (FoldFits, "joint"),
    "while held-out clips are predicted": (Fitter, "predict"),
    "while a timeline is written": (training.runs.cross_validation, "write_timeline"),
    "before model selection": (training.runs.run, "predict_for_selection"),
    "before the last fit": (training.runs.run, "fit_final_model"),
    "while the run is scored": (training.runs.run, "report"),
    WRITING_THE_MODEL: (training.runs.artifacts, "replacing"),
    "before the run's last row": (db.runs, "finish"),
}


def die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dying(where: str, here: Callable[..., Any]) -> Callable[..., Any]:
    """`here`, or death: in the fourth step of the first fit, of which every second writes a checkpoint; at the second file of
    the model.
    """

    def report(fitter: Fitter, plan: FitPlan, state: FitState) -> None:
        if state.step == 3:
            die()
        here(fitter, plan, state)

    def replacing(path: Path) -> Any:
        return die() if path.name == "model_card.md" else here(path)

    def set_artifacts(*given: Any) -> Any:
        Path(sys.argv[-1], "runs", "1").mkdir()  # as the next line of `claim_run` does
        die()

    special = {BETWEEN_CHECKPOINTS: report, WRITING_THE_MODEL: replacing, BEFORE_THE_RUN_IS_STORED: set_artifacts}
    return special.get(where, die)


def command_or_death(where: str, *arguments: str) -> None:
    """What the child does: the command, with a death at `where` unless that is ""."""
    if where:
        owner, name = PLACES[where]
        setattr(owner, name, dying(where, getattr(owner, name)))
    sys.argv = ["telltale", *arguments]
    main()


def train(folder: Path, where: str = "") -> int | None:
    """The exit code of `telltale train` in a process of its own."""
    process = child(partial(command_or_death, where, "train", "--workspace", str(folder)), folder / "told")
    process.join()
    return process.exitcode


def killed_at(folder: Path, where: str) -> None:
    assert train(folder, where) == -signal.SIGKILL, f"{where}: {(folder / 'told').read_text(encoding='utf-8')}"


def finished(folder: Path) -> None:
    assert train(folder) == 0, (folder / "told").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with clips and no run."""
    folder = tmp_path_factory.mktemp("killed") / "study"
    folder.mkdir()
    (folder / "telltale.toml").write_text(SETTINGS, encoding="utf-8")
    workspace = open_workspace(folder)
    database = open_database(workspace)
    add_cohort(workspace, database, subjects=4, clips_each=2)
    database.dispose()
    return folder


@pytest.fixture(scope="module")
def unbroken(study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copied(study, tmp_path_factory.mktemp("unbroken"))
    finished(folder)
    return folder


def copied(study: Path, folder: Path) -> Path:
    return Path(shutil.copytree(study, folder / "study"))


def assert_the_same(one: Path, other: Path) -> None:
    """The only runs of two workspaces, which have succeeded, are the same to the last bit."""
    expected, found = (weights(open_workspace(folder), "runs/1") for folder in (one, other))
    assert [name for name in expected if not expected[name].equal(found[name])] == []
    stored = []
    for folder in (one, other):
        database = open_database(open_workspace(folder))
        with database.read() as connection:
            run = runs.get(connection, 1)
            assert [(each.id, each.state) for each in runs.all(connection)] == [(1, RunState.SUCCEEDED)]
            stored.append((runs.predictions_of(connection, 1), run.metrics))
        database.dispose()
    assert stored[0] == stored[1]
    for name in ("curves.jsonl", "model_selection.json"):
        assert (one / "runs/1" / name).read_bytes() == (other / "runs/1" / name).read_bytes()


@pytest.mark.long
def test_training_killed_at_every_stage_ends_as_training_that_never_was(
    study: Path, unbroken: Path, tmp_path: Path
) -> None:
    folder = copied(study, tmp_path)
    for where in PLACES:
        killed_at(folder, where)
    finished(folder)
    assert_the_same(unbroken, folder)
