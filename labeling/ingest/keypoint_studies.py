"""Finding key points that come without videos: sets in `.npz` files, or a folder or archive of OpenPose frames a clip.

study.npz              or      study/                        or      study/
                                   one.npz                               openpose/walk-01.zip (or a folder of that name)
                                   two.npz                               clips.csv

The frame files of several clips may also lie side by side, `walk-01_000000000000_keypoints.json`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import InputError
from core.file_names import composed
from core.pose.keypoint_sets import SET_SUFFIX
from core.pose.openpose.archives import ARCHIVE_SUFFIXES
from core.pose.openpose.flat_folder import FlatFrames, flat_frames, is_frame_file
from labeling.ingest.folder_contents import ImportSources, find_sources, refuse_foreign_name, tables_and_texts

_OWN_FOLDERS = frozenset({"videos", "transcripts", "openpose"})
_SUFFIX_OF_CLIP = "_openpose"


@dataclass(frozen=True, slots=True)
class KeypointStudy:
    """`sets`: `.npz` files; `clips`: the folder, archive or frame files of each other clip, by its name, within
    `sources.openpose`. `sources` hold the table and the transcripts.
    """

    sets: tuple[Path, ...]
    clips: Mapping[str, Path | FlatFrames]
    sources: ImportSources

    @property
    def name(self) -> str:
        """What is imported, for sentences."""
        return self.sources.folder.name


def find_keypoint_study(
    path: Path, *, openpose: Path | None = None, transcripts: Path | None = None, table: Path | None = None
) -> KeypointStudy | None:
    """The key points at `path`, a file or folder; None for a folder with videos or a cohort, and for one without key points.

    Raises InputError, one sentence, for a file that is no set, and for what `find_sources` refuses.
    """
    if path.is_file():
        if path.suffix.lower() != SET_SUFFIX:
            raise InputError(f"{path} is neither a folder nor a set of key points ({SET_SUFFIX}).")
        if openpose is not None:
            raise InputError(f"--openpose belongs to a folder; {path.name} holds its own key points.")
        refuse_foreign_name(path)
        sources = tables_and_texts(path.parent, transcripts=transcripts, table=table)
        return KeypointStudy((path,), {}, replace(sources, folder=path))
    if not path.is_dir():
        return None
    sources = find_sources(path, openpose=openpose, transcripts=transcripts, table=table, without_video=True)
    if sources.videos or sources.cohort is not None:
        return None
    sets = tuple(sorted(one for one in path.iterdir() if _is_set(one)))
    folder = sources.openpose or path
    found = _clips_in(folder, own=folder == path) if sources.openpose or not sets else ()
    clips = dict(sorted(found, key=lambda one: one[0]))
    if not sets and not clips:
        return None
    return KeypointStudy(sets, clips, replace(sources, openpose=folder))


def _is_set(path: Path) -> bool:
    return path.suffix.lower() == SET_SUFFIX and not path.name.startswith(".") and path.is_file()


def _clips_in(folder: Path, *, own: bool) -> Iterator[tuple[str, Path | FlatFrames]]:
    """`own`: the folder is the study's own, where folders and files of other kinds lie beside the key points."""
    yield from ((composed(clip), frames) for clip, frames in flat_frames(folder).items())
    for path in folder.iterdir():
        name = path.name.lower()
        if name.startswith(".") or is_frame_file(path.name) or (own and name in _OWN_FOLDERS):
            continue
        suffix = next((one for one in ARCHIVE_SUFFIXES if name.endswith(one)), None)
        if suffix is None and not path.is_dir():
            continue
        if own and (suffix == ".json" or (suffix is None and not _holds_frames(path))):
            continue
        clip = path.name if suffix is None else path.name[: -len(suffix)]
        yield composed(clip.removesuffix(_SUFFIX_OF_CLIP)), path


def _holds_frames(folder: Path) -> bool:
    """Whether a folder, or the one folder in it, has a frame file of OpenPose."""
    return any(next(folder.glob(pattern), None) is not None for pattern in ("*_keypoints.json", "*/*_keypoints.json"))
