"""Tracking of detections by Ultralytics' ByteTrack or BoT-SORT, from boxes only.

ByteTrack: Zhang et al., ECCV 2022. BoT-SORT: Aharon et al., arXiv 2206.14651, here without its camera compensation and
re-identification, which need pictures: an interrupted video can then be resumed with the same tracks by replaying its boxes.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from labeling.interfaces import FrameDetections
from labeling.perception.person.yolo_environment import import_ultralytics

_LOST_FOR_S = 1.2  # seconds a lost track is kept: Ultralytics' 30 frames at 25 frames a second


class PersonTracker:
    """The tracks of one video. The same boxes in the same order give the same ids."""

    def __init__(self, tracker: str, detections_per_second: float) -> None:
        """`tracker`: bytetrack or botsort. `detections_per_second`: frames per second on which the detector runs."""
        import_ultralytics()
        from ultralytics.trackers.bot_sort import BOTSORT
        from ultralytics.trackers.byte_tracker import BYTETracker
        from ultralytics.utils import YAML, IterableSimpleNamespace
        from ultralytics.utils.checks import check_yaml

        settings = YAML.load(check_yaml(f"{tracker}.yaml"))
        settings |= {"track_buffer": max(2, round(_LOST_FOR_S * detections_per_second))}
        if tracker == "botsort":
            settings |= {"gmc_method": "none", "with_reid": False}
        kind = {"bytetrack": BYTETracker, "botsort": BOTSORT}[tracker]
        self._tracker = kind(IterableSimpleNamespace(**settings))

    def update(self, detections: FrameDetections, frame_shape: tuple[int, int]) -> npt.NDArray[np.int32]:
        """(N,) track ids of one frame's detections, -1 for none (yet). `frame_shape`: (height, width) px."""
        from ultralytics.engine.results import Boxes

        ids = np.full(len(detections.confidence), -1, dtype=np.int32)
        kinds = np.zeros((len(ids), 1), dtype=np.float32)
        rows = np.concatenate([detections.box_xyxy_px, detections.confidence[:, None], kinds], axis=1)
        boxes: Any = Boxes(rows.astype(np.float32), frame_shape)
        for row in self._tracker.update(boxes):
            ids[int(row[7])] = int(row[4])
        return ids
