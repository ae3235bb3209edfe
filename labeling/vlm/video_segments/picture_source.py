"""Inputs of a clip's pictures: its video, person boxes and key points."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.errors import FeatureError
from core.feature_store import FeatureStore
from core.media.video import VideoInfo, probe_video
from core.pose.keypoints import KeypointTrack
from core.types.clips import Clip
from core.types.features import FeatureKind
from core.workspace import Workspace

Boxes = tuple[npt.NDArray[np.float64], npt.NDArray[np.float32]]
"""time_s float64 (T,) and box_xyxy_px float32 (T, 4) in upright pixels, NaN in frames without a person."""


@dataclass(frozen=True, slots=True, eq=False)
class PictureSource:
    """Inputs of a clip's pictures; `video`, `boxes` and `keypoints` are None if they are missing.

    `width_px` and `height_px` are of the upright picture, `duration_s` is that of the clip.
    """

    clip_name: str
    video: Path | None
    duration_s: float
    width_px: int
    height_px: int
    boxes: Boxes | None
    keypoints: KeypointTrack | None
    has_sound: bool


def picture_source(workspace: Workspace, features: FeatureStore, clip: Clip) -> PictureSource:
    """Reads a clip's inputs: its video, else the workspace's copy of it, boxes and key points.

    Raises VideoError if the video cannot be read, FeatureError or KeypointError if a feature file cannot be used.
    """
    video = _video_of(workspace, clip)
    info = probe_video(video) if video is not None else None
    keypoints = _keypoints_of(workspace, features, clip)
    return PictureSource(
        clip_name=clip.name,
        video=video,
        duration_s=clip.duration_s,
        width_px=clip.width_px,
        height_px=clip.height_px,
        boxes=_boxes_of(workspace, features, clip, keypoints, info),
        keypoints=keypoints,
        has_sound=info is not None and info.has_sound,
    )


def _video_of(workspace: Workspace, clip: Clip) -> Path | None:
    own = Path(clip.video_path) if clip.video_path else None
    # The browser proxy or a rendered video, with the same frames and times.
    copy = workspace.media_dir / f"{clip.id}.mp4"
    return next((path for path in (own, copy) if path is not None and path.is_file()), None)


def _keypoints_of(workspace: Workspace, features: FeatureStore, clip: Clip) -> KeypointTrack | None:
    if not (workspace.features_dir / features.path(clip.id, FeatureKind.KEYPOINTS)).is_file():
        return None
    with features.open(clip.id, FeatureKind.KEYPOINTS) as file:
        return KeypointTrack(points=file.read("points", 3), time_s=file.read("time_s", 1))


def _boxes_of(
    workspace: Workspace, features: FeatureStore, clip: Clip, keypoints: KeypointTrack | None, info: VideoInfo | None
) -> Boxes | None:
    if not (workspace.features_dir / features.path(clip.id, FeatureKind.PERSON)).is_file():
        return None
    with features.open(clip.id, FeatureKind.PERSON) as file:
        boxes = np.asarray(file.read("box_xyxy_px", 2), dtype=np.float32)
        # Older files have no times; their rows are the frames of the key points or the video.
        own_s = [np.asarray(file.read("time_s", 1), dtype=np.float64)] if "time_s" in file.shapes else []
    others_s = [each.time_s for each in (keypoints, info) if each is not None]
    time_s = next((each for each in own_s or others_s if len(each) == len(boxes)), None)
    if time_s is None:
        raise FeatureError(
            f"{clip.name}: nobody knows when its {len(boxes)} person boxes are; run `telltale perceive`."
        )
    return time_s, boxes
