"""The frame files of one clip, in a folder or a zip, in order of frame; read one at a time."""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from core.errors import KeypointError

_FRAME_NAME = re.compile(r"(?:^|_)(\d{1,12})_keypoints\.json$")
_MAX_FILE_BYTES = 8 * 2**20  # a frame of 1,000 people; anything larger is not a frame file


class UnreadableFileError(Exception):
    """One frame file cannot be read; the text says why, in words that follow a colon."""


@dataclass(frozen=True, slots=True)
class FrameFile:
    """`number` is the frame, counted from 0; `name` the file's name; `path` where it lies in the folder or zip."""

    number: int
    name: str
    path: str


@dataclass(frozen=True)
class FrameFiles:
    """`frames` in order of number; `ignored` names files that are no frame files; `read` raises UnreadableFileError."""

    frames: tuple[FrameFile, ...]
    ignored: tuple[str, ...]
    read: Callable[[FrameFile], bytes]


@contextmanager
def open_frame_files(source: Path) -> Iterator[FrameFiles]:
    """Opens a folder or zip; raises KeypointError where there is none or it has no frame files."""
    if source.is_dir():
        yield _folder(source)
        return
    if not source.is_file():
        raise KeypointError(f"{source} is neither a folder nor a .zip of OpenPose frame files.")
    try:
        archive = zipfile.ZipFile(source)
    except (zipfile.BadZipFile, OSError) as problem:
        raise KeypointError(f"{source} cannot be opened as a .zip of OpenPose frame files ({problem}).") from problem
    with archive:
        yield _zip(source, archive)


def _folder(source: Path) -> FrameFiles:
    def read(frame: FrameFile) -> bytes:
        try:
            with (source / frame.path).open("rb") as file:
                return _bounded(file.read(_MAX_FILE_BYTES + 1))
        except OSError as problem:
            raise UnreadableFileError(problem.strerror or "it cannot be opened") from problem

    folder = source
    inside = [entry for entry in source.iterdir() if not entry.name.startswith(".")]
    if len(inside) == 1 and inside[0].is_dir():
        folder = inside[0]
    names = (entry.relative_to(source).as_posix() for entry in folder.iterdir() if not entry.is_dir())
    return _sorted(source, names, read)


def _zip(source: Path, archive: zipfile.ZipFile) -> FrameFiles:
    def read(frame: FrameFile) -> bytes:
        try:
            with archive.open(frame.path) as file:
                return _bounded(file.read(_MAX_FILE_BYTES + 1))
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as problem:
            raise UnreadableFileError("it is damaged inside the zip") from problem
        except (RuntimeError, NotImplementedError) as problem:
            raise UnreadableFileError("it is encrypted or packed in a way that cannot be read") from problem

    names = (entry.filename for entry in archive.infolist() if not entry.is_dir())
    return _sorted(source, names, read)


def _bounded(data: bytes) -> bytes:
    if len(data) > _MAX_FILE_BYTES:
        raise UnreadableFileError(f"it is larger than {_MAX_FILE_BYTES // 2**20} MiB")
    return data


def _sorted(source: Path, paths: Iterable[str], read: Callable[[FrameFile], bytes]) -> FrameFiles:
    frames: dict[int, FrameFile] = {}
    ignored: list[str] = []
    for path in paths:
        place = PurePosixPath(path)
        if any(part.startswith((".", "__MACOSX")) for part in place.parts):
            continue  # what operating systems leave behind
        match = _FRAME_NAME.search(place.name)
        if match is None:
            ignored.append(path)
            continue
        number = int(match.group(1))
        other = frames.get(number)
        if other is not None:
            first, second = sorted((other.path, path))
            raise KeypointError(f"{source} has two files for frame {number} ({first} and {second}); one clip a folder.")
        frames[number] = FrameFile(number, place.name, path)
    if not frames:
        raise KeypointError(f"{source} has no OpenPose frame files (named like clip_000000000000_keypoints.json).")
    return FrameFiles(tuple(frames[number] for number in sorted(frames)), tuple(sorted(ignored)), read)
