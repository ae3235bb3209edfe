"""Frame files that count, scale or order otherwise than OpenPose does by default."""

from pathlib import Path

import numpy as np
import pytest

from core.errors import KeypointError
from core.pose.openpose.clip import read_openpose, write_openpose_frame
from core.pose.openpose.flat_folder import flat_frames
from core.pose.skeleton import LEFT_WRIST, MID_HIP, NECK, RIGHT_EAR

WIDTH_PX, HEIGHT_PX = 176, 144
FRAMES = 6


def person(frame: int = 0) -> np.ndarray:
    """(137, 3) spread over most of the picture, moving a little."""
    random = np.random.default_rng(0)
    points = np.full((137, 3), 0.5, dtype=np.float32)
    points[:, :2] = random.uniform(0.2, 0.9, (137, 2)) * (WIDTH_PX, HEIGHT_PX) + (frame, 0)
    points[0, :2], points[1, :2] = (WIDTH_PX - 12, HEIGHT_PX - 2), (12, 6)
    points[20] = 0
    return points


def written(folder: Path, people: dict[str, np.ndarray]) -> Path:
    folder.mkdir()
    for name, points in people.items():
        (folder / f"{name}_keypoints.json").write_bytes(write_openpose_frame(points[None]))
    return folder


def clip_of(folder: Path, change: np.ndarray | float = 1.0, shift: float = 0.0) -> Path:
    people = {}
    for frame in range(FRAMES):
        points = person(frame)
        there = points[:, 2] > 0
        points[there, :2] = points[there, :2] * np.asarray(change, dtype=np.float32) + shift
        people[f"clip_{frame:012d}"] = points
    return written(folder, people)


def read(folder: Path) -> tuple[np.ndarray, tuple[str, ...]]:
    found = read_openpose(folder, FRAMES, picture_px=(WIDTH_PX, HEIGHT_PX))
    return found.points, found.warnings


EXPECTED = np.stack([person(frame) for frame in range(FRAMES)])


@pytest.mark.parametrize("first", [1, 7, 1000])
@pytest.mark.parametrize("digits", [0, 5, 12])
def test_numbers_that_fill_the_video_exactly_begin_with_its_first_frame(
    tmp_path: Path, first: int, digits: int
) -> None:
    people = {f"image_{first + frame:0{digits}d}": person(frame) for frame in range(FRAMES)}
    points, said = read(written(tmp_path / "clip", people))
    assert np.allclose(points, EXPECTED)
    assert said == (f"The frames of clip are numbered from {first}; that one was read as the first, 0.",)


def test_pictures_from_1_on_of_which_one_lacks_are_refused_with_what_to_do(tmp_path: Path) -> None:
    people = {f"image_{frame:05d}": person(frame) for frame in range(1, FRAMES)}
    with pytest.raises(
        KeypointError, match=r"whether its first frame is 0 or 1 cannot be told\. Name the files from 0 on"
    ):
        read(written(tmp_path / "clip", people))


def test_openposes_own_names_without_the_first_frame_keep_their_numbers(tmp_path: Path) -> None:
    points, _ = read(written(tmp_path / "clip", {f"clip_{frame:012d}": person(frame) for frame in range(1, FRAMES)}))
    assert not points[0].any()
    assert np.allclose(points[1:], EXPECTED[1:])


def test_numbers_with_gaps_that_do_not_begin_with_0_are_shifted_where_they_span_the_video(tmp_path: Path) -> None:
    people = {f"image_{100 + frame}": person(frame) for frame in range(FRAMES) if frame != 2}
    points, said = read(written(tmp_path / "clip", people))
    assert np.flatnonzero(~points.any(axis=(1, 2))).tolist() == [2]
    assert len(said) == 2


@pytest.mark.parametrize(
    ("change", "shift", "unit"),
    [((1 / WIDTH_PX, 1 / HEIGHT_PX), 0.0, "0..1"), ((2 / WIDTH_PX, 2 / HEIGHT_PX), -1.0, "-1..1")],
)
def test_points_in_shares_of_the_picture_are_scaled_back(
    tmp_path: Path, change: tuple[float, float], shift: float, unit: str
) -> None:
    points, said = read(clip_of(tmp_path / "clip", np.array(change), shift))
    assert np.allclose(points, EXPECTED, atol=1e-3)
    assert said == (f"clip has points in {unit}; they were scaled to the picture of {WIDTH_PX} x {HEIGHT_PX} px.",)


@pytest.mark.parametrize("ratio", [2, 3, 4, 6])
def test_points_of_a_larger_copy_are_scaled_where_the_ratio_is_plain(tmp_path: Path, ratio: int) -> None:
    points, said = read(clip_of(tmp_path / "clip", float(ratio)))
    assert np.allclose(points, EXPECTED, atol=1e-3)
    assert f"read as those of a copy {ratio} times as large" in said[0]


def test_points_of_another_picture_are_refused_where_the_ratio_is_not_plain(tmp_path: Path) -> None:
    with pytest.raises(
        KeypointError, match="lie outside the picture of 176 x 144 px: they are of another picture size"
    ):
        read(clip_of(tmp_path / "clip", 5.0))


def test_a_person_who_is_partly_outside_the_picture_is_left_as_found(tmp_path: Path) -> None:
    points, said = read(clip_of(tmp_path / "clip", 1.0, 40.0))
    assert np.allclose(points[..., 0].max(), EXPECTED[..., 0].max() + 40)
    assert said == ()


def seated() -> np.ndarray:
    """(25, 3) BODY_25 of somebody who looks into the camera."""
    places = {
        0: (88, 40),
        1: (88, 70),
        2: (60, 72),
        3: (50, 100),
        4: (60, 130),
        5: (116, 72),
        6: (126, 100),
        7: (116, 130),
    }
    places |= {8: (88, 135), 9: (74, 135), 12: (102, 135), 15: (83, 35), 16: (93, 35), 17: (76, 38), 18: (100, 38)}
    points = np.zeros((25, 3), dtype=np.float32)
    for joint, place in places.items():
        points[joint] = (*place, 0.9)
    return points


ORDER_25B = (0, 16, 15, 18, 17, 5, 2, 6, 3, 7, 4, 12, 9, 13, 10, 14, 11)
"""The first 17 points of BODY_25B as numbers of BODY_25."""


def as_25b(body: np.ndarray) -> np.ndarray:
    points = np.zeros((137, 3), dtype=np.float32)
    points[:17] = body[list(ORDER_25B)]
    points[17] = (88, 60, 0.9)  # the upper neck
    points[18] = (88, 15, 0.9)  # the top of the head
    return points


def test_the_order_of_body_25b_is_noticed_and_put_right(tmp_path: Path) -> None:
    people = {f"clip_{frame:012d}": as_25b(seated()) for frame in range(FRAMES)}
    points, said = read(written(tmp_path / "clip", people))
    for joint in (0, 2, 3, LEFT_WRIST, 9, 12, 15, 16, RIGHT_EAR):
        assert points[3, joint].tolist() == pytest.approx(seated()[joint].tolist())
    assert points[3, NECK, :2].tolist() == [88, 72]
    assert points[3, MID_HIP, :2].tolist() == [88, 135]
    assert "clip has its body points in the order of BODY_25B; they were put in that of BODY_25." in said


def test_a_person_in_the_order_of_body_25_is_left_alone(tmp_path: Path) -> None:
    body = np.zeros((137, 3), dtype=np.float32)
    body[:25] = seated()
    points, said = read(written(tmp_path / "clip", {f"clip_{frame:012d}": body for frame in range(FRAMES)}))
    assert np.allclose(points[0], body)
    assert not any("BODY_25B" in one for one in said)


def test_files_of_several_clips_are_told_apart_by_the_name_before_the_number(tmp_path: Path) -> None:
    people = {
        f"{clip}_{frame:012d}": person(frame + shift) for clip, shift in (("a", 0), ("a_b", 50)) for frame in range(2)
    }
    folder = written(tmp_path / "all", people)
    (folder / "readme.txt").touch()
    found = flat_frames(folder)
    assert {clip: len(frames) for clip, frames in found.items()} == {"a": 2, "a_b": 2}
    points = read_openpose(found["a_b"], 2, within=folder).points
    assert np.allclose(points, np.stack([person(50), person(51)]))
