"""One fit of a model and what came of it, kept line by line in a file, so that a bench that was killed goes on."""

import json
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.movements.sets import Task
from core.errors import InputError, JobCancelledError
from core.failing_alone import own_failure
from core.guarded_files import open_regular, reason_of
from core.progress import Progress
from training.peers.interface import Peer

_LONGEST_LINE = 2**26


@dataclass(frozen=True, slots=True)
class Cell:
    """A model on one fit of a task: `fit` is its number among all rounds, `share` of the training labels are used."""

    task: str
    model: str
    share: float
    seed: int
    fit: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """`said` is the label of each test clip, empty where the model could not be fitted, which `refused` then tells."""

    said: tuple[int, ...] = ()
    fit_s: float = 0.0
    ms_a_clip: float = 0.0
    parameters: int = 0
    remark: str = ""
    refused: str = ""


def run_cell(cell: Cell, task: Task, peer: Peer, progress: Progress) -> Outcome:
    """Fits and asks the model; what it cannot do is an outcome, too. Raises JobCancelledError where progress says so."""
    training, test = task.fits[cell.fit]
    clips, asked = task.clips.part(of_share(task.clips.labels, training, cell.share, cell.seed)), task.clips.part(test)
    try:
        started = time.perf_counter()
        fitted = peer.fit(clips, seed=cell.seed, progress=progress)
        fit_s = time.perf_counter() - started
        started = time.perf_counter()
        scores = fitted.scores(asked.tracks)
        asked_s = time.perf_counter() - started
    except JobCancelledError:
        raise
    except Exception as error:
        return Outcome(refused=own_failure(error).rstrip("."))
    said = tuple(scores.argmax(axis=1).tolist())
    return Outcome(said, fit_s, 1000 * asked_s / max(1, len(said)), fitted.parameters, fitted.remark)


def of_share(
    labels: npt.NDArray[np.intp], training: npt.NDArray[np.intp], share: float, seed: int
) -> npt.NDArray[np.intp]:
    """About `share` of the training places, of each label alike and at least one."""
    if share >= 1:
        return training
    random, kept = np.random.default_rng([seed, 1]), []
    for label in np.unique(labels[training]):
        having = training[labels[training] == label]
        kept.append(random.permutation(having)[: max(1, round(share * len(having)))])
    return np.sort(np.concatenate(kept))


class CellFile:
    """The finished cells in a JSON-lines file. A cell counts for the same clips and the same settings of its model."""

    def __init__(self, path: Path, tasks: Iterable[Task], peers: Mapping[str, Peer]) -> None:
        """Raises InputError where the file cannot be read. A last line that was cut by a kill is written anew."""
        self._path = path
        self._stamps = {(task.title, name): f"{task.digest}/{peer!r}" for task in tasks for name, peer in peers.items()}
        self.found: dict[Cell, Outcome] = {}
        self._whole_bytes = 0
        if path.exists():
            self._read()

    def _read(self) -> None:
        try:
            with open_regular(self._path) as file:
                for line in iter(lambda: file.readline(_LONGEST_LINE), b""):
                    if line.endswith(b"\n"):
                        self._keep(line)
                        self._whole_bytes += len(line)
        except OSError as error:
            raise InputError(f"{self._path} cannot be read: {reason_of(error)}; give another --results.") from error

    def _keep(self, line: bytes) -> None:
        try:
            entry: dict[str, Any] = json.loads(line)
            cell, outcome = Cell(**entry["cell"]), Outcome(**entry["outcome"])
            stamp = entry["of"]
        except (ValueError, TypeError, KeyError) as error:
            raise InputError(f"{self._path} holds what no bench of movements wrote; give another --results.") from error
        if self._stamps.get((cell.task, cell.model)) == stamp:
            self.found[cell] = Outcome(**{**asdict(outcome), "said": tuple(outcome.said)})

    def add(self, cell: Cell, outcome: Outcome) -> None:
        """Writes the cell before anything else happens. Raises InputError where the file cannot be written."""
        stamp = self._stamps[cell.task, cell.model]
        line = json.dumps({"cell": asdict(cell), "of": stamp, "outcome": asdict(outcome)}).encode() + b"\n"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab") as file:
                file.truncate(self._whole_bytes)
                self._whole_bytes += file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise InputError(f"{self._path} cannot be written: {reason_of(error)}; give another --results.") from error
        self.found[cell] = outcome
