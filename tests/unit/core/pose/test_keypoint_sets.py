"""Sets of key points in one .npz file, and the picture plane that they are brought to."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import InputError
from core.pose.keypoint_sets import KeypointSet
from core.pose.picture_plane import PlaneSurvey
from tests.keypoint_sets import standing, write_set


def three() -> dict[str, Any]:
    return {name: standing(30, seed) for seed, name in enumerate("abc")}


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"points": np.zeros((90, 25, 3))}, "points has the shape (90, 25, 3)"),
        ({"points": np.zeros((90, 137, 3), dtype=object)}, "points is a pickle"),
        ({"start": np.array([0, 30, 60])}, "start has the shape (3,)"),
        ({"start": np.array([0, 60, 30, 90])}, "start must rise from 0 to 90"),
        ({"clip": None}, "has no array clip"),
        ({"fps": np.array([25.0, 25.0])}, "fps has the shape (2,)"),
        ({"label": np.array(["x", "y"])}, "label has the shape (2,)"),
        ({"meta": np.array("{")}, "meta is no complete JSON"),
        ({"meta": np.array("[]")}, "meta is no JSON object"),
        ({"meta": np.array(["{}", "{}"])}, "meta is no JSON text"),
        ({"label": np.full(3, 0xFFFFFFFF, dtype="<u4").view("<U1")}, "label holds something that is no text"),
        ({"label": np.array([b"M\xfcller"] * 3)}, "label holds something that is no text"),
        (
            {"points": np.zeros((0, 137, 3)), "start": np.array([0]), "clip": np.array([], dtype=str)},
            "set.npz has 0 clips; sets of 1 to 250,000 clips are read.",
        ),
    ],
)
def test_a_set_that_cannot_be_used_is_one_sentence_naming_the_file_and_the_array(
    tmp_path: Path, arrays: dict[str, Any], sentence: str
) -> None:
    path = write_set(tmp_path / "set.npz", three(), **arrays)
    with pytest.raises(InputError) as refused:
        KeypointSet(path)
    assert str(refused.value).startswith("set.npz")
    assert sentence in str(refused.value)


def test_the_task_says_which_part_of_the_label_is_meant(tmp_path: Path) -> None:
    meta = np.array('{"tasks": {"what": "before_colon", "how": "after_colon"}}')
    path = write_set(
        tmp_path / "set.npz", three(), label=np.array(["squat:well", "squat:badly", "lunge:well"]), meta=meta
    )
    with KeypointSet(path) as found:
        assert [clip.label for clip in found.of_task("how")] == ["well", "badly", "well"]
        with pytest.raises(InputError, match=r"^set.npz has the tasks what, how; name the one whose labels are meant"):
            found.of_task(None)
        with pytest.raises(InputError, match=r"^set.npz has no task when; it has what, how\."):
            found.of_task("when")


def test_one_frame_rate_stands_for_all_clips_and_clips_without_names_are_numbered(tmp_path: Path) -> None:
    path = write_set(tmp_path / "set.npz", three(), fps=np.array([12.5]), clip=None)
    with KeypointSet(path, needed=("label",)) as found:
        assert [(clip.name, clip.fps) for clip in found.clips] == [("0", 12.5), ("1", 12.5), ("2", 12.5)]


def test_points_in_pixels_keep_their_scale_and_their_shape_whatever_their_sign() -> None:
    points = standing(20)
    points[..., :2] -= (900, 400) * (points[..., 2:] > 0)
    survey = PlaneSurvey()
    survey.add(points)
    plane = survey.plane()
    assert (plane.scale, plane.turned, plane.sentences("a")) == (1, False, [])
    placed = plane.placed(points)
    there = points[..., 2] > 0
    assert np.ptp(placed.points[there] - points[there], axis=0) == pytest.approx([0, 0, 0], abs=1e-3)
    assert placed.points[~there].any() == 0
    assert 0.74 <= placed.width_px / placed.height_px <= 1.79


def test_a_face_alone_with_y_upwards_is_turned_over() -> None:
    points = np.zeros((5, 137, 3), dtype=np.float32)
    points[:, 25:95, 2] = 1
    points[:, 25 + 36 : 25 + 48, 1] = 30  # eyes above the mouth where y grows upwards
    survey = PlaneSurvey()
    survey.add(points)
    assert survey.plane().turned


def test_a_point_that_lies_beyond_any_picture_is_missing_and_counted() -> None:
    points = standing(20)
    points[3, 0, 0] = 1e7
    placed = PlaneSurvey().plane().placed(points)
    assert (placed.dropped, placed.points[3, 0].tolist()) == (1, [0, 0, 0])
