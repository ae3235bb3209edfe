from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest

from core.errors import FeatureError, LabelingError, VideoError
from core.feature_store import FeatureStore
from core.media.video import decode_frames, probe_video, write_video
from core.pose.keypoints import KeypointTrack
from core.types.clips import Clip, ClipState, Split
from core.types.features import FeatureKind, Producer
from core.workspace import Workspace
from labeling.vlm.video_segments.cutting import Segment
from labeling.vlm.video_segments.picture_source import PictureSource, picture_source
from labeling.vlm.video_segments.steady_path import steady_path
from labeling.vlm.video_segments.video_segment import Shown, VideoSegment
from tests.integration.labeling.study import a_person
from tests.made_videos import Made, encode, number_of

WIDTH_PX, HEIGHT_PX = 192, 128
FOUR_SECONDS = Made(ticks=range(100), b_frames=2, gop=30)
IRREGULAR_TICKS = np.cumsum([0, *(33 if index % 7 else 400 for index in range(59))]).tolist()
PRODUCER = Producer("test", "1", "0" * 8)


def source_of(video: Path | None, **changes: object) -> PictureSource:
    info = probe_video(video) if video is not None else None
    source = PictureSource(
        clip_name="match-01",
        video=video,
        duration_s=info.duration_s if info else 4.0,
        width_px=info.width_px if info else WIDTH_PX,
        height_px=info.height_px if info else HEIGHT_PX,
        boxes=None,
        keypoints=None,
        has_sound=info is not None and info.audio_codec is not None,
    )
    return replace(source, **changes)  # type: ignore[arg-type]


def segment_of(source: PictureSource, shown: Shown = Shown.WHOLE, **changes: object) -> VideoSegment:
    segment = VideoSegment(
        source, Segment(0.0, source.duration_s), shown, frames_per_s=6.0, size_px=192, with_sound=False
    )
    return replace(segment, **changes)  # type: ignore[arg-type]


def numbers(segment: VideoSegment) -> list[int]:
    return [number_of(picture) for _, picture in segment.pictures()]


def a_track(frames: int = 100, *, sway_px: float = 0.0) -> KeypointTrack:
    points = np.stack([a_person(number) for number in range(frames)])
    seen = points[..., 2] > 0
    points[..., 0] += np.where(seen, sway_px * np.arange(frames)[:, None], 0)
    return KeypointTrack(points, np.arange(frames) / 25)


# The pictures of a segment


@pytest.mark.parametrize("start_s", [0.0, 0.5, 1.93])
def test_each_picture_is_the_frame_shown_at_its_time(tmp_path: Path, start_s: float) -> None:
    segment = segment_of(source_of(encode(tmp_path / "a.mp4", FOUR_SECONDS)), span=Segment(start_s, 4.0))
    times_s = [time_s for time_s, _ in segment.pictures()]
    assert times_s == pytest.approx([start_s + index / 6 for index in range(segment.frame_count)])
    assert numbers(segment) == [int(time_s * 25 + 1e-3) for time_s in times_s]


def test_a_variable_frame_rate_is_sampled_by_time(tmp_path: Path) -> None:
    video = encode(tmp_path / "a.mp4", Made(ticks=IRREGULAR_TICKS, clock=Fraction(1, 1000), b_frames=2))
    segment = segment_of(source_of(video))
    own_s = np.array(IRREGULAR_TICKS) / 1000
    wanted = [int(np.searchsorted(own_s, time_s + 1e-5, side="right")) - 1 for time_s, _ in segment.pictures()]
    assert numbers(segment) == wanted
    assert len(wanted) == segment.frame_count


@pytest.mark.parametrize(
    ("duration_s", "frames_per_s", "count"),
    [(4.0, 6.0, 24), (3.97, 6.0, 24), (4.01, 6.0, 25), (0.01, 6.0, 1), (4.0, 0.1, 1), (2.0, 29.97, 60)],
)
def test_a_segment_has_a_picture_for_each_begun_interval(duration_s: float, frames_per_s: float, count: int) -> None:
    segment = segment_of(source_of(None), span=Segment(1.0, 1.0 + duration_s), frames_per_s=frames_per_s)
    assert segment.frame_count == count


def test_a_stretch_that_goes_beyond_the_pictures_shows_the_last_one(tmp_path: Path) -> None:
    source = source_of(encode(tmp_path / "a.mp4", FOUR_SECONDS))
    assert numbers(segment_of(source, span=Segment(3.5, 4.8)))[-3:] == [99, 99, 99]


@pytest.mark.parametrize(
    ("size_px", "made", "expected"),
    [
        (96, FOUR_SECONDS, (96, 64)),
        (1000, FOUR_SECONDS, (192, 128)),
        (101, FOUR_SECONDS, (100, 66)),
        (500, Made(pixel_format="yuv444p", width_px=193, height_px=127), (192, 126)),
        (100, Made(rotation_deg=90, width_px=128, height_px=192), (66, 100)),
    ],
)
def test_whole_frames_fit_their_size_with_even_sides(
    tmp_path: Path, size_px: int, made: Made, expected: tuple[int, int]
) -> None:
    segment = segment_of(source_of(encode(tmp_path / "a.mp4", made)), size_px=size_px)
    assert segment.picture_px == expected
    assert {picture.shape[1::-1] for _, picture in segment.pictures()} == {expected}


def test_jpegs_are_the_pictures(tmp_path: Path) -> None:
    segment = segment_of(source_of(encode(tmp_path / "a.mp4", FOUR_SECONDS)))
    read = [(time_s, cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)) for time_s, data in segment.jpegs()]
    assert [number_of(picture) for _, picture in read] == numbers(segment)
    assert [time_s for time_s, _ in read] == [time_s for time_s, _ in segment.pictures()]


def test_a_lower_quality_makes_smaller_jpegs(tmp_path: Path) -> None:
    segment = segment_of(source_of(encode(tmp_path / "a.mp4", FOUR_SECONDS)), span=Segment(0.0, 0.1))
    [(_, coarse)], [(_, fine)] = segment.jpegs(quality=30), segment.jpegs(quality=95)
    assert len(coarse) < len(fine)


# Portraits


def square_video(path: Path, corners: npt.NDArray[np.float64], side_px: int = 40) -> Path:
    """A white square on gray, its upper left corner at (T, 2), 25 frames a second."""

    def pictures() -> Iterator[npt.NDArray[np.uint8]]:
        for x, y in corners.round().astype(int):
            picture = np.full((240, 320, 3), 90, np.uint8)
            picture[y : y + side_px, x : x + side_px] = 250
            yield picture

    write_video(path, pictures(), Fraction(25), crf=12)
    return path


def boxes_of(
    corners: npt.NDArray[np.float64], side_px: int = 40
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float32]]:
    return np.arange(len(corners)) / 25, np.concatenate([corners, corners + side_px], axis=1).astype(np.float32)


def white_middle(picture: npt.NDArray[np.uint8]) -> tuple[float, float, int]:
    """x, y of the white square's middle and how many pixels it has."""
    y, x = np.nonzero(picture[..., 1] > 180)
    return float(x.mean()) + 0.5, float(y.mean()) + 0.5, len(x)


STEPS = np.arange(100)
MOVING = np.stack([60 + 1.5 * STEPS, np.full(100, 100.0)], axis=1)


@pytest.mark.parametrize("size_px", [48, 120])
def test_a_portrait_follows_a_person_who_moves(tmp_path: Path, size_px: int) -> None:
    source = source_of(square_video(tmp_path / "a.mp4", MOVING), boxes=boxes_of(MOVING))
    seen = [white_middle(picture) for _, picture in segment_of(source, Shown.PORTRAIT, size_px=size_px).pictures()]
    # The frame that is shown is up to a frame older than the time that its place is looked up for.
    assert np.abs(np.array(seen)[:, :2] - size_px / 2).max() < 0.03 * size_px + 1
    assert min(count for *_, count in seen) > 0.9 * (size_px * 40 / 60) ** 2


def test_a_portrait_adds_a_quarter_of_the_box_on_each_side(tmp_path: Path) -> None:
    still = np.full((50, 2), 100.0)
    source = source_of(square_video(tmp_path / "a.mp4", still), boxes=boxes_of(still))
    for _, picture in segment_of(source, Shown.PORTRAIT, size_px=120).pictures():
        assert white_middle(picture)[2] == pytest.approx(80**2, rel=0.04)


def test_a_portrait_keeps_its_scale_while_the_box_pumps(tmp_path: Path) -> None:
    still = np.full((100, 2), 100.0)
    time_s, boxes = boxes_of(still)
    pumping = boxes + np.float32([-1, -1, 1, 1]) * (5 * np.sin(STEPS / 3)[:, None]).astype(np.float32)
    source = source_of(square_video(tmp_path / "a.mp4", still), boxes=(time_s, pumping))
    sizes = [white_middle(picture)[2] for _, picture in segment_of(source, Shown.PORTRAIT, size_px=120).pictures()]
    assert np.ptp(sizes) < 0.02 * np.mean(sizes)


def test_a_trembling_box_does_not_shake_the_portrait(tmp_path: Path) -> None:
    still = np.full((100, 2), 100.0)
    time_s, boxes = boxes_of(still)
    trembling = boxes + np.tile(np.random.default_rng(3).normal(0, 3, (100, 2)), 2).astype(np.float32)
    source = source_of(square_video(tmp_path / "a.mp4", still), boxes=(time_s, trembling))
    places = np.array([white_middle(p)[:2] for _, p in segment_of(source, Shown.PORTRAIT, size_px=120).pictures()])
    assert np.abs(np.diff(places, axis=0)).max() < 1.0


def test_a_portrait_cuts_with_the_camera(tmp_path: Path) -> None:
    corners = np.where(STEPS[:, None] < 50, [[40.0, 60.0]], [[220.0, 140.0]])
    source = source_of(square_video(tmp_path / "a.mp4", corners), boxes=boxes_of(corners))
    places = [white_middle(picture)[:2] for _, picture in segment_of(source, Shown.PORTRAIT, size_px=120).pictures()]
    assert np.abs(np.array(places) - 60).max() < 1.5


def test_where_nobody_is_seen_the_portrait_stays_at_the_last_box(tmp_path: Path) -> None:
    still = np.full((100, 2), 100.0)
    time_s, boxes = boxes_of(still)
    boxes[:20], boxes[40:] = np.nan, np.nan
    source = source_of(square_video(tmp_path / "a.mp4", still), boxes=(time_s, boxes))
    places = [white_middle(picture)[:2] for _, picture in segment_of(source, Shown.PORTRAIT, size_px=120).pictures()]
    assert len(places) == 24
    assert np.abs(np.array(places) - 60).max() < 1.5


def test_a_portrait_at_the_pictures_edge_stays_inside(tmp_path: Path) -> None:
    corner = np.zeros((50, 2))
    source = source_of(square_video(tmp_path / "a.mp4", corner), boxes=boxes_of(corner))
    for _, picture in segment_of(source, Shown.PORTRAIT, size_px=120).pictures():
        assert white_middle(picture)[:2] == pytest.approx((40, 40), abs=1)


def test_a_box_larger_than_the_picture_is_high_is_shown_whole_between_bars(tmp_path: Path) -> None:
    still = np.full((50, 2), 100.0)
    wide = np.tile(np.float32([10, 0, 310, 240]), (50, 1))
    source = source_of(square_video(tmp_path / "a.mp4", still), boxes=(np.arange(50) / 25, wide))
    _, picture = next(segment_of(source, Shown.PORTRAIT, size_px=150).pictures())
    assert (picture[:14] == 24).all()
    assert (picture[-14:] == 24).all()
    assert white_middle(picture)[2] == pytest.approx(20**2, rel=0.1)


def test_a_segment_of_portraits_needs_a_box_in_its_stretch(tmp_path: Path) -> None:
    still = np.full((100, 2), 100.0)
    time_s, boxes = boxes_of(still)
    boxes[25:] = np.nan
    source = source_of(square_video(tmp_path / "a.mp4", still), boxes=(time_s, boxes))
    with pytest.raises(
        LabelingError,
        match=r"^match-01: nobody's box is known from 0:02\.000 to 0:04\.000; run `telltale perceive`, or show the model "
        r"whole frames\.$",
    ):
        segment_of(source, Shown.PORTRAIT, span=Segment(2.0, 4.0)).pictures()


def test_a_segment_of_portraits_needs_boxes(tmp_path: Path) -> None:
    source = source_of(encode(tmp_path / "a.mp4", FOUR_SECONDS))
    with pytest.raises(LabelingError, match="nobody's box is known"):
        segment_of(source, Shown.PORTRAIT).write_mp4(tmp_path / "segment.mp4")
    assert not (tmp_path / "segment.mp4").exists()


@pytest.mark.parametrize("shown", [Shown.PORTRAIT, Shown.WHOLE])
def test_a_segment_of_pixels_needs_a_video(shown: Shown) -> None:
    with pytest.raises(
        LabelingError, match=r"^match-01: there is no video to show a model; put it back .* skeleton\.$"
    ):
        segment_of(source_of(None, keypoints=a_track()), shown).pictures()


def test_a_steady_path_never_lags_behind_an_even_movement() -> None:
    time_s = np.arange(200) / 25
    path = steady_path(time_s, np.stack([10 * time_s, 5 * time_s], axis=1), 50.0, time_s)
    assert path == pytest.approx(np.stack([10 * time_s, 5 * time_s], axis=1), abs=1e-6)


def test_a_path_stays_where_the_last_place_was() -> None:
    time_s = np.arange(25) / 25
    path = steady_path(time_s, np.stack([100 * time_s, 0 * time_s], axis=1), 50.0, np.array([-3.0, 1.2, 1.9, 9.0]))
    assert path[:, 0] == pytest.approx([0.0, 96.0, 96.0, 96.0], abs=1e-6)


def test_a_nod_stays_a_movement_in_the_portrait() -> None:
    time_s = np.arange(200) / 25
    nod = np.stack([np.full(200, 100.0), 100 + 5 * np.sin(2 * np.pi * 2 * time_s)], axis=1)  # twice a second
    path = steady_path(time_s, nod, 50.0, time_s)
    assert np.ptp(path[50:150, 1]) < 1


# Skeletons


def test_a_segment_of_the_skeleton_shows_no_pixel_of_the_video(tmp_path: Path) -> None:
    def red() -> Iterator[npt.NDArray[np.uint8]]:
        for _ in range(50):
            yield np.full((120, 160, 3), (0, 0, 255), np.uint8)

    write_video(tmp_path / "a.mp4", red(), Fraction(25))
    source = source_of(tmp_path / "a.mp4", keypoints=a_track(50))
    with_video, without = (
        [picture for _, picture in segment_of(each, Shown.SKELETON).pictures()]
        for each in (source, replace(source, video=None))
    )
    assert all(np.array_equal(a, b) for a, b in zip(with_video, without, strict=True))
    corner = with_video[0][:20, :20]
    assert corner.max() < 40


def test_a_segment_of_the_skeleton_does_not_open_the_video(tmp_path: Path) -> None:
    source = replace(source_of(None, has_sound=True, keypoints=a_track()), video=tmp_path / "is not there.mp4")
    segment_of(source, Shown.SKELETON, with_sound=True).write_mp4(tmp_path / "segment.mp4")
    assert probe_video(tmp_path / "segment.mp4").frame_count == 24


def test_a_skeleton_never_has_sound(tmp_path: Path) -> None:
    video = encode(tmp_path / "a.mp4", replace(FOUR_SECONDS, sound_s=4.0))
    segment = segment_of(source_of(video, keypoints=a_track()), Shown.SKELETON, with_sound=True)
    segment.write_mp4(tmp_path / "segment.mp4")
    assert segment.seconds_of_sound == 0
    assert probe_video(tmp_path / "segment.mp4").audio_codec is None


def ink(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    return np.asarray((picture > 60).any(axis=2))


def test_a_skeleton_is_large_and_whole_in_its_picture() -> None:
    for _, picture in segment_of(source_of(None, keypoints=a_track()), Shown.SKELETON, size_px=384).pictures():
        y, x = np.nonzero(ink(picture))
        assert 10 < x.min() < x.max() < 374
        assert 10 < y.min() < y.max() < 374
        assert max(np.ptp(x), np.ptp(y)) > 230


def test_a_skeleton_keeps_its_place_while_the_person_walks() -> None:
    segment = segment_of(source_of(None, keypoints=a_track(sway_px=0.6)), Shown.SKELETON, size_px=384)
    middles = [np.nonzero(ink(picture))[1].mean() for _, picture in segment.pictures()]
    assert np.ptp(middles[6:-7]) < 30


def test_one_wrong_hand_does_not_shrink_the_skeleton() -> None:
    track = a_track()
    points = track.points.copy()
    points[60, 7] = (5.0, 500.0, 0.9)
    alone, beside = (
        next(segment_of(source_of(None, keypoints=each), Shown.SKELETON).pictures())[1]
        for each in (track, KeypointTrack(points, track.time_s))
    )
    assert np.array_equal(alone, beside)


def test_where_there_are_no_key_points_the_skeleton_is_not_there() -> None:
    segment = segment_of(source_of(None, keypoints=a_track(50)), Shown.SKELETON)
    shown = [bool(ink(picture).any()) for _, picture in segment.pictures()]
    assert shown == [True] * 12 + [False] * 12


def test_a_single_frame_of_key_points_is_a_skeleton() -> None:
    segment = segment_of(source_of(None, keypoints=a_track(1)), Shown.SKELETON, span=Segment(0.0, 0.04))
    assert [ink(picture).any() for _, picture in segment.pictures()] == [True]


@pytest.mark.parametrize(
    "track",
    [None, KeypointTrack(np.zeros((100, 137, 3)), np.arange(100) / 25), a_track(20)],
    ids=["none", "all missing", "none in the stretch"],
)
def test_a_segment_of_the_skeleton_needs_key_points(track: KeypointTrack | None) -> None:
    segment = segment_of(source_of(None, keypoints=track), Shown.SKELETON, span=Segment(2.0, 4.0))
    with pytest.raises(
        LabelingError,
        match=r"^match-01: there are no key points from 0:02\.000 to 0:04\.000; import them or run `telltale perceive`, "
        r"or show the model the video\.$",
    ):
        segment.pictures()


# Files


@pytest.mark.parametrize(("start_s", "end_s"), [(0.0, 4.0), (0.5, 3.0)])
def test_an_mp4_has_the_segments_pictures_and_length(tmp_path: Path, start_s: float, end_s: float) -> None:
    segment = segment_of(source_of(encode(tmp_path / "a.mp4", FOUR_SECONDS)), span=Segment(start_s, end_s))
    segment.write_mp4(tmp_path / "segment.mp4")
    info = probe_video(tmp_path / "segment.mp4")
    assert (info.codec, info.frame_count, info.frame_rate) == ("h264", segment.frame_count, 6)
    assert info.duration_s == pytest.approx(segment.duration_s, abs=1e-3)
    assert not info.variable_frame_rate
    assert [number_of(picture) for _, picture in decode_frames(tmp_path / "segment.mp4")] == numbers(segment)


def test_an_mp4_has_the_sound_of_its_stretch(tmp_path: Path) -> None:
    video = encode(tmp_path / "a.mp4", replace(FOUR_SECONDS, sound_s=4.0))
    segment = segment_of(source_of(video), span=Segment(1.0, 3.0), with_sound=True)
    segment.write_mp4(tmp_path / "segment.mp4")
    with av.open(str(tmp_path / "segment.mp4")) as container:
        frames = list(container.decode(audio=0))
    assert segment.seconds_of_sound == 2.0
    assert sum(frame.samples for frame in frames) / frames[0].sample_rate == pytest.approx(2.0, abs=0.03)
    assert {frame.layout.name for frame in frames} == {"mono"}


@pytest.mark.parametrize(("sound_s", "with_sound"), [(0.0, True), (4.0, False)])
def test_an_mp4_without_sound_has_none(tmp_path: Path, sound_s: float, with_sound: bool) -> None:
    video = encode(tmp_path / "a.mp4", replace(FOUR_SECONDS, sound_s=sound_s))
    segment = segment_of(source_of(video), with_sound=with_sound)
    segment.write_mp4(tmp_path / "segment.mp4")
    assert segment.seconds_of_sound == 0
    assert probe_video(tmp_path / "segment.mp4").audio_codec is None


def test_a_video_that_is_damaged_leaves_no_mp4(tmp_path: Path) -> None:
    video = encode(tmp_path / "a.mp4", replace(FOUR_SECONDS, faststart=True, gop=12))
    source = source_of(video)
    data = bytearray(video.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 2000] = bytes(2000)
    video.write_bytes(data)
    with pytest.raises(VideoError, match=r"a\.mp4"):
        segment_of(source).write_mp4(tmp_path / "out" / "segment.mp4")
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"span": Segment(2.0, 2.0)},
        {"span": Segment(-1.0, 2.0)},
        {"frames_per_s": 0.0},
        {"frames_per_s": float("nan")},
        {"size_px": 8},
    ],
)
def test_a_segment_that_shows_nothing_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"^A video segment "):
        segment_of(source_of(None), **changes)


# Where a segment comes from


def a_clip(video: Path | None) -> Clip:
    return Clip(
        id=7, name="match-01", subject_id=1, subject="P1", split=Split.TRAIN,
        video_path=str(video) if video else None, digest="d", duration_s=4.0, frame_count=100, frame_rate=Fraction(25),
        width_px=WIDTH_PX, height_px=HEIGHT_PX, transcript=None, gold_label=None, simulated=False, reliability_sample=False,
        state=ClipState.IMPORTED, created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip


@pytest.fixture
def store(workspace: Workspace) -> FeatureStore:
    return FeatureStore(workspace.features_dir)


def test_a_source_opens_the_video_the_boxes_and_the_key_points(
    tmp_path: Path, workspace: Workspace, store: FeatureStore
) -> None:
    video, track = encode(tmp_path / "a.mp4", replace(FOUR_SECONDS, sound_s=4.0)), a_track()
    boxes = np.tile(np.float32([10, 20, 50, 60]), (100, 1))
    store.write(7, FeatureKind.PERSON, {"box_xyxy_px": boxes, "time_s": track.time_s}, PRODUCER)
    store.write(7, FeatureKind.KEYPOINTS, {"points": track.points, "time_s": track.time_s}, PRODUCER)
    source = picture_source(workspace, store, a_clip(video))
    assert (source.video, source.has_sound, source.duration_s) == (video, True, 4.0)
    assert source.boxes is not None
    assert np.array_equal(source.boxes[1], boxes)
    assert source.keypoints is not None
    assert np.array_equal(source.keypoints.points, track.points)


def test_a_source_of_a_clip_that_was_only_imported_has_its_video_alone(
    tmp_path: Path, workspace: Workspace, store: FeatureStore
) -> None:
    source = picture_source(workspace, store, a_clip(encode(tmp_path / "a.mp4", FOUR_SECONDS)))
    assert (source.boxes, source.keypoints, source.has_sound) == (None, None, False)


def test_a_source_of_key_points_alone_has_no_video(workspace: Workspace, store: FeatureStore) -> None:
    track = a_track()
    store.write(7, FeatureKind.KEYPOINTS, {"points": track.points, "time_s": track.time_s}, PRODUCER)
    source = picture_source(workspace, store, a_clip(None))
    assert (source.video, source.has_sound) == (None, False)
    assert len(list(segment_of(source, Shown.SKELETON).pictures())) == 24


def test_the_workspaces_copy_stands_in_for_a_video_that_has_gone(
    tmp_path: Path, workspace: Workspace, store: FeatureStore
) -> None:
    copy = encode(workspace.media_dir / "7.mp4", FOUR_SECONDS)
    assert picture_source(workspace, store, a_clip(tmp_path / "gone.mp4")).video == copy


def test_boxes_without_times_take_those_of_the_video(tmp_path: Path, workspace: Workspace, store: FeatureStore) -> None:
    store.write(7, FeatureKind.PERSON, {"box_xyxy_px": np.zeros((100, 4), np.float32)}, PRODUCER)
    source = picture_source(workspace, store, a_clip(encode(tmp_path / "a.mp4", FOUR_SECONDS)))
    assert source.boxes is not None
    assert source.boxes[0] == pytest.approx(np.arange(100) / 25)


def test_boxes_of_another_number_of_frames_are_an_error(
    tmp_path: Path, workspace: Workspace, store: FeatureStore
) -> None:
    store.write(7, FeatureKind.PERSON, {"box_xyxy_px": np.zeros((90, 4), np.float32)}, PRODUCER)
    with pytest.raises(FeatureError, match=r"match-01: nobody knows when its 90 person boxes are"):
        picture_source(workspace, store, a_clip(encode(tmp_path / "a.mp4", FOUR_SECONDS)))
