"""All detections in a video, frame by frame, with their tracks."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from core.errors import FeatureError
from core.feature_store import REMEDY
from labeling.interfaces import FrameDetections

_FIELDS: Mapping[str, tuple[type[np.generic], tuple[int, ...]]] = {
    "detection_frame": (np.int32, ()),
    "detection_box_xyxy_px": (np.float32, (4,)),
    "detection_confidence": (np.float32, ()),
    "detection_track": (np.int32, ()),
}


class DetectionLog:
    """A growing table of M detections in order of frame. Its arrays are views."""

    def __init__(self) -> None:
        self._count = 0
        self._room = {name: np.zeros((256, *shape), dtype) for name, (dtype, shape) in _FIELDS.items()}

    def add(self, frame: int, detections: FrameDetections, track_ids: npt.NDArray[np.int32]) -> None:
        """Appends the detections of `frame`, which must be later than all before; track id -1 means no track."""
        count = self._count + len(track_ids)
        if count > len(self._room["detection_frame"]):
            self._room = {
                name: np.concatenate([array, np.zeros((max(count, len(array)), *array.shape[1:]), array.dtype)])
                for name, array in self._room.items()
            }
        new = slice(self._count, count)
        self._room["detection_frame"][new] = frame
        self._room["detection_box_xyxy_px"][new] = detections.box_xyxy_px
        self._room["detection_confidence"][new] = detections.confidence
        self._room["detection_track"][new] = track_ids
        self._count = count

    @property
    def frame(self) -> npt.NDArray[np.int32]:
        """(M,): frame numbers, ascending."""
        return self._room["detection_frame"][: self._count]

    @property
    def box_xyxy_px(self) -> npt.NDArray[np.float32]:
        """(M, 4): x0, y0, x1, y1."""
        return self._room["detection_box_xyxy_px"][: self._count]

    @property
    def track(self) -> npt.NDArray[np.int32]:
        """(M,): track ids from 1; -1 for no track."""
        return self._room["detection_track"][: self._count]

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """The arrays as stored in the PERSON file."""
        return {name: array[: self._count].copy() for name, array in self._room.items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Self:
        """The log that was stored as `arrays`. Raises FeatureError where they are not those of one log."""
        lengths = {arrays[name].shape[:1] for name in _FIELDS if name in arrays}
        whole = all(name in arrays and arrays[name].shape[1:] == shape for name, (_type, shape) in _FIELDS.items())
        if not whole or len(lengths) != 1 or (arrays["detection_frame"] < 0).any():
            raise FeatureError(f"The detections of a feature file are not whole; {REMEDY}.")
        log = cls()
        log._count = len(arrays["detection_frame"])
        log._room = {name: np.array(arrays[name], dtype=dtype) for name, (dtype, _shape) in _FIELDS.items()}
        return log
