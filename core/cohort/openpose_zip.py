"""Frame files of OpenPose (v1.3) written fast: the cohort's values lie on a grid, so each number's text is known beforehand."""

import zipfile
from functools import lru_cache
from pathlib import Path

import numpy as np

from core.cohort.archive import CONFIDENCE_STEPS, PLACE_STEPS
from core.durable import replacing
from core.keypoints import KeypointTrack
from core.openpose import frame_file_name
from core.skeleton import BODY, FACE, LEFT_HAND, RIGHT_HAND

_PARTS = (
    ("pose_keypoints_2d", BODY),
    ("face_keypoints_2d", FACE),
    ("hand_left_keypoints_2d", LEFT_HAND),
    ("hand_right_keypoints_2d", RIGHT_HAND),
)
_MOMENT = (2020, 1, 1, 0, 0, 0)  # the same cohort gives the same bytes


def write_openpose_zip(path: Path, clip: str, track: KeypointTrack) -> None:
    """One JSON file a frame; a frame without anybody has an empty list of people, as OpenPose writes it."""
    places = np.round(track.points[..., :2] * PLACE_STEPS).astype(int)
    confidences = np.round(track.points[..., 2] * CONFIDENCE_STEPS).astype(int)
    place_texts = _texts(int(places.max(initial=0)) + 1, PLACE_STEPS)
    confidence_texts = _texts(CONFIDENCE_STEPS + 1, CONFIDENCE_STEPS)
    with replacing(path) as partial, zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for frame, (xy, confidence) in enumerate(zip(places.tolist(), confidences.tolist(), strict=True)):
            people = ""
            if any(confidence):
                points = [
                    f"{place_texts[x]},{place_texts[y]},{confidence_texts[c]}"
                    for (x, y), c in zip(xy, confidence, strict=True)
                ]
                parts = (f'"{key}":[{",".join(points[part])}]' for key, part in _PARTS)
                people = '{"person_id":[-1],' + ",".join(parts) + "}"
            entry = zipfile.ZipInfo(frame_file_name(clip, frame), _MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, f'{{"version":1.3,"people":[{people}]}}', compresslevel=1)


@lru_cache
def _texts(count: int, steps: int) -> tuple[str, ...]:
    return tuple(f"{number / steps:.10g}" for number in range(count))
