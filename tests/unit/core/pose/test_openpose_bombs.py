"""Key points that somebody made to fill memory, never to end, or to lead out of their folder: refused in one sentence."""

import gzip
import io
import json
import os
import socket
import tarfile
import tracemalloc
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from core.errors import KeypointError
from core.pose.openpose import limits
from core.pose.openpose.clip import frame_file_name, read_openpose, write_openpose_frame

ZEROS = b"\0" * 2**20


def frame(*xs: float) -> bytes:
    """People at these x px."""
    people = np.full((len(xs), 137, 3), 0.5, dtype=np.float32)
    people[..., :2] = np.random.default_rng(0).uniform(-50, 50, (137, 2)) + 200
    people[..., 0] += np.array(xs, dtype=np.float32)[:, None]
    return write_openpose_frame(people)


def zip_of(path: Path, *frames: bytes, packed: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", packed) as archive:
        for number, data in enumerate(frames):
            archive.writestr(frame_file_name("clip", number), data)
    return path


@contextmanager
def at_most(mebibytes: float) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < mebibytes * 2**20
    finally:
        tracemalloc.stop()


def test_a_frame_of_millions_of_people_is_lost_alone(tmp_path: Path) -> None:
    crowd = b'{"people":[{"pose_keypoints_2d":[]}' + b",{}" * 300_000 + b"]}"
    with at_most(200):
        found = read_openpose(zip_of(tmp_path / "clip.zip", frame(300), crowd, packed=zipfile.ZIP_STORED), 2)
    assert found.points.any(axis=(1, 2)).tolist() == [True, False]
    assert "it has 300,001 people, and at most 1,000 are read" in found.warnings[0]


def test_a_frame_packed_as_no_frame_can_be_is_not_unpacked(tmp_path: Path) -> None:
    bomb = b'{"people":[' + b",".join([b"{}"] * 500_000) + b"]}"
    found = read_openpose(zip_of(tmp_path / "clip.zip", frame(300), bomb), 2)
    assert "bytes, as no frame can be" in found.warnings[0]


def test_brackets_without_an_end_are_given_up(tmp_path: Path) -> None:
    (tmp_path / "clip.json").write_bytes(b"[" * 2**18)
    with pytest.raises(KeypointError, match=r"clip\.json has no OpenPose frames.*more than 64 deep"):
        read_openpose(tmp_path / "clip.json", 10)


def test_brackets_without_an_end_lose_nothing_that_came_before(tmp_path: Path) -> None:
    (tmp_path / "clip.json").write_bytes(b"[" + frame(300) + b"," + b"[" * 2**18)
    found = read_openpose(tmp_path / "clip.json", 2)
    assert found.points.any(axis=(1, 2)).tolist() == [True, False]
    assert "could not be read to its end: its brackets are more than 64 deep" in found.warnings[0]


def test_a_frame_of_brackets_without_number_is_given_up(tmp_path: Path) -> None:
    (tmp_path / "clip.json").write_bytes(b"[" + frame(300) + b",[" + b"[]," * 120_000 + b"1]]")
    found = read_openpose(tmp_path / "clip.json", 2)
    assert "a frame of more than 100,000 brackets and texts" in found.warnings[0]


def test_a_tar_that_unpacks_to_gigabytes_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_BYTES", 2**20)
    with gzip.open(tmp_path / "clip.tar.gz", "wb", compresslevel=1) as packed:
        header = tarfile.TarInfo("notes.bin")
        header.size = 64 * 2**20
        packed.write(header.tobuf())
        for _ in range(8):
            packed.write(ZEROS)
    with pytest.raises(
        KeypointError, match=r"clip\.tar\.gz are refused: it unpacks to more than .* of this video can be"
    ):
        read_openpose(tmp_path / "clip.tar.gz", 1)


def test_a_name_of_gigabytes_in_a_tar_is_not_read(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "clip.tar.gz", "wb", compresslevel=1) as packed:
        header = tarfile.TarInfo("././@LongLink")
        header.type, header.size = tarfile.GNUTYPE_LONGNAME, 2**33
        packed.write(header.tobuf(tarfile.GNU_FORMAT))
        for _ in range(48):
            packed.write(ZEROS)
    with at_most(32), pytest.raises(KeypointError, match="an entry's name or header is larger than any can be"):
        read_openpose(tmp_path / "clip.tar.gz", 1)


@pytest.mark.parametrize("packed", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_way_of_packing_without_a_bound_is_not_unpacked(tmp_path: Path, packed: int) -> None:
    with pytest.raises(KeypointError, match="packed in a way that cannot be read"):
        read_openpose(zip_of(tmp_path / "clip.zip", frame(300), packed=packed), 1)


def test_a_zip_of_millions_of_entries_is_not_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.pose.openpose.archives._LEAST_DIRECTORY_BYTES", 1000)
    source = zip_of(tmp_path / "clip.zip", *[frame(300)] * 200)
    with pytest.raises(KeypointError, match="more entries than key points of this video can have"):
        read_openpose(source, 2)


def test_too_many_other_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_OTHERS", 1)
    for number in range(9):
        (tmp_path / f"{number}.txt").touch()
    with pytest.raises(KeypointError, match="it holds more files that are no frames than"):
        read_openpose(tmp_path, 1)


def test_reading_that_never_ends_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_SECONDS", 0.0)
    monkeypatch.setattr(limits, "_SECONDS_A_FRAME", 0.0)
    source = zip_of(tmp_path / "clip.zip", *[frame(*range(0, 3000, 100))] * 20, packed=zipfile.ZIP_STORED)
    with pytest.raises(KeypointError, match="reading it takes longer than key points of this video can"):
        read_openpose(source, 20)


def test_of_a_crowd_the_largest_are_followed(tmp_path: Path) -> None:
    crowd = json.loads(frame(*[1000.0] * 60))["people"]
    for person in crowd:  # a tenth of the size
        numbers = np.array(person["pose_keypoints_2d"]).reshape(25, 3)
        numbers[:, :2] = 1000 + (numbers[:, :2] - 1000) / 10
        person.update(pose_keypoints_2d=numbers.ravel().tolist(), face_keypoints_2d=[])
    main = json.loads(frame(300))["people"]
    data = json.dumps({"people": crowd[:40] + main + crowd[40:]}).encode()
    found = read_openpose(zip_of(tmp_path / "clip.zip", *[data] * 3, packed=zipfile.ZIP_STORED), 3)
    assert (found.points == read_openpose(zip_of(tmp_path / "main.zip", *[frame(300)] * 3), 3).points).all()
    assert "up to 61 people" in found.warnings[0]


@pytest.mark.parametrize("kind", ["fifo", "socket", "device"])
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
def test_what_is_no_file_in_the_folder_is_not_opened(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / frame_file_name("clip", 0)).write_bytes(frame(300))
    odd = tmp_path / frame_file_name("clip", 1)
    if kind == "fifo":
        os.mkfifo(odd)
    elif kind == "device":
        odd.symlink_to("/dev/zero")
    else:
        monkeypatch.chdir(tmp_path)  # a path of a socket has at most 107 characters
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(odd.name)
    found = read_openpose(tmp_path, 2)
    assert found.points.any(axis=(1, 2)).tolist() == [True, False]
    assert f"{odd.name}: it" in found.warnings[0]


@pytest.mark.parametrize("name", ["clip.zip", "clip.tar.gz", "clip.json", "clip.jsonl"])
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
def test_a_fifo_called_like_an_archive_is_refused(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(KeypointError, match=r"cannot be read: it is a FIFO, not a file\."):
        read_openpose(tmp_path / name, 1)


def test_a_link_within_the_folder_is_followed_and_one_out_of_it_is_not(tmp_path: Path) -> None:
    study, elsewhere = tmp_path / "study", tmp_path / "elsewhere.json"
    (study / "clip").mkdir(parents=True)
    (study / "kept.json").write_bytes(frame(300))
    elsewhere.write_bytes(frame(300))
    (study / "clip" / frame_file_name("clip", 0)).symlink_to("../kept.json")
    (study / "clip" / frame_file_name("clip", 1)).symlink_to(elsewhere)
    found = read_openpose(study / "clip", 2, within=study)
    assert found.points.any(axis=(1, 2)).tolist() == [True, False]
    assert "it lies outside the folder" in found.warnings[0]


@pytest.mark.parametrize("name", ["clip", "clip.zip"])
def test_key_points_that_are_a_link_out_of_the_folder_are_refused(tmp_path: Path, name: str) -> None:
    study = tmp_path / "study"
    study.mkdir()
    (tmp_path / "clip").mkdir()
    (tmp_path / "clip" / frame_file_name("clip", 0)).write_bytes(frame(300))
    zip_of(tmp_path / "clip.zip", frame(300))
    (study / name).symlink_to(tmp_path / name)
    with pytest.raises(KeypointError, match="cannot be read: it lies outside the folder"):
        read_openpose(study / name, 1, within=study)


def test_a_gzip_in_many_parts_is_read_through(tmp_path: Path) -> None:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        for number in range(30):
            entry = tarfile.TarInfo(frame_file_name("clip", number))
            entry.size = len(frame(300))
            archive.addfile(entry, io.BytesIO(frame(300)))
    data = plain.getvalue()
    parts = (gzip.compress(data[start : start + 10_000]) for start in range(0, len(data), 10_000))
    (tmp_path / "clip.tgz").write_bytes(b"".join(parts))
    found = read_openpose(tmp_path / "clip.tgz", 30)
    assert found.warnings == ()
    assert found.points.any(axis=(1, 2)).all()


def test_a_tar_cut_in_its_first_frame_is_a_sentence(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "clip.tar", "w") as archive:
        entry = tarfile.TarInfo(frame_file_name("clip", 0))
        entry.size = 600
        archive.addfile(entry, io.BytesIO(b" " * 600))
    (tmp_path / "clip.tar").write_bytes((tmp_path / "clip.tar").read_bytes()[:900])
    with pytest.raises(KeypointError, match=r"none of the 1 frame files of .* can be read: it is cut"):
        read_openpose(tmp_path / "clip.tar", 1)


def test_an_entry_without_a_name_is_left_out(tmp_path: Path) -> None:
    source = zip_of(tmp_path / "clip.zip", frame(300))
    with zipfile.ZipFile(source, "a") as archive:
        archive.writestr("x", b"")
    data = bytearray(source.read_bytes())
    at = data.rfind(b"PK\x01\x02")
    data[at + 28 : at + 30] = b"\0\0"  # the length of its name
    data[at + 30 : at + 32] = b"\1\0"
    source.write_bytes(data)
    assert read_openpose(source, 1).points.any()
