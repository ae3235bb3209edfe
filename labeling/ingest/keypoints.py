"""Key points imported with a clip: OpenPose's files, or a cohort's archive."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.pose.keypoints import KeypointTrack
from core.pose.openpose.clip import read_openpose
from core.types.features import Producer
from labeling.settings_digest import settings_digest

OPENPOSE = Producer("openpose-json", "1", settings_digest({"format": "1.3", "joints": 137}))


@dataclass(frozen=True, slots=True)
class ImportedKeypoints:
    """A clip's key points, their producer, and warnings on single files, one sentence each."""

    track: KeypointTrack
    producer: Producer
    warnings: tuple[str, ...]


def read_keypoints(source: Path, time_s: npt.NDArray[np.float64], *, within: Path) -> ImportedKeypoints:
    """Reads a folder or archive (core.pose.openpose.archives) of OpenPose v1.3 frames.

    `time_s` (T,): frame times of the video. Nothing outside the folder `within` is read. Raises KeypointError naming the
    folder or file.
    """
    imported = read_openpose(source, len(time_s), within=within)
    return ImportedKeypoints(KeypointTrack(points=imported.points, time_s=time_s), OPENPOSE, imported.warnings)
