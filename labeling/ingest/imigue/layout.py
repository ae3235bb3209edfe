"""The folder layout of iMiGUE and iMiGUE-Speech, and finding the files to import.

    DIR/                                                SPEECH/
        Label/labels_20200831.csv                           labels.csv
        ...any folders.../0012/0012.mp4                     0012/0012.txt (or .raw.txt, .asr.txt)
        ...any folders.../12/12_000000000000_keypoints.json
        ...any folders.../12.zip (.tar, .tar.gz, .tgz, .json, .jsonl)
        ...any folders.../0012_2.xlsx, or 0012_light.csv

An id is a number, with or without leading zeros: 12, 0012 and 0012.mp4 are the same interview. Files with other names are
ignored.
"""

import os
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import InputError
from core.media.video import VIDEO_SUFFIXES
from core.pose.openpose.archives import ARCHIVE_SUFFIXES
from core.printable import printable
from labeling.ingest.clip_table import clip_name
from labeling.ingest.folder_contents import is_file_in, refuse_foreign_name
from labeling.ingest.imigue.skeleton_tables import is_of_a_video, video_of

_FRAME_NAME = re.compile(r"(\d{1,9})_\d{1,12}_keypoints\.json")
_ID = re.compile(r"\d{1,9}(\.0+)?")
_TRANSCRIPTS = (
    "{}.txt",
    "{}.raw.txt",
    "{}.asr.txt",
)  # in order of preference: words kept, with punctuation, normalized


def video_id(text: str) -> int | None:
    """The video id in a table cell or file name, or None. Spreadsheets write 12 as `12.0`."""
    name = clip_name(text)
    return int(float(name)) if _ID.fullmatch(name) else None


@dataclass(frozen=True, slots=True)
class ImigueFolder:
    """Videos and key points by video id, tables in order of path; `refusals` are sentences on videos that are not imported,
    and on folders that may not be read.
    """

    videos: Mapping[int, Path]
    keypoints: Mapping[int, Path]
    tables: tuple[Path, ...]
    refusals: tuple[str, ...]


@dataclass(slots=True)
class _Found:
    videos: list[Path] = field(default_factory=list)
    keypoints: defaultdict[int, list[Path]] = field(default_factory=lambda: defaultdict(list))
    tables: list[Path] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)


def find_imigue(folder: Path) -> ImigueFolder:
    """Searches `folder` recursively, without listing the thousands of frame files of a clip.

    Raises InputError if it is no folder or holds no video.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder.")
    refuse_foreign_name(folder)
    found = _Found()
    for each in _folders(folder):
        try:
            _look_into(each, found)
        except OSError as error:
            found.closed.append(
                f"{printable(str(each))} cannot be read ({error.strerror}), so what it holds is left out."
            )
    videos: dict[int, Path] = {}
    refusals = found.closed
    for path in sorted(found.videos, key=lambda path: (path.name, str(path))):
        number = video_id(path.name)
        if number is None:
            refusals.append(f"{printable(path.name)} is left out: its name is not an id of iMiGUE, such as 0012.mp4.")
        elif number in videos:
            refusals.append(
                f"{printable(str(path))} is left out: {printable(str(videos[number]))} is the video {number} already."
            )
        else:
            videos[number] = path
    if not videos:
        suffixes = ", ".join(sorted(VIDEO_SUFFIXES))
        raise InputError(f"{folder} holds no video of iMiGUE: a file named by its id, such as 0012.mp4 ({suffixes}).")
    # A folder takes precedence over an archive of the same clip, from which it was probably unpacked.
    keypoints = {
        number: min(paths, key=lambda path: (path.is_file(), str(path))) for number, paths in found.keypoints.items()
    }
    return ImigueFolder(videos, keypoints, tuple(sorted(found.tables)), tuple(refusals))


def find_speech(folder: Path) -> dict[int, Path]:
    """Transcript files of iMiGUE-Speech by video id: for each clip the preferred one that is not empty."""
    if not folder.is_dir():
        raise InputError(f"--speech: {folder} is not a folder.")
    try:
        return _preferred(folder)
    except OSError as error:
        raise InputError(f"--speech: {printable(str(error.filename))} cannot be read ({error.strerror}).") from error


def _preferred(folder: Path) -> dict[int, Path]:
    return {number: path for number, path in _transcripts(folder) if path is not None}


def _transcripts(folder: Path) -> Iterator[tuple[int, Path | None]]:
    for clip in sorted(folder.iterdir()):
        number = video_id(clip.name)
        if number is not None and clip.is_dir():
            files = [clip / name.format(clip.name) for name in _TRANSCRIPTS]
            whole = (path for path in files if path.is_file() and path.stat().st_size > 0)
            yield number, next((path for path in whole if is_file_in(folder, str(path), links_out=False)), None)


def _folders(root: Path) -> Iterator[Path]:
    """`root` and all folders in it, each once even if there are symbolic links."""
    seen: set[str] = set()
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        place = os.path.realpath(folder)
        if place in seen:
            continue
        seen.add(place)
        yield folder
        with suppress(OSError):  # said by whoever looks into it
            if frames_in(folder) is None:
                with os.scandir(folder) as entries:
                    waiting += sorted(
                        (Path(each.path) for each in entries if each.is_dir() and _is_ours(each.name)), reverse=True
                    )


def frames_in(folder: Path) -> int | None:
    """The video id of the frame files in `folder`, from the first one found; None if there is none."""
    with os.scandir(folder) as entries:
        for entry in entries:
            frame = _FRAME_NAME.fullmatch(entry.name)
            if frame is not None:
                return int(frame.group(1))
    return None


def _look_into(folder: Path, found: _Found) -> None:
    clip = frames_in(folder)
    if clip is not None:
        found.keypoints[clip].append(folder)
        beside = [folder / f"{folder.name}{suffix}" for suffix in sorted(VIDEO_SUFFIXES)]
        found.videos += [path for path in beside if path.is_file()]
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir() or not _is_ours(entry.name):
                continue
            path = Path(entry.path)
            suffix = path.suffix.lower()
            packed = _id_of_archive(path.name)
            in_sheet = video_of(path.name)
            if suffix in VIDEO_SUFFIXES:
                found.videos.append(path)
            elif packed is not None:
                found.keypoints[packed].append(path)
            elif in_sheet is not None:
                found.keypoints[in_sheet].append(path)
            elif suffix == ".csv" and not is_of_a_video(path.name):
                found.tables.append(path)


def _id_of_archive(name: str) -> int | None:
    suffix = next((each for each in ARCHIVE_SUFFIXES if name.lower().endswith(each)), None)
    return video_id(name[: -len(suffix)]) if suffix is not None else None


def _is_ours(name: str) -> bool:
    """False for files that operating systems create."""
    return not name.startswith((".", "__MACOSX"))
