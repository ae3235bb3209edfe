"""The process that runs MediaPipe Holistic, with packages of its own; started by `holistic_process`.

    python -m labeling.perception.keypoints.holistic_worker FOLDER-OF-PACKAGES

It reads one line of JSON for each picture from its standard input (`PictureRequest`), finds the picture in shared memory, and
writes its 553 points (`holistic_points`) to its standard output: float32 (553, 3). Before the first one it writes `READY`.
It ends when its standard input does, also in the middle of a picture, so that it never survives its parent.
"""

import importlib
import json
import os
import queue
import sys
import threading
import traceback
import types
from dataclasses import asdict, dataclass
from multiprocessing import resource_tracker
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from labeling.perception.keypoints.holistic_points import (
    BODY_POINTS,
    FACE_FIRST,
    FACE_POINTS,
    HAND_POINTS,
    LEFT_HAND_FIRST,
    POINT_COUNT,
    RIGHT_HAND_FIRST,
)
from labeling.perception.keypoints.mediapipe_packages import GRAPH

READY = b"ready\n"
OPTIONS = {
    "model_complexity": 1,  # the one whose model lies inside the wheel
    "smooth_landmarks": True,
    "enable_segmentation": False,
    "smooth_segmentation": False,
    "refine_face_landmarks": True,  # irises, 478 points instead of 468
    "use_prev_landmarks": True,
}
"""Holistic's side inputs."""

# Their parents import matplotlib, sounddevice and more, which Holistic does not need.
_BARE_PACKAGES = ("mediapipe", "mediapipe.python.solutions")
# They define the options of the graph's calculators; without them the graph is read without those options.
_SOLUTIONS = ("holistic", "pose", "face_mesh", "hands")
_HAND_PRESENCE = "handlandmarksleftandrightcpu__handlandmarksfromposecpu_{number}__handlandmarkcpu__hand_presence_score"
_PARTS = (
    # first row, rows, stream of the points, stream of their presence; of the body, each point has its own visibility
    (0, BODY_POINTS, "pose_landmarks", None),
    (FACE_FIRST, FACE_POINTS, "face_landmarks", "facelandmarksfromposecpu__facelandmarkcpu__face_presence_score"),
    (LEFT_HAND_FIRST, HAND_POINTS, "left_hand_landmarks", _HAND_PRESENCE.format(number=1)),
    (RIGHT_HAND_FIRST, HAND_POINTS, "right_hand_landmarks", _HAND_PRESENCE.format(number=2)),
)


@dataclass(frozen=True, slots=True)
class PictureRequest:
    """An RGB picture at the start of the shared memory `memory`. `fresh`: it does not follow on the one before."""

    memory: str
    height_px: int
    width_px: int
    fresh: bool

    def line(self) -> bytes:
        """The request as the worker reads it."""
        return json.dumps(asdict(self)).encode() + b"\n"


def main(packages: Path, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answers requests until they end."""
    waiting: queue.SimpleQueue[PictureRequest] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests, waiting), name="ends with its parent", daemon=True).start()
    holistic = _Holistic(packages)
    answers.write(READY)
    answers.flush()
    pictures = _Pictures()
    while True:
        request = waiting.get()
        answers.write(holistic.points(pictures.at(request), fresh=request.fresh).tobytes())
        answers.flush()


def _listen(requests: BinaryIO, waiting: "queue.SimpleQueue[PictureRequest]") -> None:
    for line in requests:
        waiting.put(PictureRequest(**json.loads(line)))
    os._exit(0)  # whatever the other threads are doing


class _Holistic:
    """MediaPipe's graph, asked for the presence of face and hands beside their points."""

    def __init__(self, packages: Path) -> None:
        sys.path.insert(0, str(packages))
        for name in _BARE_PACKAGES:
            package = types.ModuleType(name)
            package.__path__ = [str(packages.joinpath(*name.split(".")))]
            sys.modules[name] = package
        for solution in _SOLUTIONS:
            importlib.import_module(f"mediapipe.python.solutions.{solution}")
        base: Any = importlib.import_module("mediapipe.python.solution_base")
        streams = [stream for part in _PARTS for stream in part[2:] if stream is not None]
        self._graph = base.SolutionBase(binary_graph_path=GRAPH, side_inputs=OPTIONS, outputs=streams)
        self._remembers = False

    def points(self, picture_rgb: npt.NDArray[np.uint8], *, fresh: bool) -> npt.NDArray[np.float32]:
        """(553, 3) of one picture; a `fresh` one is looked at without the memory of earlier ones."""
        if fresh and self._remembers:
            self._graph.reset()
        self._remembers = True
        found = self._graph.process(picture_rgb)
        points = np.zeros((POINT_COUNT, 3), dtype=np.float32)
        for first, count, stream, presence in _PARTS:
            landmarks = getattr(found, stream)
            if landmarks is None:
                continue
            rows = points[first : first + count]
            rows[:, :2] = [(each.x, each.y) for each in landmarks.landmark]
            rows[:, 2] = (
                [each.visibility for each in landmarks.landmark] if presence is None else getattr(found, presence)
            )
        return points


class _Pictures:
    """The pictures in shared memory, which stays attached as long as its name is the same."""

    def __init__(self) -> None:
        self._memory: SharedMemory | None = None

    def at(self, request: PictureRequest) -> npt.NDArray[np.uint8]:
        """(H, W, 3) RGB, read only."""
        if self._memory is None or self._memory.name != request.memory:
            if self._memory is not None:
                self._memory.close()
            self._memory = _attached(request.memory)
        shape = (request.height_px, request.width_px, 3)
        return np.ndarray(shape, dtype=np.uint8, buffer=self._memory.buf)


def _attached(name: str) -> SharedMemory:
    """The parent's memory, which this process must not remove when it ends, as Python would."""
    if sys.version_info >= (3, 13):
        return SharedMemory(name, track=False)
    memory = SharedMemory(name)
    if os.name == "posix":
        resource_tracker.unregister(f"/{name}", "shared_memory")
    return memory


def _own_answers() -> BinaryIO:
    """Standard output, to which no library can write any more: theirs goes to standard error."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), sys.stdin.buffer, _own_answers())
    except Exception:
        traceback.print_exc()
        os._exit(1)  # the other thread still waits for requests, which the interpreter's own end does not survive
