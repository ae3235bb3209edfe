"""A run's prediction for a clip over time, shown on the timeline of Review: `runs/<id>/timelines/<clip
id>.safetensors`.

    time_s float32 (n,)                middles of the model's tokens, at most 600
    attention float32 (n,)             weights of the attention pooling; they sum to 1
    probabilities float32 (n, classes) from the tokens up to each moment; the header names the labels

Each token is computed from the whole clip before pooling, so a probability is not what the model would predict for a
clip cut off at that moment; it shows which moments move the prediction. Free of torch.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import save_file

from core.durable_files import replacing
from core.errors import TrainingError
from core.json_files import parsed_json
from core.tensor_files import TensorFile

MOST_MOMENTS = 600
_REMEDY = "delete it, and the clip has no timeline of this run"


@dataclass(frozen=True, slots=True)
class ClipTimeline:
    """See the module; `labels` are the columns of `probabilities`."""

    labels: tuple[str, ...]
    time_s: npt.NDArray[np.float32]
    attention: npt.NDArray[np.float32]
    probabilities: npt.NDArray[np.float32]


def timeline_path(run_folder: Path, clip_id: int) -> Path:
    """The file of a clip's timeline in the folder of a run."""
    return run_folder / "timelines" / f"{clip_id}.safetensors"


def write_timeline(path: Path, timeline: ClipTimeline) -> None:
    """Writes at most 600 moments, atomically: neighboring attention is summed, and the last probability of a group
    is kept.

    Raises TrainingError where the file cannot be written.
    """
    time_s, attention, probabilities = timeline.time_s, timeline.attention, timeline.probabilities
    if len(time_s) > MOST_MOMENTS:
        edges = np.linspace(0, len(time_s), MOST_MOMENTS + 1).astype(int)
        starts, ends = edges[:-1], edges[1:]
        counts = ends - starts
        time_s = np.add.reduceat(time_s.astype(np.float64), starts) / counts
        attention = np.add.reduceat(attention.astype(np.float64), starts)
        probabilities = probabilities[ends - 1]
    arrays = {"time_s": time_s, "attention": attention, "probabilities": probabilities}
    contiguous = {name: np.ascontiguousarray(array, dtype=np.float32) for name, array in arrays.items()}
    try:
        with replacing(path) as partial:
            save_file(contiguous, partial, metadata={"labels": json.dumps(timeline.labels)})
    except (OSError, SafetensorError) as error:
        raise TrainingError(f"The timeline {path} cannot be written: {error}.") from error


def read_timeline(run_folder: Path, clip_id: int) -> ClipTimeline | None:
    """The timeline of a clip; None where the run has none, as runs of early versions. Raises TrainingError for a
    damaged file.
    """
    path = timeline_path(run_folder, clip_id)
    if not path.exists():
        return None
    try:
        return _read(path)
    except TrainingError as error:
        raise TrainingError(f"{path} is not a timeline of a run.") from error


def _read(path: Path) -> ClipTimeline:
    with TensorFile(path, raises=TrainingError, called="The timeline", remedy=_REMEDY) as file:
        labels = parsed_json(
            file.metadata.get("labels", "").encode(),
            tuple[str, ...],
            called=str(path),
            raises=TrainingError,
            remedy=_REMEDY,
        )
        time_s, attention = file.read("time_s", dimensions=1), file.read("attention", dimensions=1)
        probabilities = file.read("probabilities", dimensions=2)
    if not len(time_s) == len(attention) == len(probabilities) or probabilities.shape[1] != len(labels):
        raise TrainingError(f"{path} has columns of different lengths; {_REMEDY}.")
    return ClipTimeline(labels, time_s, attention, probabilities)
