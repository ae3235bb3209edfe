"""Reading the OpenPose frames of a clip, one at a time, from a folder or an archive.

- a folder of frame files, or one that has a single folder of them, whatever else it holds
- the files of one clip in a folder of several clips' (core.pose.openpose.flat_folder)
- a .zip, .tar, .tar.gz or .tgz of such files, read without unpacking to disk
- one .json or .jsonl with all frames (core.pose.openpose.single_file)

Frames of a folder and a .zip come in order of time, those of the others in the order in which they were packed.
"""

import os
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from core.errors import KeypointError
from core.guarded_files import inside, open_regular, read_bounded, reason_of
from core.guarded_zips import UNPACKED, directory_bytes
from core.pose.openpose.flat_folder import FlatFrames
from core.pose.openpose.frame import UnreadableFileError
from core.pose.openpose.frame_source import Frame, FrameSource, OpenSource, is_frame_name
from core.pose.openpose.limits import MAX_FRAME_BYTES, MOST_FRAMES, Allowance, ExhaustedError, is_bomb, refuse_exhausted
from core.pose.openpose.single_file import JSON_SUFFIXES, json_frames
from core.pose.openpose.tar_stream import TarStream

TAR_SUFFIXES = (".tar", ".tar.gz", ".tgz")
ARCHIVE_SUFFIXES = (".zip", *TAR_SUFFIXES, *JSON_SUFFIXES)
"""Suffixes of files that hold all key points of a clip."""

_MOST_FOLDERS = 100  # in a clip's folder, that are looked into
_TOO_LARGE = f"it is larger than {MAX_FRAME_BYTES // 2**20} MiB"
_LEAST_DIRECTORY_BYTES, _DIRECTORY_BYTES_A_FRAME = 16 * 2**20, 512
# The libraries raise all of these for damaged archives.
_DAMAGE = (OSError, EOFError, ValueError, OverflowError, struct.error, zlib.error)


def frame_range(path: Path | FlatFrames, *, within: Path | None = None) -> tuple[int, int]:
    """The first and the last number of the frames in a folder, archive or file that belongs to no video.

    Raises KeypointError as `open_frames` does, and for a clip of more than MOST_FRAMES.
    """
    with open_frames(path, MOST_FRAMES, within=within, with_video=False) as opened:
        source = opened.source
        source.allowance = Allowance.of_counting()
        if not source.places:  # a folder and a .zip are listed already
            for _ in opened.frames:
                pass
        return min(source.places), max(source.places)


@contextmanager
def open_frames(
    path: Path | FlatFrames,
    frame_count: int,
    *,
    within: Path | None = None,
    first: int = 0,
    with_video: bool = True,
) -> Iterator[OpenSource]:
    """Opens a folder, archive or file by its suffix; `frame_count` is that of the video. Without one, the frame numbered `first`
    is the clip's first.

    Links are followed within the folder `within`, by default `path` itself if it is a folder. Raises KeypointError, at once
    or while frames are read: nothing to open, no regular file, no frames, two files for one frame, a frame number beyond
    the video's last, or more to read than key points of this video can be (core.pose.openpose.limits).
    """
    try:
        if isinstance(path, FlatFrames):
            source = FrameSource(path.folder / path.name, "frame file", frame_count, first, with_video)
            top = inside(within, path.folder) if within is not None else path.folder.resolve()
            yield OpenSource(source, _files(source, path.names(), top, within or top))
            return
        place = inside(within, path.absolute()) if within is not None else path.resolve()
        if not place.exists():
            raise KeypointError(f"{path} is neither a folder nor an archive of OpenPose frames.")
        if place.is_dir():
            source = FrameSource(path, "frame file", frame_count, first, with_video)
            yield OpenSource(source, _folder(source, place, within or place))
        else:
            with open_regular(place) as file:
                noun = "frame" if path.name.lower().endswith(JSON_SUFFIXES) else "frame file"
                yield _opened_file(FrameSource(path, noun, frame_count, first, with_video), file)
    except ExhaustedError as problem:
        raise refuse_exhausted(path, problem) from problem
    except OSError as problem:
        raise KeypointError(f"The key points {path} cannot be read: {reason_of(problem)}.") from problem


def _opened_file(source: FrameSource, file: BinaryIO) -> OpenSource:
    path, name = source.path, source.path.name.lower()
    if name.endswith(JSON_SUFFIXES):
        return OpenSource(source, json_frames(source, file))
    if name.endswith(TAR_SUFFIXES):
        return OpenSource(source, _tar(source, file))
    if name.endswith(".zip"):
        return OpenSource(source, _zip(source, _opened_zip(path, file, source.frame_count)))
    raise KeypointError(
        f"{path} is no folder of OpenPose frame files and does not end in {', '.join(ARCHIVE_SUFFIXES)}."
    )


def _folder(source: FrameSource, folder: Path, within: Path) -> Iterator[Frame]:
    inner = _inner_folder(folder)
    return _files(source, _names_in(inside(within, folder / inner)), folder, within, inner)


def _inner_folder(folder: Path) -> str:
    """ "" for a folder with frame files, "name/" where one folder in it has them, or it has nothing but one folder."""
    folders, others = [], 0
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if not entry.is_dir():
                if is_frame_name(entry.name):
                    return ""
                others += 1
            else:
                folders.append(entry.name)
    if len(folders) == 1 and not others:
        return f"{folders[0]}/"
    with_frames = [name for name in folders[:_MOST_FOLDERS] if any(map(is_frame_name, _names_in(folder / name)))]
    return f"{with_frames[0]}/" if len(with_frames) == 1 else ""


def _names_in(folder: Path) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.is_dir():
                yield entry.name


def _files(source: FrameSource, names: Iterable[str], folder: Path, within: Path, inner: str = "") -> Iterator[Frame]:
    """The frames in files of these names in `folder`, or in the folder `inner` ("name/") of it."""
    top = inside(within, folder / inner)
    _list(source, (inner + name for name in names))

    def read(place: str) -> bytes:
        # With a plain string: a Path object costs as much time as reading itself.
        name = place.removeprefix(inner)
        path = f"{top}/{name}"
        try:
            return read_bounded(path, MAX_FRAME_BYTES, follow_link=False)
        except OSError as problem:
            if not os.path.islink(path):  # noqa: PTH114  # as `path`
                raise UnreadableFileError(reason_of(problem)) from problem
        try:
            return read_bounded(inside(within, path), MAX_FRAME_BYTES, follow_link=False)
        except OSError as problem:
            raise UnreadableFileError(reason_of(problem)) from problem

    return _in_order(source, read)


def _opened_zip(path: Path, file: BinaryIO, frame_count: int) -> zipfile.ZipFile:
    """Raises KeypointError for what is no .zip, or one whose list of entries alone would fill memory."""
    try:
        _refuse_long_directory(file, frame_count)
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, *_DAMAGE) as problem:
        raise KeypointError(
            f"{path} cannot be opened as a .zip of OpenPose frame files ({reason_of(problem)})."
        ) from problem


def _refuse_long_directory(file: BinaryIO, frame_count: int) -> None:
    if directory_bytes(file) > _LEAST_DIRECTORY_BYTES + frame_count * _DIRECTORY_BYTES_A_FRAME:
        raise ExhaustedError("it has more entries than key points of this video can have")


def _zip(source: FrameSource, archive: zipfile.ZipFile) -> Iterator[Frame]:
    _list(source, (entry.filename for entry in archive.infolist() if not entry.filename.endswith("/")))

    def read(place: str) -> bytes:
        entry = archive.getinfo(place)
        if entry.compress_type not in UNPACKED:
            raise UnreadableFileError("it is encrypted or packed in a way that cannot be read")
        if entry.file_size > MAX_FRAME_BYTES:
            raise UnreadableFileError(_TOO_LARGE)
        if is_bomb(entry.file_size, entry.compress_size):
            raise UnreadableFileError(f"it is packed into {entry.compress_size:,} bytes, as no frame can be")
        try:
            with archive.open(entry) as file:
                return file.read(MAX_FRAME_BYTES)
        except (zipfile.BadZipFile, *_DAMAGE) as problem:
            raise UnreadableFileError("it is damaged inside the zip") from problem
        except RuntimeError as problem:
            raise UnreadableFileError("it is encrypted or packed in a way that cannot be read") from problem

    return _in_order(source, read)


def _list(source: FrameSource, places: Iterable[str]) -> None:
    for place in places:
        number = source.number_of(place)
        if number is not None:
            source.add(number, place)
        if len(source.places) > source.readable:
            break  # one of them lies beyond the video
    source.refuse_empty()
    source.count_from_zero()
    last = max(source.places)
    source.refuse_beyond_video(last, PurePosixPath(source.places[last]).name)


def _in_order(source: FrameSource, read: Callable[[str], bytes]) -> Iterator[Frame]:
    for number in sorted(source.places):
        place = source.places[number]
        content: bytes | UnreadableFileError
        try:
            content = read(place)
            source.allowance.take(len(content))
        except UnreadableFileError as problem:
            content = problem
            source.allowance.check_time()
        yield Frame(number, place.rpartition("/")[2], content)


def _tar(source: FrameSource, file: BinaryIO) -> Iterator[Frame]:
    try:
        stream = TarStream(file, source.allowance)
        with tarfile.TarFile(fileobj=stream) as archive:  # type: ignore[arg-type]  # it needs no more of a file
            while (member := archive.next()) is not None:
                # The archive keeps about a kilobyte per file that it has read; typeshed lacks this attribute.
                archive.members.clear()  # type: ignore[attr-defined]
                if not member.isreg():
                    source.allowance.take_other()
                    continue
                number = source.number_of(member.name)
                if number is None:
                    continue
                name = PurePosixPath(member.name).name
                source.refuse_beyond_video(number, name)
                source.add(number, member.name)
                yield Frame(number, name, _content(member, stream))
    except (tarfile.TarError, *_DAMAGE) as problem:
        if not source.places:
            raise KeypointError(
                f"{source.path} cannot be opened as a .tar of OpenPose frame files ({reason_of(problem)})."
            ) from problem
        source.damage = f"it is cut or damaged after {next(reversed(source.places.values()))}"
    source.refuse_empty()


def _content(member: tarfile.TarInfo, stream: TarStream) -> bytes | UnreadableFileError:
    """Raises EOFError where the file ends in the member."""
    if member.issparse():
        return UnreadableFileError("it is packed in a way that cannot be read")
    if member.size > MAX_FRAME_BYTES:
        return UnreadableFileError(_TOO_LARGE)
    stream.seek(member.offset_data)
    data = stream.read(member.size)
    if len(data) < member.size:
        raise EOFError("it is cut")
    return data
