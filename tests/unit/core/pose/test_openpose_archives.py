"""A clip's frames in every form that is read; each gives what the folder of the same frames gives."""

import io
import json
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from core.errors import KeypointError
from core.pose.openpose.clip import frame_file_name, read_openpose, write_openpose_frame

FORMS = ("zip", "tar", "tar.gz", "tgz", "list.json", "named.json", "jsonl")


def person(x: float) -> np.ndarray:
    points = np.full((137, 3), 0.5, dtype=np.float32)
    points[:, :2] = np.random.default_rng(0).uniform(-50, 50, (137, 2)) + np.array((x, 200))
    return points


def frame(*people: np.ndarray) -> bytes:
    return write_openpose_frame(np.array(people).reshape(-1, 137, 3))


def frames_of(count: int) -> dict[int, bytes]:
    """One person who moves; somebody else beside, before or after that person in some frames, nobody in one."""
    found = {n: frame(person(300 + n)) for n in range(count)}
    for n in range(2, count, 4):
        found[n] = frame(person(900), person(300 + n))
    found[5] = frame()
    return found


def tar_of(path: Path, files: Mapping[str, bytes]) -> Path:
    with tarfile.open(path, "w" if path.suffix == ".tar" else "w:gz") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path


def archive_of(folder: Path, form: str, frames: Mapping[int, bytes]) -> Path:
    """The frames in that form, in the order of the mapping."""
    path = folder / f"clip.{form.removeprefix('list.').removeprefix('named.')}"
    named = {frame_file_name("clip", n): data for n, data in frames.items()}
    if form == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in named.items():
                archive.writestr(name, data)
    elif form in {"tar", "tar.gz", "tgz"}:
        tar_of(path, {f"./clip/{name}": data for name, data in named.items()})
    elif form == "list.json":
        path.write_bytes(b"[" + b",\n".join(frames.values()) + b"]\n")
    elif form == "named.json":
        path.write_bytes(b"{" + b", ".join(json.dumps(n).encode() + b":" + d for n, d in named.items()) + b"}")
    else:
        path.write_bytes(b"".join(data + b"\n" for data in frames.values()))
    return path


def folder_of(folder: Path, frames: Mapping[int, bytes]) -> Path:
    folder.mkdir()
    for number, data in frames.items():
        (folder / frame_file_name("clip", number)).write_bytes(data)
    return folder


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_what_the_folder_gives(tmp_path: Path, form: str) -> None:
    frames = frames_of(300)
    expected = read_openpose(folder_of(tmp_path / "clip", frames), 300)
    source = archive_of(tmp_path, form, frames)
    found = read_openpose(source, 300)
    assert (found.points == expected.points).all()
    assert expected.points[2, 0, 0] == person(302)[0, 0]
    assert [warning.replace(source.name, "clip") for warning in found.warnings] == list(expected.warnings)


@pytest.mark.parametrize("form", ["zip", "tar", "tar.gz", "named.json"])
def test_frames_in_any_order_are_followed_in_order_of_time(tmp_path: Path, form: str) -> None:
    frames = frames_of(60)
    shuffled = {int(n): frames[int(n)] for n in np.random.default_rng(1).permutation(60)}
    found = read_openpose(archive_of(tmp_path, form, shuffled), 60)
    assert (found.points == read_openpose(folder_of(tmp_path / "clip", frames), 60).points).all()


def test_crowds_too_large_for_memory_are_followed_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = archive_of(tmp_path, "tar.gz", frames_of(120))
    expected = read_openpose(source, 120)
    monkeypatch.setattr("core.pose.openpose.clip._SPOOL_BYTES", 5000)
    assert (read_openpose(source, 120).points == expected.points).all()


@pytest.mark.parametrize("form", FORMS)
def test_a_damaged_frame_is_lost_alone(tmp_path: Path, form: str) -> None:
    frames = {n: frame(person(300)) for n in range(6)}
    frames[3] = frames[3].replace(b"0.5", b"0.5.5")
    found = read_openpose(archive_of(tmp_path, form, frames), 6)
    assert found.points.any(axis=(1, 2)).tolist() == [True, True, True, False, True, True]
    (warning,) = found.warnings
    assert warning.startswith("1 frame")
    assert "could not be read" in warning


@pytest.mark.parametrize("form", FORMS)
def test_a_frame_far_beyond_the_video_is_refused(tmp_path: Path, form: str) -> None:
    source = archive_of(tmp_path, form, {n: frame(person(300)) for n in range(8)})
    with pytest.raises(KeypointError, match=r"is frame 7 from 0, but the video has 5 frames"):
        read_openpose(source, 5)


@pytest.mark.parametrize("form", FORMS)
def test_a_frame_after_the_videos_last_is_named_and_left_out(tmp_path: Path, form: str) -> None:
    found = read_openpose(archive_of(tmp_path, form, {n: frame(person(300)) for n in range(6)}), 5)
    assert found.points.shape == (5, 137, 3)
    assert found.points.any(axis=(1, 2)).all()
    (warning,) = found.warnings
    assert "1 frame" in warning
    assert "after the video's last frame, left out" in warning


@pytest.mark.parametrize("form", ["zip", "tar", "named.json"])
def test_frames_numbered_from_1_are_read_one_earlier(tmp_path: Path, form: str) -> None:
    found = read_openpose(archive_of(tmp_path, form, {n: frame(person(300 + n)) for n in range(1, 7)}), 6)
    expected = read_openpose(folder_of(tmp_path / "from 0", {n: frame(person(301 + n)) for n in range(6)}), 6)
    assert np.array_equal(found.points, expected.points)
    assert "are numbered from 1; that one was read as the first, 0." in found.warnings[0]


@pytest.mark.parametrize("form", ["zip", "tar", "named.json"])
def test_a_frame_that_comes_twice_is_refused(tmp_path: Path, form: str) -> None:
    files = {f"{clip}_000000000000_keypoints.json": frame(person(300)) for clip in "ab"}
    path = tmp_path / f"clip.{form.removeprefix('named.')}"
    if form == "tar":
        tar_of(path, files)
    elif form == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in files.items():
                archive.writestr(name, data)
    else:
        path.write_bytes(b"{" + b",".join(json.dumps(n).encode() + b":" + d for n, d in files.items()) + b"}")
    with pytest.raises(KeypointError, match="two files for frame 0"):
        read_openpose(path, 1)


@pytest.mark.parametrize("form", ["tar", "tar.gz", "list.json", "named.json"])
def test_an_archive_cut_in_the_middle_keeps_what_came_before(tmp_path: Path, form: str) -> None:
    random = np.random.default_rng(0)  # what cannot be foretold, gzip cannot shrink to a single block
    people = [person(300) + random.uniform(-1, 1, (137, 3)).astype(np.float32) * (1, 1, 0) for _ in range(200)]
    source = archive_of(tmp_path, form, {n: frame(found) for n, found in enumerate(people)})
    source.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    found = read_openpose(source, 200)
    there = found.points.any(axis=(1, 2))
    assert there[:80].all()
    assert not there[110:].any()
    assert "could not be read to its end" in found.warnings[0]
    assert "stay without key points" in found.warnings[1]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("content", [b"", b"nothing of the kind", b"[]", b"{}", b"\0" * 4096])
def test_what_holds_no_frames_is_refused_by_name(tmp_path: Path, form: str, content: bytes) -> None:
    source = archive_of(tmp_path, form, {})
    source.write_bytes(content)
    with pytest.raises(KeypointError, match=r"clip\."):
        read_openpose(source, 10)


def test_another_ending_is_refused_with_those_that_are_read(tmp_path: Path) -> None:
    (tmp_path / "clip.rar").write_bytes(b"Rar!")
    with pytest.raises(KeypointError, match=r"clip\.rar .* \.zip, \.tar, \.tar\.gz, \.tgz, \.json, \.jsonl"):
        read_openpose(tmp_path / "clip.rar", 1)


def test_other_files_in_a_tar_are_left_out_with_a_warning(tmp_path: Path) -> None:
    name = frame_file_name("clip", 0)
    files = {name: frame(person(300)), "notes.txt": b"x", f"._{name}": b"\0\5", f"../{name}": b"x"}
    (warning,) = read_openpose(tar_of(tmp_path / "clip.tar", files), 1).warnings
    assert "1 file of clip.tar was left out" in warning
    assert "notes.txt" in warning


def test_a_link_in_a_tar_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(frame(person(300)))
    with tarfile.open(tmp_path / "clip.tar", "w") as archive:
        entry = tarfile.TarInfo(frame_file_name("clip", 0))
        entry.type, entry.linkname = tarfile.SYMTYPE, str(tmp_path / "secret")
        archive.addfile(entry)
    with pytest.raises(KeypointError, match="no OpenPose frame files"):
        read_openpose(tmp_path / "clip.tar", 1)


@pytest.mark.parametrize("form", ["tar.gz", "jsonl"])
def test_a_frame_of_gigabytes_is_not_read(tmp_path: Path, form: str) -> None:
    source = archive_of(tmp_path, form, {0: frame(person(300)), 1: b" " * 2**24 + b"1", 2: frame(person(300))})
    found = read_openpose(source, 3)
    assert found.points.any(axis=(1, 2)).tolist() == [True, False, True]
    assert "larger than 8 MiB" in found.warnings[0]


def test_a_list_is_not_read_past_a_frame_of_gigabytes(tmp_path: Path) -> None:
    source = archive_of(tmp_path, "list.json", {0: frame(person(300)), 1: b"1" * 2**24, 2: frame(person(300))})
    found = read_openpose(source, 3)
    assert found.points.any(axis=(1, 2)).tolist() == [True, False, False]
    assert "larger than 8 MiB" in found.warnings[0]


@pytest.mark.parametrize(
    "key", ["clip_000000000001_keypoints.json", "clip_000000000001_keypoints", "000000000001", "1"]
)
def test_frames_are_named_by_file_or_number(tmp_path: Path, key: str) -> None:
    (tmp_path / "clip.json").write_bytes(b'{"%s": %s, "made_by": "me"}' % (key.encode(), frame(person(300))))
    found = read_openpose(tmp_path / "clip.json", 2)
    assert found.points.any(axis=(1, 2)).tolist() == [False, True]
    assert "made_by" in found.warnings[0]


def test_brackets_and_quotes_in_strings_part_no_frames(tmp_path: Path) -> None:
    odd = frame(person(300)).replace(b'"version"', rb'"note":"]}\"[{,\\","version"')
    (tmp_path / "clip.json").write_bytes(b"\xef\xbb\xbf\n[ " + odd + b" ,\n" + odd + b" ]")
    assert read_openpose(tmp_path / "clip.json", 2).points.any(axis=(1, 2)).all()


def test_an_empty_line_and_a_null_are_frames_without_key_points(tmp_path: Path) -> None:
    one = frame(person(300))
    (tmp_path / "clip.jsonl").write_bytes(one + b"\n\n" + one + b"\n")
    (tmp_path / "clip.json").write_bytes(b"[" + one + b",null," + one + b"]")
    for name in ("clip.jsonl", "clip.json"):
        assert read_openpose(tmp_path / name, 3).points.any(axis=(1, 2)).tolist() == [True, False, True]


def test_lines_in_a_file_called_json_are_read_as_lines(tmp_path: Path) -> None:
    (tmp_path / "clip.json").write_bytes(frame(person(300)) + b"\n" + frame(person(301)) + b"\n")
    assert read_openpose(tmp_path / "clip.json", 2).points.any(axis=(1, 2)).all()


def test_wrong_lengths_name_the_line(tmp_path: Path) -> None:
    bad = json.loads(frame(person(300)))
    bad["people"][0]["pose_keypoints_2d"] = [0.5] * 54
    (tmp_path / "clip.jsonl").write_bytes(frame(person(300)) + b"\n" + json.dumps(bad).encode() + b"\n")
    with pytest.raises(KeypointError, match=r"line 2 of clip\.jsonl has 54 numbers .*BODY_25"):
        read_openpose(tmp_path / "clip.jsonl", 2)


def test_a_long_list_is_read_across_its_blocks(tmp_path: Path) -> None:
    frames = {n: frame(person(300 + n)) for n in range(900)}
    source = archive_of(tmp_path, "list.json", frames)
    assert source.stat().st_size > 2 * 2**20
    found = read_openpose(source, 900)
    assert found.warnings == ()
    assert (found.points[:, 0, 0] == np.array([person(300 + n)[0, 0] for n in range(900)])).all()
