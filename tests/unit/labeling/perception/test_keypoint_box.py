"""The box of the key points follows the person and nobody else."""

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pytest

from core.pose.keypoints import KeypointTrack
from core.pose.skeleton import FACE, RIGHT_HAND
from core.simulation import PRESETS, keypoints_of, sample_cohort
from core.simulation.drawing.appearance import appearance_of
from core.simulation.drawing.hair import HairDrawing
from core.simulation.drawing.head import HeadDrawing, face_width
from core.simulation.drawing.outlines import Fill
from core.simulation.rig.person import perform
from core.types.clips import Clip, ClipState, Split
from labeling.perception.person.keypoint_box import KeypointBox

FRAMES = 100
CLIP = Clip(
    id=1, name="a", subject_id=1, subject="P1", split=Split.TRAIN, video_path=None, digest="d", duration_s=4.0,
    frame_count=FRAMES, frame_rate=Fraction(25), width_px=640, height_px=360, transcript=None, gold_label=None,
    simulated=False, reliability_sample=False, state=ClipState.IMPORTED, created_at=datetime(2026, 1, 1, tzinfo=UTC),
)  # fmt: skip
SITTING = (250.0, 34.4, 390.0, 250.0)  # left wrist, crown, right wrist


def person(shift_px: npt.NDArray[np.float64] | None = None) -> npt.NDArray[np.float32]:
    """A sitting person: face 290..350 x 60..130, neck 320, 150, shoulders 100 px apart, wrists at 250 px."""
    points = np.zeros((FRAMES, 137, 3), dtype=np.float32)
    for joint, xy in {
        0: (320, 100), 1: (320, 150), 2: (270, 155), 5: (370, 155), 3: (255, 200), 6: (385, 200),
        4: (250, 250), 7: (390, 250), 15: (308, 90), 16: (332, 90),
    }.items():  # fmt: skip
        points[:, joint] = (*xy, 0.8)
    angles = np.linspace(0, 2 * np.pi, 70, endpoint=False)
    points[:, FACE, 0] = 320 + 30 * np.sin(angles)
    points[:, FACE, 1] = 95 + 35 * np.cos(angles)
    points[:, FACE, 2] = 0.9
    if shift_px is not None:
        points[..., 0] += np.where(points[..., 2] > 0, shift_px[:, None], 0).astype(np.float32)
    return points


def boxes(points: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return KeypointBox().boxes(CLIP, KeypointTrack(points=points, time_s=np.arange(FRAMES) / 25.0))


def test_the_box_holds_face_shoulders_and_wrists() -> None:
    assert boxes(person())[50] == pytest.approx(SITTING, abs=1.0)


def test_the_box_holds_heads_with_all_their_hair_and_the_shoulders() -> None:
    preset = replace(PRESETS["demo"], clip_s=4.0, subjects=8, clips=16)
    cohort = sample_cohort(preset, seed=11)
    styles = set()
    for clip in {one.subject: one for one in cohort.clips}.values():
        acted, track = perform(cohort, clip), keypoints_of(cohort, clip)
        look = appearance_of(cohort.subject_of(clip).seed, clip.seed)
        hair = HairDrawing(acted.body, look, width=face_width(acted))
        layers = [*hair.behind(), *hair.front(), *HeadDrawing(acted, look).layers()]
        drawn = np.concatenate([layer.points for layer in layers if isinstance(layer, Fill)], axis=1) / 16  # of a px
        size = {"frame_count": len(track.points), "width_px": preset.width_px, "height_px": preset.height_px}
        box = KeypointBox().boxes(replace(CLIP, **size), track)
        assert (box[:, 1] <= drawn[..., 1].min(axis=1)).all(), look.style
        assert (box[:, 0] <= drawn[..., 0].min(axis=1)).all(), look.style
        assert (box[:, 2] >= drawn[..., 0].max(axis=1)).all(), look.style
        right, left = acted.body.shoulders_px
        width = np.median(left[:, 0] - right[:, 0])
        assert (box[:, 0] <= right[:, 0] - 0.1 * width).all()
        assert (box[:, 2] >= left[:, 0] + 0.1 * width).all()
        styles.add(look.style)
    assert len(styles) > 3


def test_a_stray_point_across_the_picture_does_not_stretch_the_box() -> None:
    points = person()
    points[:, RIGHT_HAND] = (5.0, 355.0, 0.5)
    points[:, 4] = (630.0, 350.0, 0.9)
    assert boxes(points)[50, [0, 1]] == pytest.approx((250.0, 34.4), abs=1.0)
    assert boxes(points)[50, 2] < 400


def test_unlikely_points_of_a_hand_are_left_out() -> None:
    points = person()
    points[:, RIGHT_HAND] = (200.0, 300.0, 0.1)
    assert boxes(points)[50] == pytest.approx(SITTING, abs=1.0)


def test_legs_and_elbows_are_no_part_of_a_portrait() -> None:
    points = person()
    points[:, 8:15] = (320.0, 340.0, 0.9)
    points[:, 3] = (150.0, 300.0, 0.2)
    assert boxes(points)[50] == pytest.approx(SITTING, abs=1.0)


def test_one_wrong_frame_is_taken_out() -> None:
    points = person()
    points[50, points[50, :, 2] > 0, 0] += 200
    assert boxes(points)[50] == pytest.approx(SITTING, abs=1.0)


def test_the_box_moves_with_the_person_without_lag() -> None:
    shift_px = np.linspace(-150, 150, FRAMES)
    left = boxes(person(shift_px))[20:80, 0]
    assert left == pytest.approx(SITTING[0] + shift_px[20:80], abs=3.0)


def test_a_short_gap_is_bridged() -> None:
    points = person(np.linspace(0, 100, FRAMES))
    points[40:55] = 0
    assert np.isfinite(boxes(points)).all()


def test_a_long_gap_stays_empty_and_only_it() -> None:
    points = person()
    points[30:70] = 0
    empty = np.isnan(boxes(points)).any(axis=1)
    assert np.array_equal(np.flatnonzero(empty), np.arange(30, 70))


def test_the_box_stays_inside_the_picture() -> None:
    box = boxes(person(np.full(FRAMES, 280.0)))[50]
    assert box[2] == pytest.approx(640.0)


def test_without_shoulders_the_eyes_tell_the_size() -> None:
    points = person()
    points[:, [2, 5]] = 0
    points[:, 4] = (20.0, 350.0, 0.9)
    assert boxes(points)[50, 0] == pytest.approx(320.0 - 1.6 * 24, abs=1.0)


@pytest.mark.parametrize("track", [None, KeypointTrack(np.zeros((FRAMES, 137, 3), np.float32), np.arange(FRAMES) / 25)])
def test_nobody_gives_no_box(track: KeypointTrack | None) -> None:
    found = KeypointBox().boxes(CLIP, track)
    assert found.shape == (FRAMES, 4)
    assert np.isnan(found).all()


def test_a_single_frame_has_its_box() -> None:
    track = KeypointTrack(person()[:1], np.zeros(1))
    assert KeypointBox().boxes(CLIP, track)[0] == pytest.approx(SITTING, abs=1.0)
