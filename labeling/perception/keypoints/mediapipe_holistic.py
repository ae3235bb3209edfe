"""Key points by MediaPipe Holistic, the built-in estimator: its models lie inside its package, so nothing is downloaded.

It looks at a whole picture for one person, the most prominent, and follows that person from picture to picture. Where a
detector has found the interviewee, everything outside that box (a quarter larger on each side) is made black beforehand, so
that nobody else is followed. Its confidences are probabilities of its own (`holistic_points`), not the height of OpenPose's
heatmap: most of what it sees is above 0.9.
"""

import numpy as np
import numpy.typing as npt

from core.errors import SettingsError
from core.pose.skeleton import JOINT_COUNT
from core.types.features import Producer
from labeling.interfaces import Picture
from labeling.perception.keypoints.holistic_points import SAME_HAND_WITHIN, VISIBLE_FROM, to_openpose137
from labeling.perception.keypoints.holistic_process import HolisticProcess
from labeling.perception.keypoints.holistic_worker import OPTIONS
from labeling.perception.keypoints.mediapipe_packages import (
    MEDIAPIPE_VERSION,
    mediapipe_is_installed,
    missing_mediapipe,
    packages_dir,
)
from labeling.settings_digest import settings_digest

_AROUND_BOX = 0.25  # of the box's sides, on each side: hands and feet reach out of a smoothed box


class MediapipeKeypoints:
    """Estimates the points of the person in a box, or of the most prominent one if the box is the whole picture."""

    producer = Producer(
        "mediapipe-holistic",
        "1",
        settings_digest(
            {
                "package": MEDIAPIPE_VERSION,
                **OPTIONS,
                "visible_from": VISIBLE_FROM,
                "same_hand_within": SAME_HAND_WITHIN,
                "around_box": _AROUND_BOX,
            }
        ),
    )

    def __init__(self) -> None:
        """Raises SettingsError if its packages are not installed."""
        if not mediapipe_is_installed():
            raise SettingsError(missing_mediapipe())
        self._process = HolisticProcess(packages_dir())

    def load(self) -> None:
        """Starts its process, unless it runs. Raises WeightsError if MediaPipe cannot be loaded."""
        self._process.load()

    def begin(self, name: str) -> None:
        """Forgets the person of the video before."""
        self._process.begin(name)

    def estimate(self, frame_bgr: Picture, box_xyxy_px: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """(137, 3): x px, y px, confidence; all missing if the box is NaN or empty.

        Raises WeightsError if MediaPipe cannot be loaded, FeatureError if its process dies again and again.
        """
        height, width = frame_bgr.shape[:2]
        box = np.clip(box_xyxy_px, 0, (width, height, width, height))
        if not (box[2:] - box[:2] >= 1).all():  # also true for NaN
            return np.zeros((JOINT_COUNT, 3), dtype=np.float32)
        return to_openpose137(self._process.points(_only_in(frame_bgr, box)), width, height)


def _only_in(frame_bgr: Picture, box_xyxy_px: npt.NDArray[np.float32]) -> Picture:
    """The picture, black outside the box and its surroundings."""
    height, width = frame_bgr.shape[:2]
    around = _AROUND_BOX * np.tile(box_xyxy_px[2:] - box_xyxy_px[:2], 2) * (-1, -1, 1, 1)
    x0, y0, x1, y1 = np.clip(np.round(box_xyxy_px + around), 0, (width, height, width, height)).astype(int)
    if (x0, y0, x1, y1) == (0, 0, width, height):
        return frame_bgr
    masked = np.zeros_like(frame_bgr)
    masked[y0:y1, x0:x1] = frame_bgr[y0:y1, x0:x1]
    return masked
