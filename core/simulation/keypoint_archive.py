"""A compact file of a clip's key points, for cohorts too long for one JSON file per frame.

Safetensors with `xy` uint16 (T, 137, 2) in 1/20 px and `confidence` uint8 (T, 137) in 1/250; a confidence of 0 means a
missing point. The header holds the format's name and the frame rate.
"""

from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import save_file

from core.durable_files import replacing
from core.errors import KeypointError
from core.media.timebase import frame_rate_of, frame_times_s
from core.pose.keypoints import KeypointTrack
from core.pose.skeleton import JOINT_COUNT
from core.tensor_files import TensorFile

FORMAT = "telltale-cohort-keypoints-1"
PLACE_STEPS = 20  # steps per pixel
CONFIDENCE_STEPS = 250  # steps from 0 to 1


def write_keypoint_archive(path: Path, track: KeypointTrack, frame_rate: Fraction) -> None:
    """Atomically writes points that lie on the archive's grid, as all points of a cohort do.

    Raises KeypointError if they do not, or if the file cannot be written.
    """
    xy = np.round(track.points[..., :2] * PLACE_STEPS)
    confidence = np.round(track.points[..., 2] * CONFIDENCE_STEPS)
    places, steps = xy.astype(np.uint16), confidence.astype(np.uint8)
    if not np.array_equal(_points(places, steps), track.points):
        raise KeypointError(f"{path} cannot hold these key points exactly; they are not on its grid.")
    try:
        with replacing(path) as partial:
            save_file(
                {"xy": places, "confidence": steps},
                str(partial),
                metadata={"format": FORMAT, "frame_rate": str(frame_rate)},
            )
    except (SafetensorError, OSError) as error:
        raise KeypointError(f"{path} cannot be written ({error}).") from error


def read_keypoint_archive(path: Path) -> KeypointTrack:
    """Reads a file of `write_keypoint_archive`. Raises KeypointError naming the file."""
    with TensorFile(path, raises=KeypointError, called="The file", remedy="write the cohort again") as file:
        if file.metadata.get("format") != FORMAT:
            raise KeypointError(f"{path} holds no key points of a simulated cohort.")
        xy, confidence = file.read("xy", dimensions=3), file.read("confidence", dimensions=2)
        rate = file.metadata.get("frame_rate")
    try:
        frame_rate = frame_rate_of(rate)
    except ValueError as error:
        raise KeypointError(f"{path} has a frame rate that cannot be read: {error}.") from error
    if xy.shape != (len(xy), JOINT_COUNT, 2) or confidence.shape != (len(xy), JOINT_COUNT):
        raise KeypointError(f"{path} holds key points of the shape {xy.shape}; (frames, {JOINT_COUNT}, 2) is needed.")
    if xy.dtype != np.uint16 or confidence.dtype != np.uint8 or confidence.max(initial=0) > CONFIDENCE_STEPS:
        raise KeypointError(f"{path} holds key points of other types, or of confidences above 1.")
    return KeypointTrack(_points(xy, confidence), frame_times_s(len(xy), frame_rate))


def _points(xy: npt.NDArray[np.uint16], confidence: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    points = np.empty((*confidence.shape, 3), dtype=np.float32)
    points[..., :2] = xy.astype(np.float32) / np.float32(PLACE_STEPS)
    points[..., 2] = confidence.astype(np.float32) / np.float32(CONFIDENCE_STEPS)
    return points
