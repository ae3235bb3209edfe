"""Reading videos in a process of its own: a video that crashes the decoder takes that process with it, and neither an import nor
the app.

A process starts with the first video, is used for those after it, and ends when nobody asked for `_IDLE_S`, or with the process
that started it. A page that asks while another waits for a long video gets a process of its own.
"""

import atexit
import os
import pickle
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from core.child_processes import own_command, own_environment
from core.errors import VideoError
from core.media.probe import VideoInfo, probe_video
from core.media.video import write_thumbnail

_IDLE_S = 60.0
_MOST = 4  # processes at a time; each keeps a core busy
_WORK: Mapping[str, Callable[..., Any]] = {"probe": probe_video, "thumbnail": write_thumbnail}


def probe_apart(path: Path) -> VideoInfo:
    """As core.media.probe.probe_video; VideoError also for a file that crashes the decoder."""
    info: VideoInfo = _READERS.ask("probe", path)
    return info


def write_thumbnail_apart(
    source: Path, target: Path, at_s: float, box_xyxy_px: npt.NDArray[np.floating[Any]], size_px: int
) -> None:
    """As core.media.video.write_thumbnail; VideoError also for a file that crashes the decoder."""
    _READERS.ask("thumbnail", source, target, at_s, box_xyxy_px, size_px)


class _Readers:
    """The processes, of which each is asked by one thread at a time."""

    def __init__(self) -> None:
        self._free = threading.BoundedSemaphore(_MOST)
        self.unasked: list[_Reader] = []
        self._all: list[_Reader] = []

    def ask(self, what: str, path: Path, *arguments: Any) -> Any:
        """As _Reader.ask."""
        with self._taken() as reader:
            return reader.ask(what, path, *arguments)

    @contextmanager
    def _taken(self) -> "Iterator[_Reader]":
        with self._free:
            try:
                reader = self.unasked.pop()  # the last one asked, so that the others end
            except IndexError:
                reader = _Reader()
                self._all.append(reader)
            try:
                yield reader
            finally:
                self.unasked.append(reader)

    def end(self) -> None:
        """Ends all processes, also those that are asked."""
        for reader in self._all:
            reader.end()


class _Reader:
    """One process, seen from the thread that asks it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def ask(self, what: str, path: Path, *arguments: Any) -> Any:
        """The answer. Raises what the work raised, and VideoError where the process died over it."""
        try:
            went_well, answer = self._answer((what, path, *arguments))
        except (EOFError, OSError) as error:
            self.end()
            raise VideoError(f"{path} crashes the decoder, so it cannot be used.") from error
        except BaseException:
            self.end()  # half an answer must not be taken for that to the next question
            raise
        if not went_well:
            raise answer
        return answer

    def _answer(self, question: Any) -> Any:
        process = self._process
        if process is None or process.poll() is not None:
            process = self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            _send(process.stdin, question)
            return pickle.load(process.stdout)  # noqa: S301  # our own process wrote it
        except (EOFError, OSError):
            if process.wait() != 0:
                raise
        return self._answer(question)  # it had ended for want of questions just when this one came

    def _start(self) -> subprocess.Popen[bytes]:
        self.end()
        self._process = subprocess.Popen(  # noqa: S603  # no shell, our own module
            own_command("core.media.apart"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=own_environment()
        )
        return self._process

    def end(self) -> None:
        """Ends the process, whatever it is asked."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with suppress(BrokenPipeError):  # of a question that nobody read
                    pipe.close()  # type: ignore[union-attr]  # both are pipes


_READERS = _Readers()
atexit.register(_READERS.end)


def _send(file: IO[bytes], value: Any) -> None:
    file.write(pickle.dumps(value))
    file.flush()


def _serve() -> None:
    """The work of the process: answers until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for whoever asks
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    questions = sys.stdin.buffer
    while select.select([questions], [], [], _IDLE_S)[0]:
        try:
            what, *arguments = pickle.load(questions)  # noqa: S301  # our own process wrote it
        except EOFError:
            return
        try:
            answer = True, _WORK[what](*arguments)
        except Exception as error:  # whoever asked decides
            answer = False, error
        _send(answers, answer)


if __name__ == "__main__":
    _serve()
