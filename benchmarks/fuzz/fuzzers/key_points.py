"""Key points of a clip in every form that is read: frames of other values, damaged archives, odd files in the folder."""

import gzip
import io
import json
import os
import random
import struct
import tarfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.fuzz.fuzzer import Fuzzer
from benchmarks.fuzz.mutations import damaged, deep_json, with_hostile_value
from core.errors import LONGEST_SENTENCE
from core.pose.openpose.clip import OpenPoseImport, frame_file_name, read_openpose, write_openpose_frame
from core.pose.skeleton import JOINT_COUNT
from core.printable import printable

FRAMES = 12
_MAX_PLACE_PX = 100_000
_FORMS = ("folder", "zip", "tar", "tar.gz", "list.json", "named.json", "jsonl")
_NAMES = (
    "clip_000000000003_keypoints.json",
    "../clip_000000000004_keypoints.json",
    "clip_9_keypoints.json",
    "\ud800.json",
    "a" * 200,
)


def _frames(_folder: Path) -> list[dict[str, Any]]:
    random_points = np.random.default_rng(0)
    found = []
    for number in range(FRAMES):
        people = np.full((1 + number % 3, JOINT_COUNT, 3), 0.5, dtype=np.float32)
        people[..., :2] = random_points.uniform(100, 900, (len(people), JOINT_COUNT, 2)).round(1)
        found.append(json.loads(write_openpose_frame(people)))
    return found


def _made(frames: list[dict[str, Any]], chance: random.Random, folder: Path) -> Path:
    written = {number: _written(frame, chance) for number, frame in enumerate(frames)}
    for _ in range(chance.choice((0, 0, 1, 3))):
        written[chance.choice((0, 5, 11, 12, 10**11))] = _written(chance.choice(frames), chance)
    form = chance.choice(_FORMS)
    path = _PACK[form](folder, {frame_file_name("clip", number): data for number, data in written.items()}, chance)
    if path.is_file() and chance.random() < 0.5:
        path.write_bytes(damaged(path.read_bytes(), chance))
    return path


def _written(frame: dict[str, Any], chance: random.Random) -> bytes:
    kind = chance.random()
    if kind < 0.8:
        return json.dumps(frame).encode()
    if kind < 0.9:
        return json.dumps(with_hostile_value(frame, chance, times=chance.choice((1, 3)))).encode()
    if kind < 0.97:
        return damaged(json.dumps(frame).encode(), chance)
    return deep_json(chance)


def _folder(folder: Path, files: Mapping[str, bytes], chance: random.Random) -> Path:
    place = folder / "clip"
    place.mkdir()
    for name, data in files.items():
        (place / name).write_bytes(data)
    odd: Sequence[Callable[[Path], object]] = (
        os.mkfifo,
        lambda path: path.symlink_to("/dev/zero"),
        lambda path: path.symlink_to("/etc/passwd"),
        lambda path: path.symlink_to(path),
        lambda path: path.symlink_to(place, target_is_directory=True),
        Path.mkdir,
        lambda path: Path(f"{path}".replace("clip_", os.fsdecode(b"\xff_"))).touch(),
    )
    for number in chance.sample(range(FRAMES), chance.choice((0, 1, 4))):
        path = place / frame_file_name("clip", number)
        path.unlink()
        chance.choice(odd)(path)
    return place


def _zip(folder: Path, files: Mapping[str, bytes], chance: random.Random) -> Path:
    path = folder / "clip.zip"
    packed = chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
    with zipfile.ZipFile(path, "w", packed) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        for name in chance.sample(_NAMES[:3], chance.choice((0, 0, 1))):
            archive.writestr(name, b"{}")
    if chance.random() < 0.3:  # another number somewhere in the list of entries
        held = bytearray(path.read_bytes())
        at = held.find(b"PK\x01\x02") + chance.randrange(4, 46)
        held[at : at + 4] = struct.pack("<I", chance.choice((0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 12)))
        path.write_bytes(held)
    return path


def _tar(suffix: str) -> Callable[[Path, Mapping[str, bytes], random.Random], Path]:
    def packed(folder: Path, files: Mapping[str, bytes], chance: random.Random) -> Path:
        path = folder / f"clip.{suffix}"
        how = chance.choice((tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT))
        written = io.BytesIO()
        with tarfile.open(fileobj=written, mode="w", format=how, errors="surrogateescape") as archive:
            for name, data in files.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                if chance.random() < 0.05:
                    entry.type = chance.choice(
                        (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE)
                    )
                    entry.linkname = "/etc/passwd"
                if how == tarfile.PAX_FORMAT and chance.random() < 0.1:
                    entry.pax_headers = {
                        chance.choice(
                            ("size", "GNU.sparse.size", "GNU.sparse.major", "path", "mtime", "hdrcharset")
                        ): chance.choice(("9" * 30, "-1", "1", "x" * 5000, "BINARY"))
                    }
                archive.addfile(entry, io.BytesIO(data))
        held = bytearray(written.getvalue())
        if chance.random() < 0.3:  # another number in the header of some entry, with its checksum made right
            at = 512 * chance.randrange(len(held) // 512)
            held[at + 124 : at + 136] = chance.choice(
                (b"77777777777\0", b"\x80" + b"\xff" * 11, b"-0000000001\0", b"\0" * 12)
            )
            total = sum(held[at : at + 148]) + 8 * 32 + sum(held[at + 156 : at + 512])
            held[at + 148 : at + 156] = b"%06o\0 " % (total % 8**6)
        packing = _gzipped(bytes(held), chance) if suffix != "tar" else bytes(held)
        path.write_bytes(packing)
        return path

    return packed


def _gzipped(data: bytes, chance: random.Random) -> bytes:
    cut = chance.randrange(len(data))
    if chance.random() < 0.3:
        return gzip.compress(data[:cut], 1) + gzip.compress(data[cut:], 1)
    return gzip.compress(data, 1)


def _list(folder: Path, files: Mapping[str, bytes], _chance: random.Random) -> Path:
    (folder / "clip.json").write_bytes(b"[" + b",".join(files.values()) + b"]")
    return folder / "clip.json"


def _named(folder: Path, files: Mapping[str, bytes], chance: random.Random) -> Path:
    names = [json.dumps(chance.choice(_NAMES)) if chance.random() < 0.05 else f'"{name}"' for name in files]
    parts = (name.encode() + b":" + data for name, data in zip(names, files.values(), strict=True))
    (folder / "clip.json").write_bytes(b"{" + b",".join(parts) + b"}")
    return folder / "clip.json"


def _lines(folder: Path, files: Mapping[str, bytes], _chance: random.Random) -> Path:
    (folder / "clip.jsonl").write_bytes(b"\n".join(files.values()))
    return folder / "clip.jsonl"


_PACK: Mapping[str, Callable[[Path, Mapping[str, bytes], random.Random], Path]] = {
    "folder": _folder,
    "zip": _zip,
    "tar": _tar("tar"),
    "tar.gz": _tar("tar.gz"),
    "list.json": _list,
    "named.json": _named,
    "jsonl": _lines,
}


def checked(found: OpenPoseImport, frame_count: int) -> None:
    """Raises AssertionError where the points are none, or a warning is no sentence."""
    assert found.points.shape == (frame_count, JOINT_COUNT, 3)
    assert np.isfinite(found.points).all()
    assert (np.abs(found.points[..., :2]) <= _MAX_PLACE_PX).all()
    assert ((found.points[..., 2] >= 0) & (found.points[..., 2] <= 1)).all()
    assert (found.points[found.points[..., 2] == 0] == 0).all()
    assert all(warning.endswith(".") and warning == printable(warning, LONGEST_SENTENCE) for warning in found.warnings)


def _read(_frames: list[dict[str, Any]], path: Path) -> None:
    checked(read_openpose(path, FRAMES), FRAMES)


FUZZER = Fuzzer("key_points", _frames, _made, _read)
