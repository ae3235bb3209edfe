"""Starts the process that runs MediaPipe Holistic, hands pictures over, and starts another one when it dies.

A picture goes over in shared memory, its 553 points come back through a pipe. The process ends with this one, in whatever way
this one ends; the memory is then removed by Python's resource tracker.
"""

import os
import subprocess
import tempfile
import threading
import weakref
from collections.abc import Callable
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import IO

import cv2
import numpy as np
import numpy.typing as npt

from core.child_processes import own_command, own_environment
from core.errors import FeatureError, WeightsError
from labeling.interfaces import Picture
from labeling.perception.keypoints.holistic_points import POINT_COUNT
from labeling.perception.keypoints.holistic_worker import READY, PictureRequest

MOST_DEATHS = 3
"""Deaths at one picture after which it is not tried again."""

_MOST_VIDEOS = 50  # then the process is replaced, as it grows by a few MiB with each
_START_S, _PICTURE_S = 120.0, 60.0  # a process that takes longer hangs, and is killed
_ANSWER_BYTES = POINT_COUNT * 3 * np.dtype(np.float32).itemsize
_LAST_WORDS_BYTES = 2000
_LISTED = Path("/dev/shm")  # noqa: S108  # where Linux lists shared memory as files
_ENDS_WITHIN_S = 5.0


class _DiedError(Exception):
    """The process ended or hung instead of answering."""


class HolisticProcess:
    """One process, which remembers the person from one picture to the next. Used by one thread at a time."""

    def __init__(self, packages: Path) -> None:
        """`packages`: the folder that holds MediaPipe. Nothing is started yet."""
        self._packages = packages
        self._running: _Running | None = None
        self._memory: SharedMemory | None = None
        self._remove_memory: Callable[[], object] = _nothing_to_remove
        self._of = ""
        self._fresh = True
        self._videos = 0  # begun since the process was replaced for their number

    @property
    def pid(self) -> int | None:
        """The id of the process; None while there is none."""
        return self._running.pid if self._running is not None else None

    def begin(self, name: str) -> None:
        """What follows are the pictures of the video `name`, which has nothing to do with what came before."""
        self._of, self._fresh = name, True
        if self._videos == _MOST_VIDEOS:
            self._end_process()
            self._videos = 0
        self._videos += 1

    def load(self) -> None:
        """Starts the process unless it runs. Raises WeightsError if MediaPipe cannot be loaded by it."""
        self._started()

    def points(self, frame_bgr: Picture) -> npt.NDArray[np.float32]:
        """(553, 3), see `holistic_points`.

        If the process dies, the picture is given to another one. Raises FeatureError, which names the video, after
        `MOST_DEATHS` deaths at this picture, or without shared memory for it; WeightsError if MediaPipe cannot be loaded.
        """
        said = ""
        for _attempt in range(MOST_DEATHS):
            running = self._started()
            try:
                answer = running.ask(self._handed_over(frame_bgr), _PICTURE_S)
            except _DiedError as error:
                said = str(error)
                self._running, self._fresh = None, True
                continue
            self._fresh = False
            return np.frombuffer(answer, dtype=np.float32).reshape(POINT_COUNT, 3)
        raise FeatureError(
            f"{self._of}: the process that finds its key points died {MOST_DEATHS} times at one picture{said}, so nothing "
            "was made of it."
        )

    def close(self) -> None:
        """Ends the process and removes the memory."""
        self._end_process()
        self._remove_memory()
        self._memory = None

    def _started(self) -> "_Running":
        if self._running is None:
            self._running = _Running(self._packages)
        return self._running

    def _end_process(self) -> None:
        if self._running is not None:
            self._running.end()
            self._running = None

    def _handed_over(self, frame_bgr: Picture) -> PictureRequest:
        height, width = frame_bgr.shape[:2]
        if self._memory is None or self._memory.size < frame_bgr.nbytes:
            self._remove_memory()
            self._memory = None
            self._memory = _reserved(frame_bgr.nbytes, self._of)
            self._remove_memory = weakref.finalize(self, _remove, self._memory)  # does it once, at exit at the latest
        picture_rgb: Picture = np.ndarray(frame_bgr.shape, dtype=np.uint8, buffer=self._memory.buf)
        cv2.cvtColor(frame_bgr, cv2.COLOR_BGR2RGB, dst=picture_rgb)
        return PictureRequest(self._memory.name, height, width, self._fresh)


class _Running:
    """A started process that has said that it is ready."""

    def __init__(self, packages: Path) -> None:
        self._words = tempfile.TemporaryFile()  # noqa: SIM115  # closed by _end
        self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
            own_command("labeling.perception.keypoints.holistic_worker", str(packages)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._words,
            env=own_environment(GLOG_minloglevel="2", TF_CPP_MIN_LOG_LEVEL="2"),
        )
        self._finalizer = weakref.finalize(self, _end, self._process, self._words)
        try:
            self._read(len(READY), _START_S)
        except _DiedError as error:
            raise WeightsError(f"MediaPipe in {packages} cannot be loaded{error}.") from error

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, request: PictureRequest, limit_s: float) -> bytes:
        """The answer to one request. Raises _DiedError without one."""
        requests = _pipe(self._process.stdin)
        try:
            requests.write(request.line())
            requests.flush()
        except OSError as error:
            raise _DiedError(self._last_words()) from error
        return self._read(_ANSWER_BYTES, limit_s)

    def end(self) -> None:
        self._finalizer()

    def _read(self, count: int, limit_s: float) -> bytes:
        timer = threading.Timer(limit_s, self._process.kill)
        timer.start()
        try:
            answer = _pipe(self._process.stdout).read(count)
        finally:
            timer.cancel()
        if len(answer) < count:
            raise _DiedError(self._last_words())
        return answer

    def _last_words(self) -> str:
        """How it ended, or the last line that it wrote, in brackets. Ends it if it has not."""
        try:
            code = self._process.wait(_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        end = self._words.seek(0, 2)
        self._words.seek(max(0, end - _LAST_WORDS_BYTES))
        lines = self._words.read().decode(errors="replace").strip().splitlines()
        self.end()
        return f" ({lines[-1].strip() if code > 0 and lines else f'it ended with {code}'})"


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise RuntimeError("the process was started without a pipe")
    return pipe


def _end(process: subprocess.Popen[bytes], words: IO[bytes]) -> None:
    process.kill()
    process.wait(_ENDS_WITHIN_S)
    for pipe in (process.stdin, process.stdout, words):
        try:
            _pipe(pipe).close()
        except BrokenPipeError:  # a request that it did not read any more
            continue


def _reserved(size: int, of: str) -> SharedMemory:
    """Shared memory that is there to the last byte. Raises FeatureError, which names the video `of`, where it is not.

    Linux gives it out page by page: without this, the write that finds none left would kill this process. Containers often
    have 64 MiB.
    """
    try:
        memory = SharedMemory(create=True, size=size)
    except OSError as error:
        raise _no_room(size, of) from error
    place = _LISTED / memory.name
    try:
        if place.exists():
            with place.open("r+b") as file:
                os.posix_fallocate(file.fileno(), 0, size)
    except OSError as error:
        _remove(memory)
        raise _no_room(size, of) from error
    return memory


def _no_room(size: int, of: str) -> FeatureError:
    return FeatureError(
        f"{of}: this machine has no {size / 2**20:.0f} MiB of shared memory left for one of its pictures; use fewer --workers, "
        "or give a container more (docker run --shm-size)."
    )


def _nothing_to_remove() -> None:
    """There is no shared memory yet."""


def _remove(memory: SharedMemory) -> None:
    memory.close()
    memory.unlink()
