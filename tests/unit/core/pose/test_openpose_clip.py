import json
import tracemalloc
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import KeypointError
from core.pose.openpose.clip import frame_file_name, read_openpose, read_openpose_frame, write_openpose_frame
from core.pose.skeleton import BODY, FACE, LEFT_HAND, RIGHT_HAND


def person(x: float = 300.0, size: float = 1.0) -> np.ndarray:
    """(137, 3): every point somewhere about (x, 200), the whole figure growing with size."""
    places = np.random.default_rng(0).uniform(-50, 50, (137, 2)) * size + (x, 200)
    places[2], places[5] = (x - 50 * size, 240), (x + 50 * size, 240)
    places[15], places[16] = (x - 11 * size, 190), (x + 11 * size, 190)
    return np.concatenate((places, np.full((137, 1), 0.5)), axis=1).astype(np.float32)


def frame(*people: np.ndarray) -> bytes:
    return write_openpose_frame(np.array(people).reshape(-1, 137, 3))


def folder_of(folder: Path, frames: Mapping[int, bytes]) -> Path:
    folder.mkdir()
    for number, data in frames.items():
        (folder / frame_file_name("clip", number)).write_bytes(data)
    return folder


def zip_of(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def changed(data: bytes, **arrays: object) -> bytes:
    """The frame file with fields of its first person replaced, or dropped where None."""
    content = json.loads(data)
    for key, value in arrays.items():
        if value is None:
            content["people"][0].pop(key)
        else:
            content["people"][0][key] = value
    return json.dumps(content).encode()


@st.composite
def people(draw: st.DrawFn) -> np.ndarray:
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    found = random.uniform(-50, 4000, (draw(st.integers(0, 4)), 137, 3)).astype(np.float32)
    found[..., 2] = random.uniform(1e-6, 1, found.shape[:2])
    found[random.uniform(size=found.shape[:2]) < draw(st.floats(0, 1))] = 0
    return found


@settings(deadline=None)
@given(people())
def test_what_is_written_reads_back_the_same(found: np.ndarray) -> None:
    assert (read_openpose_frame(write_openpose_frame(found), "frame") == found).all()


def test_the_written_frame_has_openposes_fields_and_lengths() -> None:
    content = json.loads(frame(person()))
    assert content["version"] == 1.3
    lengths = {key: len(value) for key, value in content["people"][0].items() if key.endswith("2d")}
    assert lengths == {
        "pose_keypoints_2d": 75,
        "face_keypoints_2d": 210,
        "hand_left_keypoints_2d": 63,
        "hand_right_keypoints_2d": 63,
    }


@pytest.mark.parametrize("bad", [np.zeros((1, 25, 3)), np.full((1, 137, 3), np.nan)])
def test_what_is_no_person_is_not_written(bad: np.ndarray) -> None:
    with pytest.raises(KeypointError):
        write_openpose_frame(bad)


def test_each_file_goes_to_the_frame_in_its_name(tmp_path: Path) -> None:
    source = folder_of(tmp_path / "clip", {n: frame(person(300 + n)) for n in (3, 0, 2)})
    imported = read_openpose(source, 4)
    assert imported.points[[0, 2, 3], 2, 0] == pytest.approx(np.array([250, 252, 253]))
    assert not imported.points[1].any()
    assert imported.warnings == ("clip has 3 frame files for 4 frames; 1 stays without key points.",)


@pytest.mark.parametrize("inner", ["", "clip/", "data/clip/"])
def test_a_zip_reads_like_its_folder(tmp_path: Path, inner: str) -> None:
    frames = {n: frame(person(300 + n)) for n in range(5)}
    files = {f"{inner}{frame_file_name('clip', n)}": data for n, data in reversed(frames.items())}
    zipped = read_openpose(zip_of(tmp_path / "clip.zip", files), 5)
    assert (zipped.points == read_openpose(folder_of(tmp_path / "clip", frames), 5).points).all()
    assert zipped.warnings == ()


def test_a_single_folder_inside_the_folder_is_opened(tmp_path: Path) -> None:
    (tmp_path / "outer").mkdir()
    folder_of(tmp_path / "outer" / "clip", {0: frame(person())})
    assert read_openpose(tmp_path / "outer", 1).points.any()


def test_what_operating_systems_leave_in_zips_is_passed_over(tmp_path: Path) -> None:
    name = frame_file_name("clip", 0)
    source = zip_of(tmp_path / "clip.zip", {name: frame(person()), f"__MACOSX/._{name}": b"\0\5", ".DS_Store": b""})
    assert read_openpose(source, 1).warnings == ()


def test_other_files_are_left_out_with_a_warning(tmp_path: Path) -> None:
    source = folder_of(tmp_path / "clip", {0: frame(person())})
    (source / "notes.txt").write_text("x")
    (warning,) = read_openpose(source, 1).warnings
    assert "1 file of clip was left out" in warning
    assert "notes.txt" in warning


def test_a_broken_file_loses_its_frame_alone(tmp_path: Path) -> None:
    frames = {n: frame(person()) for n in range(4)}
    frames[2] = frames[2][:200]
    imported = read_openpose(folder_of(tmp_path / "clip", frames), 4)
    assert imported.points.any(axis=(1, 2)).tolist() == [True, True, False, True]
    (warning,) = imported.warnings
    assert warning.startswith("1 frame file of clip could not be read")
    assert frame_file_name("clip", 2) in warning


def test_many_broken_files_are_one_sentence(tmp_path: Path) -> None:
    frames = {n: b"{" if n % 2 else frame(person()) for n in range(8)}
    (warning,) = read_openpose(folder_of(tmp_path / "clip", frames), 8).warnings
    assert warning.startswith("4 frame files of clip could not be read")
    assert frame_file_name("clip", 1) in warning


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b'{"people": 3}',
        b'{"people": [1]}',
        b'{"annotations": []}',
        b'{"people": [{"keypoints": [1, 2, 3]}]}',
        b"\xff\xfe\x00",
        b"[" * 100_000,
    ],
)
def test_json_of_another_kind_is_refused_by_name(tmp_path: Path, data: bytes) -> None:
    source = folder_of(tmp_path / "clip", {0: data})
    with pytest.raises(KeypointError, match=r"none of the 1 frame files .*clip_000000000000_keypoints\.json"):
        read_openpose(source, 1)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_frame_in_another_encoding_of_unicode_is_read(encoding: str) -> None:
    data = frame(person())
    assert (read_openpose_frame(data.decode().encode(encoding), "frame") == read_openpose_frame(data, "frame")).all()


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 1e9, -1e9])
def test_a_point_that_is_no_place_is_missing_and_named(tmp_path: Path, bad: float) -> None:
    data = frame(person())
    body = json.loads(data)["people"][0]["pose_keypoints_2d"]
    body[3 * 4] = bad
    imported = read_openpose(folder_of(tmp_path / "clip", {0: changed(data, pose_keypoints_2d=body)}), 1)
    assert not imported.points[0, 4].any()
    assert imported.points[0, 5].any()
    (warning,) = imported.warnings
    assert warning.startswith("1 point in 1 frame file of clip was no number")


def test_a_place_a_little_outside_the_picture_is_kept(tmp_path: Path) -> None:
    found = person()
    found[20:25] = 0
    found[7] = (-12.5, 800.0, 0.3)
    assert read_openpose(folder_of(tmp_path / "clip", {0: frame(found)}), 1).points[0, 7].tolist() == pytest.approx(
        [-12.5, 800.0, 0.3]
    )


def test_places_without_confidence_are_missing() -> None:
    found = person()
    found[30] = (12.0, 14.0, 0.0)
    assert not read_openpose_frame(frame(found), "frame")[0, 30].any()


@pytest.mark.parametrize(
    ("key", "count", "sentence"),
    [
        ("pose_keypoints_2d", 54, r"54 numbers in pose_keypoints_2d where 75 \(25 points\) are expected; .*BODY_25"),
        ("pose_keypoints_2d", 74, "74 numbers in pose_keypoints_2d where 75"),
        ("face_keypoints_2d", 204, "204 numbers in face_keypoints_2d where 210"),
        ("hand_left_keypoints_2d", 66, "66 numbers in hand_left_keypoints_2d where 63"),
    ],
)
def test_wrong_lengths_are_refused_with_both_numbers(tmp_path: Path, key: str, count: int, sentence: str) -> None:
    source = folder_of(tmp_path / "clip", {0: frame(person()), 1: changed(frame(person()), **{key: [0.5] * count})})
    with pytest.raises(KeypointError, match=rf"clip_000000000001_keypoints\.json has {sentence}"):
        read_openpose(source, 2)


@pytest.mark.parametrize("hands", [None, []])
def test_openpose_run_without_hands_and_face_gives_a_warning(tmp_path: Path, hands: list[float] | None) -> None:
    absent = {"face_keypoints_2d": hands, "hand_left_keypoints_2d": hands, "hand_right_keypoints_2d": hands}
    source = folder_of(tmp_path / "clip", {n: changed(frame(person()), **absent) for n in range(3)})
    imported = read_openpose(source, 3)
    assert imported.points[:, BODY].any()
    for part in (FACE, LEFT_HAND, RIGHT_HAND):
        assert not imported.points[:, part].any()
    assert imported.warnings == (
        "clip has no face and no hand points at all; OpenPose may have been run without them.",
    )


def test_places_scaled_to_one_are_refused(tmp_path: Path) -> None:
    found = person()
    found[:, :2] /= 1000
    with pytest.raises(KeypointError, match="--keypoint_scale 0"):
        read_openpose(folder_of(tmp_path / "clip", {0: frame(found)}), 1)


def test_a_frame_far_beyond_the_video_is_refused(tmp_path: Path) -> None:
    source = folder_of(tmp_path / "clip", {n: frame(person()) for n in range(8)})
    with pytest.raises(KeypointError, match=r"clip_000000000007_keypoints\.json .* frame 7 .* the video has 5 frames"):
        read_openpose(source, 5)


def test_two_files_for_one_frame_are_refused(tmp_path: Path) -> None:
    source = zip_of(tmp_path / "two.zip", {f"{c}_000000000000_keypoints.json": frame(person()) for c in "ab"})
    with pytest.raises(KeypointError, match="two files for frame 0"):
        read_openpose(source, 1)


@pytest.mark.parametrize("kind", ["missing", "empty folder", "text", "empty zip", "cut zip"])
def test_a_source_without_frame_files_is_refused_by_name(tmp_path: Path, kind: str) -> None:
    source = tmp_path / "clip.zip"
    if kind == "empty folder":
        source.mkdir()
    elif kind == "text":
        source.write_text("not a zip")
    elif kind == "empty zip":
        zip_of(source, {})
    elif kind == "cut zip":
        zip_of(source, {frame_file_name("clip", n): frame(person()) for n in range(20)})
        source.write_bytes(source.read_bytes()[:-200])
    with pytest.raises(KeypointError, match=r"clip\.zip"):
        read_openpose(source, 10)


def test_a_file_damaged_inside_a_zip_loses_its_frame_alone(tmp_path: Path) -> None:
    names = [frame_file_name("clip", n) for n in range(3)]
    source = zip_of(tmp_path / "clip.zip", {name: frame(person()) for name in names})
    with zipfile.ZipFile(source) as archive:
        offset = archive.getinfo(names[1]).header_offset
    data = bytearray(source.read_bytes())
    data[offset + 200 : offset + 260] = bytes(60)
    source.write_bytes(data)
    imported = read_openpose(source, 3)
    assert imported.points.any(axis=(1, 2)).tolist() == [True, False, True]
    assert "damaged inside the zip" in imported.warnings[0]


def test_a_file_that_unpacks_to_gigabytes_is_not_unpacked(tmp_path: Path) -> None:
    bomb = b" " * (64 * 2**20)
    source = zip_of(
        tmp_path / "clip.zip", {frame_file_name("clip", 0): frame(person()), frame_file_name("clip", 1): bomb}
    )
    del bomb
    tracemalloc.start()
    imported = read_openpose(source, 2)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 32 * 2**20
    assert "larger than 8 MiB" in imported.warnings[0]


def test_a_path_that_leaves_the_zip_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    source = zip_of(tmp_path / "inside" / "clip.zip", {f"../{frame_file_name('clip', 0)}": frame(person())})
    with pytest.raises(KeypointError):
        read_openpose(source, 1)
    assert [path.name for path in tmp_path.rglob("*")] == ["inside", "clip.zip"]


def test_a_clip_that_shows_nobody_says_so(tmp_path: Path) -> None:
    imported = read_openpose(folder_of(tmp_path / "clip", {n: frame() for n in range(3)}), 3)
    assert not imported.points.any()
    assert imported.warnings == ("clip shows nobody in any frame.",)


def test_the_larger_of_two_is_followed_in_whatever_order_they_come(tmp_path: Path) -> None:
    near, far = person(300, 1.0), person(800, 0.6)
    frames = {n: frame(near, far) if n % 3 else frame(far, near) for n in range(9)}
    imported = read_openpose(folder_of(tmp_path / "clip", frames), 9)
    assert (imported.points == near).all()
    assert imported.warnings == (
        "clip shows up to 2 people in a frame; the one longest in view and largest was followed.",
    )


def test_somebody_else_alone_in_the_picture_is_not_the_main_person(tmp_path: Path) -> None:
    near, far = person(300, 1.0), person(800, 0.4)
    frames = {n: frame(far) if n in {4, 5} else frame(near, far) for n in range(10)}
    imported = read_openpose(folder_of(tmp_path / "clip", frames), 10)
    assert imported.points.any(axis=(1, 2)).tolist() == [n not in {4, 5} for n in range(10)]
