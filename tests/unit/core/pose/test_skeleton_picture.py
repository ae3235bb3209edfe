import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.pose.skeleton import (
    BODY,
    FACE,
    LEFT_HAND,
    LEFT_SHOULDER,
    LEFT_WRIST,
    NECK,
    NOSE,
    RIGHT_HAND,
    RIGHT_SHOULDER,
    face,
)
from core.pose.skeleton_picture import Window, certainty_of, draw_skeleton

WINDOW = Window(0.0, 0.0, 400.0)
NOTHING = np.zeros((137, 3), dtype=np.float32)


def with_points(*points: tuple[int, float, float, float]) -> npt.NDArray[np.float32]:
    """(joint, x px, y px, confidence) of those that were found."""
    found = NOTHING.copy()
    for joint, x, y, confidence in points:
        found[joint] = x, y, confidence
    return found


def drawn(points: npt.NDArray[np.float32], window: Window = WINDOW, size_px: int = 384) -> npt.NDArray[np.bool_]:
    """(H, W): where something is drawn."""
    ground = draw_skeleton(NOTHING, window, size_px)
    return np.asarray((draw_skeleton(points, window, size_px) != ground).any(axis=2))


def middle_of(mask: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """x, y in the picture's own pixels, whose first one reaches from 0 to 1."""
    y, x = np.nonzero(mask)
    return float(x.mean()) + 0.5, float(y.mean()) + 0.5


def hue_of(points: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """(3,): the brightest color, B, G, R, as shares."""
    picture = draw_skeleton(points, WINDOW, 384).reshape(-1, 3).astype(np.float64)
    brightest = picture[picture.sum(axis=1).argmax()]
    return np.asarray(brightest / brightest.sum())


def a_face(mouth_open_px: float = 0.0) -> npt.NDArray[np.float32]:
    """A face 160 px high in the middle of the window, its mouth more or less open."""
    points = NOTHING.copy()
    angle = np.linspace(0, np.pi, 17)
    points[list(face(*range(17))), :2] = np.stack([200 - 60 * np.cos(angle), 180 + 100 * np.sin(angle)], axis=1)
    for first, left in ((17, 150), (22, 210)):
        points[list(face(*range(first, first + 5))), :2] = [(left + 10 * i, 150) for i in range(5)]
    points[list(face(*range(27, 31))), :2] = [(200, 165 + 10 * i) for i in range(4)]
    points[list(face(*range(31, 36))), :2] = [(185 + 7 * i, 205) for i in range(5)]
    for first, count, middle, radii in (
        (36, 6, (170, 170), (12, 5)),
        (42, 6, (230, 170), (12, 5)),
        (48, 12, (200, 235), (30, 12 + mouth_open_px)),
        (60, 8, (200, 235), (22, mouth_open_px)),
    ):
        turn = np.pi + np.linspace(0, 2 * np.pi, count, endpoint=False)
        ring = np.stack([middle[0] + radii[0] * np.cos(turn), middle[1] + radii[1] * np.sin(turn)], axis=1)
        points[list(face(*range(first, first + count))), :2] = ring
    points[list(face(68, 69)), :2] = [(170, 170), (230, 170)]
    points[FACE, 2] = 0.9
    return points


def test_nobody_is_an_empty_dark_ground() -> None:
    picture = draw_skeleton(NOTHING, WINDOW, 128)
    assert picture.shape == (128, 128, 3)
    assert picture.max() < 40
    assert (picture == picture[0, 0]).all()


@pytest.mark.parametrize("size_px", [96, 257, 384])
def test_a_joint_is_drawn_at_its_place_in_the_window(size_px: int) -> None:
    mask = drawn(with_points((NECK, 300, 200, 0.9)), Window(100.0, 50.0, 400.0), size_px)
    assert middle_of(mask) == pytest.approx((size_px / 2, size_px * 150 / 400), abs=0.6)


def test_a_larger_window_shows_the_same_person_smaller() -> None:
    near, far = drawn(a_face(), Window(0, 0, 400)), drawn(a_face(), Window(-200, -200, 800))
    assert np.ptp(np.nonzero(near)[1]) == pytest.approx(2 * np.ptp(np.nonzero(far)[1]), abs=6)


def test_a_line_is_drawn_where_both_its_ends_were_found() -> None:
    mask = drawn(with_points((NECK, 200, 100, 0.9), (RIGHT_SHOULDER, 100, 100, 0.9)))
    assert mask[96, 96:192].all()


def test_a_missing_end_leaves_the_line_out() -> None:
    mask = drawn(with_points((NECK, 200, 100, 0.9), (LEFT_WRIST, 100, 100, 0.9)))
    assert not mask[96, 110:180].any()
    assert not drawn(with_points((NECK, 200, 100, 0.9)))[:40, :40].any()


def test_body_face_and_each_hand_have_colors_of_their_own() -> None:
    parts = (BODY, FACE, LEFT_HAND, RIGHT_HAND)
    hues = [hue_of(with_points(*((joint, 200, 200, 0.9) for joint in _line(part)))) for part in parts]
    for index, hue in enumerate(hues):
        for other in hues[index + 1 :]:
            assert np.abs(hue - other).max() > 0.04


def _line(part: slice) -> list[int]:
    """Joints of the part that show its color: in a face the pupils."""
    return list(face(68, 69)) if part == FACE else list(range(part.start, part.start + 5))


def test_an_unsure_joint_is_dimmer_than_a_sure_one() -> None:
    brightness = [
        draw_skeleton(with_points((NECK, 200, 200, confidence)), WINDOW, 384).max() for confidence in (0.1, 0.3, 0.9)
    ]
    assert brightness[0] < brightness[1] < brightness[2]


@pytest.mark.parametrize(("joint", "confidence"), [(NOSE, 0.04), (face(68)[0], 0.09), (LEFT_HAND.start, 0.09)])
def test_a_joint_that_was_all_but_guessed_is_not_drawn(joint: int, confidence: float) -> None:
    assert not drawn(with_points((joint, 200, 200, confidence))).any()


def test_certainty_grows_with_confidence_and_ends_at_one() -> None:
    points = np.repeat(NOTHING[None], 11, axis=0)
    points[..., 2] = np.linspace(0, 1, 11)[:, None]
    certainty = certainty_of(points)
    assert (np.diff(certainty, axis=0) >= 0).all()
    assert (certainty[0] == 0).all()
    assert (certainty[-1] == 1).all()


def test_an_open_mouth_is_dark_inside_and_a_closed_one_is_not() -> None:
    place = (round(235 * 384 / 400), round(200 * 384 / 400))
    opened, closed = (draw_skeleton(a_face(mouth), WINDOW, 384)[place] for mouth in (10.0, 0.0))
    assert opened.max() < 40
    assert closed[2] > 100


def test_a_face_takes_the_place_of_the_heads_five_joints() -> None:
    found = a_face()
    found[NOSE] = 390, 390, 0.9
    assert not drawn(found)[350:, 350:].any()
    assert drawn(with_points((NOSE, 390, 390, 0.9)))[350:, 350:].any()


def test_a_hand_in_front_of_a_face_stays_readable() -> None:
    found = a_face()
    found[RIGHT_HAND] = [(160 + 4 * i, 250 - 3 * (i % 5), 0.9) for i in range(21)]
    picture = draw_skeleton(found, WINDOW, 384).astype(int)
    orange = (picture[..., 2] > 180) & (picture[..., 0] < 140) & (picture[..., 1] > 100)
    assert orange.sum() > 100


def test_points_far_outside_the_window_do_no_harm() -> None:
    found = with_points((NECK, 1e9, -1e9, 0.9), (LEFT_SHOULDER, 200, 200, 0.9))
    assert draw_skeleton(found, WINDOW, 64).shape == (64, 64, 3)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(16, 200), st.floats(1.0, 5000.0))
def test_any_points_can_be_drawn(seed: int, size_px: int, side_px: float) -> None:
    random = np.random.default_rng(seed)
    points = random.normal(0, 2000, (137, 3)).astype(np.float32)
    points[:, 2] = random.random(137)
    points[random.random(137) < 0.3] = 0
    picture = draw_skeleton(points, Window(-side_px / 2, -side_px / 2, side_px), size_px)
    assert picture.shape == (size_px, size_px, 3)
    assert picture.dtype == np.uint8


def test_a_picture_that_is_too_small_to_show_anything_is_refused() -> None:
    with pytest.raises(ValueError, match="8 px"):
        draw_skeleton(NOTHING, WINDOW, 8)
