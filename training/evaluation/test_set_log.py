"""Test-set evaluations: at most one per run, and a count of all of them in the workspace.

The score is in `runs/<id>/test_split.json`. The file is created before the first clip is predicted and never
removed: a run whose scoring was killed has used its one evaluation, and the number of files is the number of
evaluations. An evaluation that predicts clips of the test split creates the file in its own folder; all its rows and
seeds count as one.
"""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.durable_files import replacing
from core.errors import TrainingError
from core.workspace import Workspace

FILE = "test_split.json"


def times_scored(workspace: Workspace) -> int:
    """How many runs and evaluations of the workspace have been scored on the test split."""
    return sum(len(list(workspace.runs_dir.glob(f"{of}/{FILE}"))) for of in ("*", "evaluations/*"))


def evaluated_before(folder: Path) -> bool:
    """Whether the run or the evaluation of this folder has been scored on the test split."""
    return (folder / FILE).is_file()


def claim(workspace: Workspace, run_folder: Path) -> None:
    """Uses the one test-set evaluation of a run. Raises TrainingError where it has been used."""
    path = run_folder / FILE
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError as error:
        raise TrainingError(
            f"Run {run_folder.name} has been scored on the test split, and a run is scored on it once; see {path}. "
            f"Test-set evaluations in this workspace: {times_scored(workspace)}."
        ) from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump({"claimed_at": datetime.now(UTC).isoformat()}, stream)
        stream.flush()
        os.fsync(stream.fileno())


def keep(run_folder: Path, result: dict[str, Any]) -> None:
    """Writes the score into the file made by `claim`."""
    with replacing(run_folder / FILE) as partial:
        partial.write_text(json.dumps(result, indent=1), encoding="utf-8")
