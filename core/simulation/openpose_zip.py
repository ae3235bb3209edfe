"""Writing a clip's key points as a .zip of OpenPose's frame files."""

import zipfile
from pathlib import Path

from core.durable_files import replacing
from core.pose.keypoints import KeypointTrack
from core.pose.openpose.clip import frame_file_name, write_openpose_frame

_MOMENT = (2020, 1, 1, 0, 0, 0)  # a fixed timestamp, so that the same cohort gives the same bytes


def write_openpose_zip(path: Path, clip: str, track: KeypointTrack) -> None:
    """Writes one JSON file per frame; a frame without a person has an empty list of people, as OpenPose writes it."""
    counts = track.present.any(axis=1).astype(int).tolist()
    with replacing(path) as partial, zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for frame, (person, count) in enumerate(zip(track.points, counts, strict=True)):
            entry = zipfile.ZipInfo(frame_file_name(clip, frame), _MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, write_openpose_frame(person[None][:count]), compresslevel=1)
