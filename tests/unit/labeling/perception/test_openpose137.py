"""The table is held against rtmlib itself: its own conversion from COCO-WholeBody, whose joints it names."""

import re

import numpy as np
import pytest
from rtmlib.tools.pose_estimation.post_processings import convert_coco_to_openpose
from rtmlib.visualization.skeleton import coco133, openpose134

from core.pose.skeleton import JOINT_NAMES, face
from labeling.perception.keypoints.openpose137 import TABLE, JointSource, to_openpose137

_COCO = {info["name"]: index for index, info in coco133["keypoint_info"].items()}
_FINGERS = ("thumb", "forefinger", "middle_finger", "ring_finger", "pinky_finger")


def coco_names_of(joint: str) -> list[str]:
    """The points of COCO-WholeBody that an OpenPose joint is, or is the mean of."""
    if joint == "neck":
        return ["left_shoulder", "right_shoulder"]
    if joint == "mid hip":
        return ["left_hip", "right_hip"]
    if match := re.fullmatch(r"face (\d+)", joint):
        point = int(match[1])
        eyes = {68: range(36, 42), 69: range(42, 48)}
        return [f"face-{i}" for i in eyes.get(point, [point])]
    if match := re.fullmatch(r"(left|right) hand (\d+)", joint):
        side, point = match[1], int(match[2])
        return [f"{side}_hand_root" if not point else f"{side}_{_FINGERS[(point - 1) // 4]}{(point - 1) % 4 + 1}"]
    return [joint.replace(" ", "_")]


def coco_person() -> tuple[np.ndarray, np.ndarray]:
    """133 places and confidences, no two alike, in no order that a wrong index could agree with."""
    random = np.random.default_rng(3)
    return random.permutation(133 * 2).reshape(133, 2) * 1.5 + 7, (random.permutation(133) + 1) / 200


@pytest.mark.parametrize("joint", JOINT_NAMES)
def test_each_joint_comes_from_the_point_of_its_name(joint: str) -> None:
    places, confidences = coco_person()
    converted, scores = convert_coco_to_openpose(places[None], confidences[None])
    mapped = to_openpose137(np.column_stack((converted[0], scores[0])))
    sources = [_COCO[name] for name in coco_names_of(joint)]
    found = mapped[JOINT_NAMES.index(joint)]
    assert found[:2] == pytest.approx(places[sources].mean(axis=0))
    assert found[2] == pytest.approx(confidences[sources].min())


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.joint)
def test_each_row_names_the_joints_that_rtmlib_names_so(row: JointSource) -> None:
    theirs = {openpose134["keypoint_info"][index]["name"] for index in row.sources}
    assert theirs == ({"neck"} if row.joint == "neck" else set(coco_names_of(row.joint)))


def test_the_table_has_each_joint_once_in_openposes_order() -> None:
    assert tuple(row.joint for row in TABLE) == JOINT_NAMES


def test_a_point_without_confidence_is_missing_and_so_is_its_mean() -> None:
    points = np.full((134, 3), 0.5)
    points[8, 2], points[24 + 38, 2] = 0, -0.1  # right hip, one point of the right eye
    mapped = to_openpose137(points)
    missing = [JOINT_NAMES[joint] for joint in np.flatnonzero(mapped[:, 2] == 0)]
    assert missing == ["mid hip", "right hip", "face 38", "face 68"]
    assert not mapped[mapped[:, 2] == 0].any()


def test_the_right_pupil_lies_in_the_right_eye() -> None:
    points = np.ones((134, 3))
    points[24 + 36 : 24 + 42, 0] = 10
    points[24 + 42 : 24 + 48, 0] = 30
    assert to_openpose137(points)[list(face(68, 69)), 0].tolist() == [10, 30]


def test_points_in_another_form_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(134, 3\)"):
        to_openpose137(np.zeros((133, 3)))
