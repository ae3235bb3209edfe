"""Reading the OpenPose frames of a clip, one at a time, from a folder or an archive.

- a folder of frame files, or one that holds a single folder of them
- a .zip, .tar, .tar.gz or .tgz of such files, read without unpacking to disk
- one .json or .jsonl with all frames (core.pose.openpose.single_file)

Frames of a folder and a .zip come in order of time, those of the others in the order in which they were packed.
"""

import os
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path, PurePosixPath

from core.errors import KeypointError
from core.pose.openpose.frame import UnreadableFileError
from core.pose.openpose.frame_source import MAX_FRAME_BYTES, Frame, FrameSource, OpenSource
from core.pose.openpose.single_file import JSON_SUFFIXES, json_frames

TAR_SUFFIXES = (".tar", ".tar.gz", ".tgz")
ARCHIVE_SUFFIXES = (".zip", *TAR_SUFFIXES, *JSON_SUFFIXES)
"""Suffixes of files that hold all key points of a clip."""

_TAR_BLOCK_BYTES = 2**16  # tarfile copies the rest of its block for every file, so larger blocks are slower
_TOO_LARGE = f"it is larger than {MAX_FRAME_BYTES // 2**20} MiB"


@contextmanager
def open_frames(path: Path, frame_count: int) -> Iterator[OpenSource]:
    """Opens a folder, archive or file by its suffix; `frame_count` is that of the video.

    Raises KeypointError, at once or while frames are read: nothing to open, no frames, two files for one frame, or a
    frame number beyond the video's last.
    """
    name = path.name.lower()
    source = FrameSource(path, "frame" if name.endswith(JSON_SUFFIXES) else "frame file", frame_count)
    if path.is_dir():
        source.noun = "frame file"
        yield OpenSource(source, _folder(source))
    elif not path.is_file():
        raise KeypointError(f"{path} is neither a folder nor an archive of OpenPose frames.")
    elif name.endswith(JSON_SUFFIXES):
        yield OpenSource(source, json_frames(source))
    elif name.endswith(TAR_SUFFIXES):
        yield OpenSource(source, _tar(source))
    elif name.endswith(".zip"):
        try:
            archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError) as problem:
            raise KeypointError(f"{path} cannot be opened as a .zip of OpenPose frame files ({problem}).") from problem
        with archive:
            yield OpenSource(source, _zip(source, archive))
    else:
        raise KeypointError(
            f"{path} is no folder of OpenPose frame files and does not end in {', '.join(ARCHIVE_SUFFIXES)}."
        )


def _folder(source: FrameSource) -> Iterator[Frame]:
    with os.scandir(source.path) as entries:
        first_two = list(islice((entry for entry in entries if not entry.name.startswith(".")), 2))
    inner = f"{first_two[0].name}/" if len(first_two) == 1 and first_two[0].is_dir() else ""
    with os.scandir(source.path / inner) as entries:
        _list(source, (f"{inner}{entry.name}" for entry in entries if not entry.is_dir()))

    def read(place: str) -> bytes:
        try:
            # Unbuffered and with a plain string: a Path object and a buffer cost as much time as reading itself.
            with open(f"{source.path}/{place}", "rb", buffering=0) as file:  # noqa: PTH123
                if os.fstat(file.fileno()).st_size > MAX_FRAME_BYTES:
                    raise UnreadableFileError(_TOO_LARGE)
                return file.readall()
        except OSError as problem:
            raise UnreadableFileError(problem.strerror or "it cannot be opened") from problem

    return _in_order(source, read)


def _zip(source: FrameSource, archive: zipfile.ZipFile) -> Iterator[Frame]:
    _list(source, (entry.filename for entry in archive.infolist() if not entry.is_dir()))

    def read(place: str) -> bytes:
        try:
            with archive.open(place) as file:
                data = file.read(MAX_FRAME_BYTES + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as problem:
            raise UnreadableFileError("it is damaged inside the zip") from problem
        except (RuntimeError, NotImplementedError) as problem:
            raise UnreadableFileError("it is encrypted or packed in a way that cannot be read") from problem
        if len(data) > MAX_FRAME_BYTES:
            raise UnreadableFileError(_TOO_LARGE)
        return data

    return _in_order(source, read)


def _list(source: FrameSource, places: Iterable[str]) -> None:
    for place in places:
        number = source.number_of(place)
        if number is not None:
            source.add(number, place)
    source.refuse_empty()
    last = max(source.places)
    source.refuse_beyond_video(last, PurePosixPath(source.places[last]).name)


def _in_order(source: FrameSource, read: Callable[[str], bytes]) -> Iterator[Frame]:
    for number in sorted(source.places):
        place = source.places[number]
        content: bytes | UnreadableFileError
        try:
            content = read(place)
        except UnreadableFileError as problem:
            content = problem
        yield Frame(number, place.rpartition("/")[2], content)


def _tar(source: FrameSource) -> Iterator[Frame]:
    try:
        with tarfile.open(source.path, "r|*", bufsize=_TAR_BLOCK_BYTES) as archive:
            while (member := archive.next()) is not None:
                # The archive keeps about a kilobyte per file that it has read; typeshed lacks this attribute.
                archive.members.clear()  # type: ignore[attr-defined]
                number = source.number_of(member.name) if member.isreg() else None
                file = archive.extractfile(member) if number is not None else None
                if number is None or file is None:
                    continue
                name = PurePosixPath(member.name).name
                source.refuse_beyond_video(number, name)
                source.add(number, member.name)
                large = member.size > MAX_FRAME_BYTES
                yield Frame(number, name, UnreadableFileError(_TOO_LARGE) if large else file.read())
    except (tarfile.TarError, EOFError, OSError, zlib.error) as problem:
        if not source.places:
            raise KeypointError(
                f"{source.path} cannot be opened as a .tar of OpenPose frame files ({problem})."
            ) from problem
        source.damage = f"it is cut or damaged after {next(reversed(source.places.values()))}"
    source.refuse_empty()
