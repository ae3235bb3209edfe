"""Finding what a folder holds for import: videos, key points, transcripts, a clip table, a cohort.

    study/                           or                      study/
        videos/match-01.mp4                                      match-01.mp4
        openpose/match-01/… or match-01.zip                      match-01_openpose.zip (or a folder of that name)
        openpose/match-01_000000000000_keypoints.json, …
        transcripts/match-01.txt (or .srt, .vtt, …; labeling.ingest.transcript_formats.names)
        clips.csv

Subfolders and files with these names are found automatically; paths given on the command line take precedence.
"""

import errno
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.errors import InputError
from core.file_names import composed, spellings
from core.guarded_files import inside, reason_of
from core.media.video import OTHER_VIDEO_SUFFIXES, VIDEO_SUFFIXES
from core.pose.openpose.archives import ARCHIVE_SUFFIXES
from core.pose.openpose.flat_folder import FlatFrames, flat_frames, is_frame_file
from core.printable import printable
from labeling.ingest.tracking_tables.names import clips_of_table, tables_by_clip
from labeling.ingest.tracking_tables.reading import TABLE_SUFFIXES
from labeling.ingest.transcript_formats.names import key_of, names_of, transcripts_by_clip

_OWN_FOLDERS = frozenset({"videos", "openpose", "transcripts"})
_MOST_SUBFOLDERS = 20
_BESIDE_VIDEO = (*(f"{{}}_openpose{suffix}" for suffix in ARCHIVE_SUFFIXES), "{}_openpose")
_IN_FOLDER = ("{}", *(f"{{}}{suffix}" for suffix in ARCHIVE_SUFFIXES), *_BESIDE_VIDEO)


@dataclass(frozen=True, slots=True)
class ImportSources:
    """Videos in order of name; folders and files that hold the rest, None if there is none.

    `notes` are sentences on what was found automatically, `passed_over` on what stands there and cannot be used, `refused` on
    videos that are none. If the layout of a release defines the files of each clip,
    `keypoint_files` and `transcript_files` hold them by clip name, and folders are not searched. Key points lie within the
    folder that was given, unless `keypoints_anywhere`: then somebody named each file. `flat_keypoints`: the frame files that lie
    side by side in `openpose`, by clip; `subfolders`: the folders there in which clips are looked for, too.
    """

    folder: Path
    videos: tuple[Path, ...]
    openpose: Path | None
    transcripts: Path | None
    table: Path | None
    cohort: Path | None
    notes: tuple[str, ...]
    keypoint_files: Mapping[str, Path] | None = None
    transcript_files: Mapping[str, Path] | None = None
    passed_over: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    keypoints_anywhere: bool = False
    keypoint_tables: Mapping[str, Path] = field(default_factory=dict)
    flat_keypoints: Mapping[str, FlatFrames] = field(default_factory=dict)
    subfolders: tuple[Path, ...] = ()
    transcripts_found: Mapping[str, Path] = field(default_factory=dict)

    def keypoints_of(self, clip: str) -> Path | FlatFrames | None:
        """Folder, archive (core.pose.openpose.archives) or frame files of a clip, or a table of its key points, or None."""
        if self.keypoint_files is not None:
            return self.keypoint_files.get(clip)
        if self.openpose is not None:
            named = keypoints_in(self.openpose, clip, self.subfolders) or self.flat_keypoints.get(clip)
            return named or self.keypoint_tables.get(clip)
        folders = (self.folder, self.folder / "videos")
        candidates = [
            folder / name.format(spelling)
            for folder in folders
            for name in _BESIDE_VIDEO
            for spelling in spellings(clip)
        ]
        return next((path for path in candidates if _is_there(path)), None) or self.keypoint_tables.get(clip)

    def keypoints_folder(self, keypoints: Path | FlatFrames) -> Path:
        """The folder within which these key points may lie, links included."""
        if isinstance(keypoints, FlatFrames):
            return self.openpose or self.folder
        return keypoints.parent if self.keypoints_anywhere else self.openpose or self.folder

    def transcript_of(self, clip: str) -> Path | None:
        """A clip's file in the folder of transcripts, preferably with times, or None.

        Raises InputError if it is a link out of the folder.
        """
        if self.transcript_files is not None:
            return self.transcript_files.get(clip)
        found = self.transcripts_found.get(key_of(clip))
        if self.transcripts is None or found is None:
            return None
        return contained(self.transcripts, found.name)

    def unclaimed_transcripts(self, clips: Collection[str], cells: Collection[str]) -> list[Path]:
        """Transcripts that are of none of these clips, nor named in a table's `cells`."""
        wanted = {key_of(clip) for clip in clips}
        named = {Path(cell).name for cell in cells}
        files = sorted(set(self.transcripts_found.values()))
        return [
            path for path in files if path.name not in named and wanted.isdisjoint(map(key_of, names_of(path.name)))
        ]

    def named_file(self, name: str) -> Path | None:
        """The transcript file named in the table: beside the table, among the transcripts, or in the folder; else None.

        Raises InputError if the name leads out of these folders.
        """
        places = (self.table.parent if self.table is not None else None, self.transcripts, self.folder)
        folders = [place for place in places if place is not None]
        wanted = [(folder, spelling) for folder in folders for spelling in spellings(name)]
        there = [(folder, spelling) for folder, spelling in wanted if is_file_in(folder, spelling)]
        for folder, spelling in there:
            if is_file_in(folder, spelling, links_out=False):
                return contained(folder, spelling)
        return contained(*there[0]) if there else None

    def unclaimed_keypoints(self, clips: Collection[str]) -> list[Path]:
        """Key-point files of no clip; empty if key points do not have their own folder."""
        if self.keypoint_files is not None:
            return sorted(path for clip, path in self.keypoint_files.items() if clip not in clips)
        if self.openpose is None or self.openpose.resolve() == self.folder.resolve():
            return []
        taken = {path for path in (self.keypoints_of(clip) for clip in clips) if isinstance(path, Path)}
        suffixes = (*ARCHIVE_SUFFIXES, *TABLE_SUFFIXES)
        found = [path for path in self.openpose.iterdir() if path.is_dir() or path.name.lower().endswith(suffixes)]
        found = [path for path in found if path.is_dir() or not _of_some(path, clips)]
        found = [path for path in found if not is_frame_file(path.name) and path not in _above(taken)]
        flat = [one.folder / one.name for clip, one in self.flat_keypoints.items() if clip not in clips]
        return sorted([*flat, *(path for path in found if path not in taken and not path.name.startswith("."))])


def contained(folder: Path, name: str | Path) -> Path:
    """The file called `name` in a folder, links resolved. Raises InputError if it lies elsewhere."""
    try:
        return inside(folder, name)
    except OSError as error:
        raise InputError(f"{name} is not read: {reason_of(error)}.") from error


def is_file_in(folder: Path, name: str, *, links_out: bool = True) -> bool:
    """Whether there is a regular file of that name; with `links_out`, also one that lies outside the folder."""
    try:
        return (folder / name if links_out else inside(folder, name)).is_file()
    except (OSError, ValueError):  # no name that a file can have, or one that leads out
        return False


def keypoints_in(folder: Path, clip: str, subfolders: Sequence[Path] = ()) -> Path | None:
    """The clip's folder or archive of key points in a folder of many clips', or in one of its `subfolders`."""
    names = [name.format(spelling) for name in _IN_FOLDER for spelling in spellings(clip)]
    return next((path for place in (folder, *subfolders) for name in names if _is_there(path := place / name)), None)


def _subfolders(folder: Path) -> tuple[Path, ...]:
    """The folders in a folder of key points, such as `json`; none where they are many, as each is a clip's then."""
    found = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    return tuple(path for path in found if not _closed(path)) if len(found) <= _MOST_SUBFOLDERS else ()


def _above(paths: Collection[Path]) -> set[Path]:
    return {path.parent for path in paths}


def _is_there(path: Path) -> bool:
    """False also for a name that is longer than the file system takes, which a clip's name with a suffix may be."""
    try:
        return path.exists()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return False
        raise


def tables_and_texts(folder: Path, *, transcripts: Path | None, table: Path | None) -> ImportSources:
    """The table and the transcripts that were named, for clips of a set that lies in `folder`; nothing is looked for."""
    _refuse_missing(None, transcripts, table)
    return _with_transcripts(ImportSources(folder, (), None, transcripts, table, None, ()))


def _with_transcripts(sources: ImportSources) -> ImportSources:
    if sources.transcripts is None:
        return sources
    files = [path for path in sources.transcripts.iterdir() if not path.is_dir()]
    return replace(sources, transcripts_found=transcripts_by_clip(files))


def find_sources(
    folder: Path,
    *,
    openpose: Path | None = None,
    transcripts: Path | None = None,
    table: Path | None = None,
    without_video: bool = False,
) -> ImportSources:
    """Finds what is to be imported. Raises InputError, one sentence, if a given path is missing or there is nothing to import,
    which a folder `without_video` and cohort is otherwise.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder.")
    _refuse_missing(openpose, transcripts, table)
    refuse_foreign_name(folder)
    notes: list[str] = []
    passed_over: list[str] = []
    refused: list[str] = []

    def default(named: Path | None, name: str, fits: Callable[[Path], bool], kind: str) -> Path | None:
        path = folder / name
        if named is not None or not path.exists():
            return named
        problem = f"is not a {kind}" if not fits(path) else _closed(path)
        if not path.resolve().is_relative_to(folder.resolve()):
            option = "table" if name.endswith(".csv") else name
            problem = f"leads out of the folder (name it with --{option} if it is meant)"
        if problem is not None:
            passed_over.append(f"{name} in {folder.name} {problem}, so it was not used.")
            return None
        notes.append(f"{name} in {folder.name} was used.")
        return path

    notes += _subfolders_with_videos(folder)
    cohort = folder / "cohort.json"
    sources = ImportSources(
        folder=folder,
        videos=_videos(folder, refused),
        openpose=default(openpose, "openpose", Path.is_dir, "folder"),
        transcripts=default(transcripts, "transcripts", Path.is_dir, "folder"),
        table=default(table, "clips.csv", Path.is_file, "file"),
        cohort=cohort if cohort.is_file() else None,
        notes=tuple(notes),
        passed_over=tuple(passed_over),
        refused=tuple(refused),
    )
    if not sources.videos and sources.cohort is None and not without_video:
        suffixes = ", ".join(sorted(VIDEO_SUFFIXES))
        said = [*refused, *notes]
        reason = f" {said[0]}" if said else ""
        raise InputError(
            f"{folder} holds no video ({suffixes}), neither itself nor in a subfolder videos, and no key points without "
            f"videos (.npz, or a folder or archive of OpenPose frames a clip).{reason}"
        )
    if sources.openpose is not None:
        flat = {composed(clip): frames for clip, frames in flat_frames(sources.openpose).items()}
        sources = replace(sources, flat_keypoints=flat, subfolders=_subfolders(sources.openpose))
    return replace(_with_transcripts(sources), keypoint_tables=_tables(sources))


def _tables(sources: ImportSources) -> dict[str, Path]:
    """Tables of key points of other tools, by clip: among the key points, else beside the videos, where they are written."""
    if sources.openpose is not None:
        return tables_by_clip(sources.openpose)
    found: dict[str, Path] = {}
    for place in (sources.folder, sources.folder / "videos"):
        with suppress(OSError):  # said of the videos there
            found = tables_by_clip(place, beside_videos=True) | found
    return found


def _of_some(table: Path, clips: Collection[str]) -> bool:
    """Whether it is another table of one of these clips, beside the one that is read."""
    names = clips_of_table(composed(table.stem))
    return table.suffix.lower() in TABLE_SUFFIXES and any(clip in clips for clip in names)


def _refuse_missing(openpose: Path | None, transcripts: Path | None, table: Path | None) -> None:
    for named, what in ((openpose, "--openpose"), (transcripts, "--transcripts")):
        if named is not None and not named.is_dir():
            raise InputError(f"{what}: {named} is not a folder.")
        if named is not None and (problem := _closed(named)) is not None:
            raise InputError(f"{what}: {named} {problem}.")
    if table is not None and not table.is_file():
        raise InputError(f"--table: {table} is not a file.")


def _closed(path: Path) -> str | None:
    """Why a folder cannot be searched, as the end of a sentence; None for one that can, and for a file."""
    try:
        if path.is_dir():
            with os.scandir(path) as entries:
                next(entries, None)
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return None


def refuse_foreign_name(path: Path) -> None:
    """Raises InputError for a path that is not UTF-8: neither the database nor a page could tell it."""
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise InputError(f"{printable(str(path))} has a name that is not UTF-8 text; rename it.") from error


def _videos(folder: Path, refused: list[str]) -> tuple[Path, ...]:
    """The video files; adds sentences on those that are no files, and on a folder that may not be read, to `refused`."""
    found: list[Path] = []
    for place in (folder, folder / "videos"):
        try:
            found.extend(_videos_in(place, refused))
        except OSError as error:
            refused.append(f"The videos in {printable(str(place))} cannot be read: {error.strerror}.")
    return tuple(sorted(found, key=lambda path: (path.name, str(path))))


def _subfolders_with_videos(folder: Path) -> Iterator[str]:
    """A sentence on each folder in the study's that has videos and is not one of those that are read."""
    for place in sorted(folder.iterdir()):
        if not place.is_dir() or place.name in _OWN_FOLDERS or place.name.startswith(".") or _closed(place):
            continue
        videos = sorted(
            path.name for path in place.iterdir() if path.suffix.lower() in VIDEO_SUFFIXES and path.is_file()
        )
        if videos:
            what = f"a video ({printable(videos[0])})" if len(videos) == 1 else f"{len(videos)} videos"
            yield (
                f"{printable(place.name)} in {printable(folder.name)} has {what}, not looked at: videos lie in the study's "
                "folder itself or in its folder videos, each under a name of its own."
            )


def _videos_in(place: Path, refused: list[str]) -> Iterator[Path]:
    if not place.is_dir():
        return
    for path in place.iterdir():
        # macOS leaves files that begin with a dot beside others on foreign disks.
        if path.name.startswith("."):
            continue
        if path.suffix.lower() in OTHER_VIDEO_SUFFIXES and path.is_file():
            refused.append(f"{printable(path.name)} is left out: files of this kind are not read; convert it to .mp4.")
        if path.suffix.lower() not in VIDEO_SUFFIXES:
            continue
        if path.is_file():
            yield path
        elif path.is_symlink():
            refused.append(f"{printable(path.name)} is left out: it is a link to a file that is not there.")
        elif not path.is_dir():
            refused.append(f"{printable(path.name)} is left out: it is no file but a pipe or a device.")
