"""Each joint is held against anatomy: MediaPipe's names of body and hand, and the geometry of its mesh on a real face."""

import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.pose.skeleton import FACE, JOINT_NAMES, LEFT_HAND, LEFT_SHOULDER, MID_HIP, NECK, RIGHT_HAND, RIGHT_SHOULDER
from labeling.perception.keypoints.holistic_points import (
    FACE_FIRST,
    LEFT_HAND_FIRST,
    POINT_COUNT,
    RIGHT_HAND_FIRST,
    to_openpose137,
)

# As MediaPipe documents them, in its order (PoseLandmark, HandLandmark).
_POSE = (
    "nose", "left eye inner", "left eye", "left eye outer", "right eye inner", "right eye", "right eye outer", "left ear",
    "right ear", "mouth left", "mouth right", "left shoulder", "right shoulder", "left elbow", "right elbow", "left wrist",
    "right wrist", "left pinky", "right pinky", "left index", "right index", "left thumb", "right thumb", "left hip",
    "right hip", "left knee", "right knee", "left ankle", "right ankle", "left heel", "right heel", "left foot index",
    "right foot index",
)  # fmt: skip
_FINGERS = ("thumb", "index", "middle", "ring", "pinky")
_JOINTS_OF_A_FINGER = ("mcp", "pip", "dip", "tip")
_JOINTS_OF_THE_THUMB = ("cmc", "mcp", "ip", "tip")
_HAND = (
    "wrist",
    *(f"thumb {joint}" for joint in _JOINTS_OF_THE_THUMB),
    *(f"{finger} {joint}" for finger in _FINGERS[1:] for joint in _JOINTS_OF_A_FINGER),
)
_NO_SUCH_POINT = ("left small toe", "right small toe")
_MESH = Path(__file__).parents[3] / "data" / "real_keypoints" / "face_mesh.csv"

WIDTH, HEIGHT = 1000, 800


def everywhere() -> np.ndarray:
    """553 points at places and with confidences of which no two are alike."""
    random = np.random.default_rng(5)
    places = random.permutation(2 * POINT_COUNT).reshape(POINT_COUNT, 2) / (2 * POINT_COUNT)
    return np.column_stack((places, 0.5 + 0.5 * random.permutation(POINT_COUNT) / POINT_COUNT))


def rows_of(joint: str) -> list[int]:
    """Of body and hands: the rows of the points with that anatomical name."""
    if joint in ("neck", "mid hip"):
        of = {"neck": "shoulder", "mid hip": "hip"}[joint]
        return [_POSE.index(f"{side} {of}") for side in ("left", "right")]
    if match := re.fullmatch(r"(left|right) hand (\d+)", joint):
        first = LEFT_HAND_FIRST if match[1] == "left" else RIGHT_HAND_FIRST
        finger, along = divmod(int(match[2]) - 1, 4)
        if finger < 0:
            return [first + _HAND.index("wrist")]
        joints = _JOINTS_OF_A_FINGER if finger else _JOINTS_OF_THE_THUMB
        return [first + _HAND.index(f"{_FINGERS[finger]} {joints[along]}")]
    return [_POSE.index(joint.replace("big toe", "foot index"))]


_BODY_AND_HANDS = [joint for joint in JOINT_NAMES if not joint.startswith("face") and joint not in _NO_SUCH_POINT]


@pytest.mark.parametrize("joint", _BODY_AND_HANDS)
def test_a_joint_of_body_or_hand_comes_from_the_points_of_its_name(joint: str) -> None:
    points = everywhere()
    found = to_openpose137(points, WIDTH, HEIGHT)[JOINT_NAMES.index(joint)]
    rows = rows_of(joint)
    assert found[:2] == pytest.approx(points[rows, :2].mean(axis=0) * (WIDTH, HEIGHT), rel=1e-5)
    assert found[2] == pytest.approx(points[rows, 2].min())


@pytest.mark.parametrize("joint", _NO_SUCH_POINT)
def test_a_small_toe_which_the_model_does_not_have_is_missing(joint: str) -> None:
    assert not to_openpose137(everywhere(), WIDTH, HEIGHT)[JOINT_NAMES.index(joint)].any()


# The face. Places are in distances between the outer corners of the eyes, from the middle of the eyes; x to the person's left.


@pytest.fixture(scope="module")
def mesh() -> np.ndarray:
    """(478, 3) of a man who faces forward."""
    return np.loadtxt(_MESH, delimiter=",", skiprows=1)


@pytest.fixture(scope="module")
def face70(mesh: np.ndarray) -> np.ndarray:
    """(70, 2): his face as OpenPose's points."""
    points = np.zeros((POINT_COUNT, 3))
    points[FACE_FIRST:LEFT_HAND_FIRST, :2] = mesh[:, :2] / 4 + 0.5
    points[FACE_FIRST:LEFT_HAND_FIRST, 2] = 1
    mapped = to_openpose137(points, WIDTH, HEIGHT)[FACE]
    assert (mapped[:, 2] == 1).all()
    return (mapped[:, :2] / (WIDTH, HEIGHT) - 0.5) * 4


def along(points: np.ndarray) -> np.ndarray:
    """How far along a chain each of its points lies, 0..1."""
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    return np.concatenate(([0.0], np.cumsum(steps))) / steps.sum()


_MIRRORED = {
    **{i: 16 - i for i in range(17)},
    **{i: 43 - i for i in range(17, 27)},
    **{i: i for i in range(27, 31)},
    **{i: 66 - i for i in range(31, 36)},
    **{36: 45, 37: 44, 38: 43, 39: 42, 40: 47, 41: 46},
    **{48: 54, 49: 53, 50: 52, 51: 51, 55: 59, 56: 58, 57: 57},
    **{60: 64, 61: 63, 62: 62, 65: 67, 66: 66, 68: 69},
}
_MIRRORED |= {b: a for a, b in _MIRRORED.items()}


@pytest.mark.parametrize("point", range(70))
def test_a_point_of_the_face_lies_opposite_to_its_counterpart(face70: np.ndarray, point: int) -> None:
    """The man is not quite symmetric: his mouth is slightly lopsided."""
    assert face70[_MIRRORED[point]] * (-1, 1) == pytest.approx(face70[point], abs=0.08)


@pytest.mark.parametrize("point", [*range(8), *range(17, 22), *range(31, 33), *range(36, 42), 48, 49, 50, 60, 61, 68])
def test_the_persons_right_is_on_the_left_of_the_picture(face70: np.ndarray, point: int) -> None:
    assert face70[point, 0] < -0.05


@pytest.mark.parametrize("point", range(17))
def test_a_point_of_the_jaw_lies_on_the_outline_in_even_steps_from_eye_to_chin_to_eye(
    mesh: np.ndarray, face70: np.ndarray, point: int
) -> None:
    outline = cv2.convexHull(mesh[:468, :2].astype(np.float32))
    x, y = (float(value) for value in face70[point])
    assert abs(cv2.pointPolygonTest(outline, (x, y), measureDist=True)) < 0.03
    assert along(face70[:17])[point] == pytest.approx(point / 16, abs=0.03)
    assert y < 0.3 if point in (0, 16) else y > 0.3


def test_the_chin_is_the_lowest_point_in_the_middle(mesh: np.ndarray, face70: np.ndarray) -> None:
    assert face70[8, 1] == pytest.approx(mesh[:, 1].max(), abs=0.01)
    assert face70[8, 0] == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize("point", range(17, 27))
def test_a_point_of_a_brow_lies_above_the_eye_in_order(face70: np.ndarray, point: int) -> None:
    """From the right brow's outer end to the left one's, reaching beyond both corners of the eye."""
    assert -0.3 < face70[point, 1] < face70[36:48, 1].min()
    brow = face70[17:22] if point < 22 else face70[22:27]
    eye = face70[36:42] if point < 22 else face70[42:48]
    assert (np.diff(brow[:, 0]) > 0.05).all()
    assert brow[0, 0] < eye[:, 0].min() + 0.12
    assert brow[-1, 0] > eye[:, 0].max() - 0.12
    assert along(brow)[(point - 17) % 5] == pytest.approx(((point - 17) % 5) / 4, abs=0.08)


@pytest.mark.parametrize("point", range(27, 31))
def test_a_point_of_the_bridge_lies_in_even_steps_from_the_eyes_to_the_tip(
    mesh: np.ndarray, face70: np.ndarray, point: int
) -> None:
    tip = mesh[np.argmin(mesh[:, 2]), :2]  # nothing is nearer to the camera
    assert face70[point, 0] == pytest.approx(0, abs=0.02)
    assert face70[27, 1] == pytest.approx(face70[[39, 42], 1].mean(), abs=0.1)
    assert face70[30] == pytest.approx(tip, abs=0.01)
    assert along(face70[27:31])[point - 27] == pytest.approx((point - 27) / 3, abs=0.1)


@pytest.mark.parametrize("point", range(31, 36))
def test_a_point_below_the_nose_lies_between_tip_and_lip(face70: np.ndarray, point: int) -> None:
    assert face70[30, 1] < face70[point, 1] < face70[48:60, 1].min()
    assert face70[point, 0] == pytest.approx((point - 33) * 0.1, abs=0.03)


# Where each of an eye's six points lies, seen from its pupil: right and up as multiples of its half width.
_AROUND_AN_EYE = {0: (-1, 0), 1: (-0.4, 1), 2: (0.4, 1), 3: (1, 0), 4: (0.4, -1), 5: (-0.4, -1)}


@pytest.mark.parametrize("point", range(36, 48))
def test_a_point_of_an_eye_lies_around_its_pupil_in_order(face70: np.ndarray, point: int) -> None:
    """From the picture's left corner over the upper lid."""
    eye = face70[36:42] if point < 42 else face70[42:48]
    half_width = np.ptp(eye[:, 0]) / 2
    right, up = ((face70[point] - eye.mean(axis=0)) * (1, -1)) / half_width
    expected_right, side = _AROUND_AN_EYE[(point - 36) % 6]
    assert right == pytest.approx(expected_right, abs=0.2)
    assert side * up > 0.15 if side else abs(up) < 0.3


@pytest.mark.parametrize(("pupil", "ring"), [(68, range(469, 473)), (69, range(474, 478))])
def test_a_pupil_is_the_middle_of_its_iris_and_lies_in_its_eye(
    mesh: np.ndarray, face70: np.ndarray, pupil: int, ring: range
) -> None:
    assert face70[pupil] == pytest.approx(mesh[ring, :2].mean(axis=0), abs=0.01)
    eye = face70[36:42] if pupil == 68 else face70[42:48]
    x, y = (float(value) for value in face70[pupil])
    assert cv2.pointPolygonTest(eye.astype(np.float32), (x, y), measureDist=False) > 0


@pytest.mark.parametrize("point", range(48, 68))
def test_a_point_of_a_lip_lies_around_the_mouth_in_order(face70: np.ndarray, point: int) -> None:
    """Clockwise in the picture from its left corner; the outer lip outside the inner one."""
    lip, begin = (face70[48:60], 48) if point < 60 else (face70[60:68], 60)
    middle = face70[60:68].mean(axis=0)
    angle = np.degrees(np.unwrap(np.arctan2(*(lip - middle)[:, ::-1].T)))
    assert (np.diff(angle) > 0).all()
    assert angle[0] == pytest.approx(-180, abs=15) or angle[0] == pytest.approx(180, abs=15)
    half, place = len(lip) // 2, point - begin
    upper, lower = lip[: half + 1], lip[[*range(half, len(lip)), 0]]
    share = along(upper)[place] if place <= half else along(lower)[place - half]
    assert share == pytest.approx(place % half / half, abs=0.13) or place == half
    if point < 60:
        x, y = (float(value) for value in face70[point])
        assert cv2.pointPolygonTest(face70[60:68].astype(np.float32), (x, y), measureDist=False) < 0


# What counts as missing.


def one_seen(confidence: float, x: float = 0.5, y: float = 0.5) -> np.ndarray:
    points = np.zeros((POINT_COUNT, 3))
    points[:] = (x, y, confidence)
    return points


def test_a_point_of_the_body_that_it_cannot_see_is_missing_and_a_face_it_doubts_is_not() -> None:
    found = to_openpose137(one_seen(0.4), WIDTH, HEIGHT)
    assert not found[:25].any()
    assert (found[25:, 2] == np.float32(0.4)).all()


@pytest.mark.parametrize(("x", "y"), [(-0.01, 0.5), (1.0, 0.5), (0.5, -0.01), (0.5, 1.2)])
def test_a_point_outside_the_picture_is_missing(x: float, y: float) -> None:
    assert not to_openpose137(one_seen(0.9, x, y), WIDTH, HEIGHT).any()


def test_the_neck_stays_between_shoulders_that_the_picture_cuts_off() -> None:
    points = one_seen(0.9)
    points[[_POSE.index("right shoulder"), _POSE.index("left shoulder")], 0] = (-0.2, 1.1)
    found = to_openpose137(points, WIDTH, HEIGHT)
    assert not found[[RIGHT_SHOULDER, LEFT_SHOULDER]].any()
    assert found[NECK] == pytest.approx((450, 400, 0.9))


def test_there_is_no_mid_hip_where_one_hip_is_not_seen() -> None:
    points = one_seen(0.9)
    points[_POSE.index("left hip"), 2] = 0.2
    assert not to_openpose137(points, WIDTH, HEIGHT)[MID_HIP].any()


def hands(apart: float, left_wrist: float, right_wrist: float) -> np.ndarray:
    """Two hands 0.2 wide that are `apart`, and the body's wrists so far from theirs; all as shares of the picture's width."""
    points = one_seen(0.9)
    points[LEFT_HAND_FIRST:, 0] = np.tile(np.linspace(0.3, 0.5, 21), 2)
    points[RIGHT_HAND_FIRST:, 0] += apart
    points[_POSE.index("left wrist"), 0] = 0.3 + left_wrist
    points[_POSE.index("right wrist"), 0] = 0.3 + apart + right_wrist
    return points


@pytest.mark.parametrize(("left_wrist", "right_wrist", "missing"), [(0.1, 0.02, LEFT_HAND), (0.02, 0.1, RIGHT_HAND)])
def test_a_hand_found_twice_stays_where_the_wrist_is_and_is_missing_on_the_other_side(
    left_wrist: float, right_wrist: float, missing: slice
) -> None:
    found = to_openpose137(hands(0.01, left_wrist, right_wrist), WIDTH, HEIGHT)
    assert not found[missing].any()
    assert (found[RIGHT_HAND if missing == LEFT_HAND else LEFT_HAND, 2] > 0).all()


def test_two_hands_that_lie_beside_each_other_are_two() -> None:
    found = to_openpose137(hands(0.04, 0.1, 0.02), WIDTH, HEIGHT)
    assert (found[LEFT_HAND, 2] > 0).all()
    assert (found[RIGHT_HAND, 2] > 0).all()


def test_points_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(553, 3\) is Holistic's"):
        to_openpose137(np.zeros((543, 3)), WIDTH, HEIGHT)
