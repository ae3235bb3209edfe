"""A film is decoded once, its stages run side by side, and what a killed run has written is taken up."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from core.errors import JobCancelledError, VideoError
from core.feature_store import RowBlocks
from core.progress import SilentProgress
from core.settings.perception import PerceptionSettings
from labeling.perception.person.detections import DetectionLog
from labeling.perception.pipeline.chunks import ChunkStore
from labeling.perception.pipeline.pipeline import VideoFeatures, extract_from_video
from labeling.perception.pipeline.plan import Backends, ClipVideo
from tests.integration.labeling.perception.filmed import (
    GREEN,
    RED,
    BrightRectangles,
    MeanColor,
    MiddleOfColor,
    draw_film,
    walking,
)

FRAMES = 200
WINDOW = 64  # frames: two seconds and more, in whole batches of 16
EVERY_FRAME = PerceptionSettings(person="yolo", image="transformers", image_every_s=0.04, frame_memory_mib=32)


class CancelAfter:
    """Somebody presses cancel once so many windows are done."""

    def __init__(self, windows: int) -> None:
        self._left = windows

    def report(self, fraction: float, message: str) -> None:
        self._left -= 1

    def raise_if_cancelled(self) -> None:
        if self._left <= 0:
            raise JobCancelledError("cancelled")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> ClipVideo:
    path = tmp_path_factory.mktemp("film") / "walk.mp4"
    return draw_film(path, FRAMES, lambda frame: [(walking(frame), RED)])


def run(
    film: ClipVideo,
    parts: Backends,
    folder: Path,
    settings: PerceptionSettings = EVERY_FRAME,
    windows: int | None = None,
) -> VideoFeatures:
    progress = SilentProgress() if windows is None else CancelAfter(windows)
    return extract_from_video(film, parts, settings, ChunkStore(folder, 1, "key"), progress, chunk_s=0.0)


def whole(array: npt.NDArray[np.generic] | RowBlocks) -> npt.NDArray[np.generic]:
    return np.concatenate(list(array.blocks())) if isinstance(array, RowBlocks) else array


def features_of(result: VideoFeatures) -> npt.NDArray[np.generic]:
    assert result.image is not None
    return whole(result.image["features"])


def test_the_box_follows_the_person_in_every_frame(film: ClipVideo, tmp_path: Path) -> None:
    result = run(film, Backends(BrightRectangles(), None, None), tmp_path)
    truth = np.array([walking(frame) for frame in range(FRAMES)], dtype=np.float32)
    assert np.abs(result.person["box_xyxy_px"] - truth).max() < 4


def test_every_frame_that_was_asked_for_is_described_once(film: ClipVideo, tmp_path: Path) -> None:
    encoder = MeanColor()
    result = run(film, Backends(BrightRectangles(), encoder, None), tmp_path)
    assert result.image is not None
    assert whole(result.image["time_s"]) == pytest.approx(film.time_s)
    assert (features_of(result).shape, encoder.given, result.described_again) == ((FRAMES, 3), FRAMES, 0)
    blue, green, red = features_of(result).T.astype(float)
    assert (red > blue + 40).all()
    assert (red > green + 40).all()


def test_one_portrait_each_fifth_of_a_second(film: ClipVideo, tmp_path: Path) -> None:
    result = run(film, Backends(BrightRectangles(), MeanColor(), None), tmp_path, PerceptionSettings(image_every_s=0.2))
    assert result.image is not None
    assert whole(result.image["time_s"]) == pytest.approx(film.time_s[::5])


def test_key_points_lie_on_the_person_in_every_frame(film: ClipVideo, tmp_path: Path) -> None:
    result = run(film, Backends(BrightRectangles(), None, MiddleOfColor()), tmp_path)
    assert result.keypoints is not None
    points = whole(result.keypoints["points"])
    assert points.shape == (FRAMES, 137, 3)
    middles = np.array([[(walking(frame)[0] + walking(frame)[2]) / 2, 120.0] for frame in range(FRAMES)])
    assert np.abs(points[:, 0, :2].astype(float) - middles).max() < 4


def test_a_detector_that_looks_at_each_fifth_frame_still_gives_a_box_for_each(film: ClipVideo, tmp_path: Path) -> None:
    detector = BrightRectangles()
    settings = EVERY_FRAME.model_copy(update={"person_every": 5})
    result = run(film, Backends(detector, MeanColor(), None), tmp_path, settings)
    assert detector.seen == FRAMES / 5
    assert np.isfinite(result.person["box_xyxy_px"][: FRAMES - 5]).all()


@pytest.fixture(scope="module")
def undisturbed(film: ClipVideo, tmp_path_factory: pytest.TempPathFactory) -> VideoFeatures:
    parts = Backends(BrightRectangles(), MeanColor(), MiddleOfColor())
    return run(film, parts, tmp_path_factory.mktemp("whole"))


@pytest.mark.parametrize("windows", [1, 2, 3])
def test_a_cancelled_film_goes_on_after_its_last_chunk_with_the_same_result(
    film: ClipVideo, undisturbed: VideoFeatures, tmp_path: Path, windows: int
) -> None:
    parts = Backends(BrightRectangles(), MeanColor(), MiddleOfColor())
    with pytest.raises(JobCancelledError):
        run(film, parts, tmp_path / "cut", windows=windows)
    detector, encoder = BrightRectangles(), MeanColor()
    resumed = run(film, Backends(detector, encoder, MiddleOfColor()), tmp_path / "cut")
    assert (detector.seen, encoder.given) == (FRAMES - WINDOW * windows, FRAMES - WINDOW * windows)
    for name, array in undisturbed.person.items():
        assert np.array_equal(resumed.person[name], array, equal_nan=array.dtype.kind == "f"), name
    assert np.array_equal(features_of(resumed), features_of(undisturbed))
    assert resumed.keypoints is not None
    assert undisturbed.keypoints is not None
    assert np.array_equal(whole(resumed.keypoints["points"]), whole(undisturbed.keypoints["points"]))


def test_a_finished_film_is_put_together_again_without_looking(film: ClipVideo, tmp_path: Path) -> None:
    run(film, Backends(BrightRectangles(), MeanColor(), None), tmp_path)
    detector, encoder = BrightRectangles(), MeanColor()
    run(film, Backends(detector, encoder, None), tmp_path)
    assert (detector.seen, encoder.given) == (0, 0)


def test_an_encoder_that_breaks_is_heard_and_what_was_made_before_is_kept(film: ClipVideo, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="the encoder broke"):
        run(film, Backends(BrightRectangles(), MeanColor(fails_at=120), None), tmp_path)
    detector = BrightRectangles()
    run(film, Backends(detector, MeanColor(), None), tmp_path)
    assert 0 < detector.seen < FRAMES


def test_frames_described_around_a_bystander_are_described_again_around_the_interviewee(tmp_path: Path) -> None:
    """A larger person is there for the first third; who stays to the end is the one."""
    film = draw_film(
        tmp_path / "two.mp4",
        420,
        lambda frame: [((10, 30, 110, 210), RED)] + [((150, 20, 300, 220), GREEN)] * (frame < 140),
    )
    encoder = MeanColor()
    result = run(film, Backends(BrightRectangles(), encoder, None), tmp_path)
    _blue, green, red = features_of(result).T.astype(float)
    assert len(red) == 420
    assert (red > green).all()
    assert result.described_again > 0
    assert encoder.given == 420 + result.described_again


def test_where_nobody_is_there_is_no_box_no_feature_and_no_point(tmp_path: Path) -> None:
    film = draw_film(tmp_path / "late.mp4", FRAMES, lambda frame: [((30, 40, 130, 220), RED)] * (frame >= 100))
    result = run(film, Backends(BrightRectangles(), MeanColor(), MiddleOfColor()), tmp_path)
    there = np.isfinite(result.person["box_xyxy_px"]).all(axis=1)
    assert not there[:95].any()
    assert there[105:].all()
    assert result.keypoints is not None
    points = whole(result.keypoints["points"])
    assert points.shape == (FRAMES, 137, 3)
    assert not points[:95].any()
    assert points[105:].all()


def test_a_black_film_has_no_boxes_and_nothing_to_describe(tmp_path: Path) -> None:
    film = draw_film(tmp_path / "empty.mp4", 60, lambda _frame: [((0, 0, 320, 240), (0, 0, 0))])
    result = run(film, Backends(BrightRectangles(), MeanColor(), MiddleOfColor()), tmp_path)
    assert np.isnan(result.person["box_xyxy_px"]).all()
    assert (result.image, result.keypoints) == (None, None)


def test_known_detections_are_not_looked_for_again(film: ClipVideo, tmp_path: Path) -> None:
    first = run(film, Backends(BrightRectangles(), None, None), tmp_path / "first")
    arrays = {name: array for name, array in first.person.items() if name.startswith("detection_")}
    detector = BrightRectangles()
    known = replace(film, detections=DetectionLog.from_arrays(arrays))
    again = run(known, Backends(detector, MeanColor(), None), tmp_path / "again")
    assert detector.seen == 0
    assert np.array_equal(again.person["box_xyxy_px"], first.person["box_xyxy_px"])
    assert features_of(again).shape == (FRAMES, 3)


def test_known_boxes_need_no_detector(film: ClipVideo, tmp_path: Path) -> None:
    boxes = np.array([walking(frame) for frame in range(FRAMES)], dtype=np.float32)
    boxes[:50] = np.nan
    result = run(replace(film, boxes_xyxy_px=boxes), Backends(None, MeanColor(), None), tmp_path)
    assert result.image is not None
    assert whole(result.image["time_s"]) == pytest.approx(film.time_s[50:])


def test_a_video_that_is_not_the_imported_one_is_one_sentence(film: ClipVideo, tmp_path: Path) -> None:
    other = replace(film, time_s=film.time_s * 1.5)
    with pytest.raises(VideoError, match=r"walk.mp4 has other frames than when it was imported"):
        run(other, Backends(BrightRectangles(), None, None), tmp_path)
