"""The folder of an evaluation, `runs/evaluations/<digest>/`.

plan.json       protocol, curated set, settings, seeds, code version; the digest is computed from these
predictions/    one file for each row, seed and fold; a stored one is not fitted again
work/           cache, checkpoints and curves of the fit in progress; removed when its predictions are written
result.json     read by the pages and the command line; rewritten each time the same evaluation is run
lock            held by the process that evaluates
"""

import hashlib
import json
import logging
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from core.durable_files import replacing
from core.errors import TrainingError
from core.json_files import read_json
from core.steady_time import STEADY_TIME
from core.workspace import Workspace
from training.evaluation.predictions import Predictions

_log = logging.getLogger(__name__)
_TEXTS = ("digest", "protocol", "finished_at")


@dataclass(frozen=True, slots=True)
class EvaluationFolder:
    """The folder of the evaluation that this process runs, locked by `evaluation_folder`."""

    path: Path
    plan: Mapping[str, Any]

    def work(self, name: str) -> Path:
        """A folder for the fits of one model, made if missing; may hold the checkpoints of a killed process."""
        folder = self.path / "work" / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def remove_work(self, name: str) -> None:
        """Removes `work(name)`; call it once the predictions are written."""
        shutil.rmtree(self.path / "work" / name, ignore_errors=True)

    def predictions(self, row: str, seed: int, fold: int) -> Predictions | None:
        """The stored predictions of a row, seed and fold; None where they have still to be computed.

        Raises TrainingError for a file that cannot be read.
        """
        path = self._predictions_path(row, seed, fold)
        if not path.exists():
            return None
        return read_json(path, Predictions, raises=TrainingError, remedy="delete it, and its model is fitted again")

    def store(self, row: str, seed: int, fold: int, predictions: Predictions) -> Predictions:
        """Writes the predictions atomically and returns them."""
        with replacing(self._predictions_path(row, seed, fold)) as partial:
            partial.write_text(json.dumps(predictions), encoding="utf-8")
        return predictions

    def finish(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """Writes `result.json`, the plan and the result together, and returns it; removes `work/`."""
        whole = {"digest": self.path.name, **self.plan, "finished_at": STEADY_TIME.now().isoformat(), **result}
        with replacing(self.path / "result.json") as partial:
            partial.write_text(json.dumps(whole, indent=1), encoding="utf-8")
        shutil.rmtree(self.path / "work", ignore_errors=True)
        return whole

    def _predictions_path(self, row: str, seed: int, fold: int) -> Path:
        return self.path / "predictions" / f"{row.replace(' ', '-')}.seed{seed}.fold{fold}.json"


@contextmanager
def evaluation_folder(workspace: Workspace, plan: Mapping[str, Any]) -> Iterator[EvaluationFolder]:
    """Opens and locks the folder of this plan, new or from before. Raises TrainingError while another process holds
    it.
    """
    digest = hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()[:12]
    path = _all_of(workspace) / digest
    path.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path / "lock", blocking=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise TrainingError(f"Another process runs this evaluation ({path}); wait for it.") from error
    try:
        with replacing(path / "plan.json") as partial:
            partial.write_text(json.dumps(plan, indent=1), encoding="utf-8")
        yield EvaluationFolder(path, plan)
    finally:
        lock.release()


def results(workspace: Workspace, protocol: str) -> list[dict[str, Any]]:
    """The finished evaluations of a protocol, newest first; one that cannot be read is left out, with a line in the log."""
    found = [result for path in _all_of(workspace).glob("*/result.json") if (result := _result(path)) is not None]
    return sorted(
        (result for result in found if result["protocol"] == protocol), key=lambda result: result["finished_at"]
    )[::-1]


def _result(path: Path) -> dict[str, Any] | None:
    try:
        result = read_json(path, dict[str, Any], raises=TrainingError, remedy="evaluate again")
    except TrainingError as error:
        _log.warning("%s", error)
        return None
    if not all(isinstance(result.get(key), str) for key in _TEXTS) or not isinstance(result.get("table"), list):
        _log.warning("%s is not the result of an evaluation; evaluate again.", path)
        return None
    return _upgraded(result)


def today_protocol(name: str) -> str:
    """The current name of a protocol; "conditions" was called "arms" until version 0.1."""
    return "conditions" if name == "arms" else name


def _upgraded(result: dict[str, Any]) -> dict[str, Any]:
    return {**result, "protocol": today_protocol(result["protocol"])}


def _all_of(workspace: Workspace) -> Path:
    return workspace.runs_dir / "evaluations"
