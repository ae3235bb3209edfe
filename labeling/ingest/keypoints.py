"""Key points imported with a clip: OpenPose's files, or a cohort's archive."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.errors import KeypointError
from core.guarded_files import inside, reason_of
from core.pose.keypoints import KeypointTrack
from core.pose.openpose.clip import read_openpose
from core.pose.openpose.flat_folder import FlatFrames
from core.printable import printable
from core.types.features import Producer
from labeling.ingest.imigue.skeleton_tables import read_skeletons, video_of
from labeling.ingest.tracking_tables.reading import TABLE_SUFFIXES, read_tracking_table
from labeling.ingest.tracking_tables.table import TrackingTable
from labeling.settings_digest import settings_digest

OPENPOSE = Producer("openpose-json", "1", settings_digest({"format": "1.3", "joints": 137}))


@dataclass(frozen=True, slots=True)
class ImportedKeypoints:
    """A clip's key points, their producer, and warnings on single files, one sentence each."""

    track: KeypointTrack
    producer: Producer
    warnings: tuple[str, ...]


def read_keypoints(
    source: Path | FlatFrames, time_s: npt.NDArray[np.float64], picture_px: tuple[int, int], *, within: Path
) -> ImportedKeypoints:
    """Reads a folder or archive (core.pose.openpose.archives) of OpenPose v1.3 frames, or a table of another tool
    (labeling.ingest.tracking_tables) or of iMiGUE's (labeling.ingest.imigue.skeleton_tables).

    `time_s` (T,): frame times of the video; `picture_px`: its width and height. Nothing outside the folder `within` is read.
    Raises KeypointError naming the folder or file.
    """
    if isinstance(source, Path) and video_of(source.name) is not None and not source.is_dir():
        return _of_table(read_skeletons(_inside(source, within), len(time_s)), time_s)
    if isinstance(source, Path) and source.suffix.lower() in TABLE_SUFFIXES and not source.is_dir():
        return _of_table(read_tracking_table(_inside(source, within), len(time_s)), time_s)
    imported = read_openpose(source, len(time_s), within=within, picture_px=picture_px)
    return ImportedKeypoints(KeypointTrack(points=imported.points, time_s=time_s), OPENPOSE, imported.warnings)


def _of_table(table: TrackingTable, time_s: npt.NDArray[np.float64]) -> ImportedKeypoints:
    producer = Producer(table.tool, "1", settings_digest({"joints": 137}))
    return ImportedKeypoints(KeypointTrack(points=table.points, time_s=time_s), producer, table.said)


def _inside(source: Path, within: Path) -> Path:
    try:
        return inside(within, source)
    except OSError as error:
        raise KeypointError(f"{printable(source.name)} is not read: {reason_of(error)}.") from error
