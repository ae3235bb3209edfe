"""Whose a table of key points is, by the names that OpenFace, DeepLabCut and SLEAP give their files.

OpenFace `clip.csv`; DeepLabCut `clipDLC_resnet50_projectMay1shuffle1_100000.csv`, beside it `..._filtered.csv` and `.h5`;
SLEAP `clip.analysis.csv`, `project.000_clip.analysis.csv`, `clip.mp4.predictions.analysis.h5`.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from core.file_names import composed
from core.media.video import VIDEO_SUFFIXES
from labeling.ingest.tracking_tables.reading import TABLE_SUFFIXES

_DEEPLABCUT = re.compile(r"(?P<clip>.+?)DLC_.*")
_SLEAP = re.compile(r"(?P<clip>.+?)(?:\.predictions)?(?:\.analysis)?", re.DOTALL)
_SLEAP_PROJECT = re.compile(r".*\.\d{3}_(?P<clip>.+)", re.DOTALL)
_PREFERRED = {suffix: place for place, suffix in enumerate(TABLE_SUFFIXES)}


def tables_by_clip(folder: Path, *, beside_videos: bool = False) -> dict[str, Path]:
    """The table of each clip that one may belong to, .csv before what cannot be read, filtered before unfiltered.

    `beside_videos`: only those whose name tells that they are DeepLabCut's or SLEAP's. Raises OSError for a folder that may
    not be read.
    """
    if not folder.is_dir():
        return {}
    files = [
        path for path in folder.iterdir() if path.suffix.lower() in TABLE_SUFFIXES and not path.name.startswith(".")
    ]
    found: dict[str, Path] = {}
    for path in sorted(
        files, key=lambda path: (_PREFERRED[path.suffix.lower()], "_filtered" not in path.stem, path.name)
    ):
        for clip in clips_of_table(composed(path.stem), only_told=beside_videos):
            found.setdefault(clip, path)
    return found


def clips_of_table(stem: str, *, only_told: bool = False) -> Iterable[str]:
    """The clips that a file of this name, without its suffix, may be of."""
    of_deeplabcut = _DEEPLABCUT.fullmatch(stem)
    if of_deeplabcut is not None:
        return [of_deeplabcut["clip"]]
    of_sleap = _SLEAP.fullmatch(stem)
    clip = stem if of_sleap is None else of_sleap["clip"]
    if clip == stem:
        return [] if only_told else [stem]
    clip = Path(clip).stem if Path(clip).suffix.lower() in VIDEO_SUFFIXES else clip
    of_project = _SLEAP_PROJECT.fullmatch(clip)
    return [clip] if of_project is None else [of_project["clip"], clip]
