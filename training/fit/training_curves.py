"""The training curves of a run, one JSON object per line, so that a page can read them while the run is going.

    {"fold": 0, "stage": 1, "modality": "pose", "step": 40, "train_loss": 0.61, "train_accuracy": 0.58}

`fold` is -1 for the final model on all rows, and lower for the folds of model selection. In stage 2 the modality is
"fusion"; fits of stage 0 have no curve. A line is written every so many steps, with the means over these. Runs of before have
"epoch" in place of "step".
"""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.durable_files import replacing
from core.errors import TrainingError
from core.guarded_files import read_bounded, reason_of
from core.json_files import parsed_json

_MAX_BYTES = 256 * 2**20
FUSION = "fusion"  # the modality of stage 2, and its row of the results table
FINAL_FOLD = -1  # the final model, on all rows
HALF_STAGE = 0  # fits on half of the training people, by which modalities are weighed
SELECTION_FOLD = -2  # the first fold of model selection; the others are -3, -4 ...


@dataclass(frozen=True, slots=True)
class FitKey:
    """Names a fit of a run: fold (see the module), stage 1 or 2, and its modality or "fusion"; in stage 0 its modality and
    half.
    """

    fold: int
    stage: int
    modality: str

    @property
    def name(self) -> str:
        """Used in file names and to derive seeds.

        "promotion" is the old word for model selection; it stays because another word would change the seeds.
        """
        if self.fold >= 0:
            fold = f"fold{self.fold}"
        else:
            fold = "all" if self.fold == FINAL_FOLD else f"promotion{SELECTION_FOLD - self.fold}"
        return f"{fold}-stage{self.stage}-{self.modality}"


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """After `step` steps of a fit: the mean loss and accuracy of its training batches, augmented, since the point before."""

    step: int
    train_loss: float
    train_accuracy: float


class Curves:
    """The file `curves.jsonl` of a run."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, key: FitKey, point: CurvePoint) -> None:
        """Appends one line, in a single write; none of stage 0."""
        if key.stage == HALF_STAGE:
            return
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({**asdict(key), **asdict(point)}) + "\n")

    def rewind(self, key: FitKey, step: int) -> None:
        """Drops the lines of a fit after `step`, which a resumed run writes again, and a line cut off by a kill."""
        if not self._path.exists():
            return
        kept = [
            json.dumps(point) + "\n"
            for point in read_curves(self._path)
            if (point["fold"], point["stage"], point["modality"]) != (key.fold, key.stage, key.modality)
            or point["step"] <= step
        ]
        with replacing(self._path) as partial:
            partial.write_text("".join(kept), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class _Line:
    fold: int
    stage: int
    modality: str
    train_loss: float
    step: int | None = None
    epoch: int | None = None
    train_accuracy: float | None = None

    def as_point(self) -> dict[str, Any]:
        """The fields of a present line."""
        return {
            "fold": self.fold,
            "stage": self.stage,
            "modality": self.modality,
            "step": self.step or self.epoch or 0,
            "train_loss": self.train_loss,
            "train_accuracy": self.train_accuracy,
        }


def read_curves(path: Path) -> list[dict[str, Any]]:
    """The points of a `curves.jsonl`; a last line that is still being written, and lines that a fault damaged, are left out.

    Raises TrainingError where the file cannot be read.
    """
    try:
        data = read_bounded(path, _MAX_BYTES)
    except OSError as error:
        raise TrainingError(f"The training curves {path} cannot be read: {reason_of(error)}.") from error
    points: list[dict[str, Any]] = []
    for line in data[: data.rfind(b"\n") + 1].splitlines():
        with suppress(TrainingError):  # one point of a curve is lost with its line
            read = parsed_json(line, _Line, called=str(path), raises=TrainingError, remedy="train again")
            points.append(read.as_point())
    return points
