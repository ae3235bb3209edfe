"""Sets of key points in one `.npz` file, as `telltale import` and `telltale bench movements` read them.

Arrays of other shapes, types and values, damaged and cut files, pickles, sizes that are only promised, and small files that
unpack into large ones.
"""

import io
import json
import os
import random
import shutil
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy

from benchmarks.fuzz.fuzzer import Fuzzer
from benchmarks.fuzz.mutations import HOSTILE_NUMBERS, HOSTILE_TEXTS, damaged, deep_json, with_hostile_value
from benchmarks.movements.sets import read_folder
from core.errors import LONGEST_SENTENCE, TelltaleError
from core.pose.keypoint_sets import KeypointSet
from core.pose.picture_plane import PlaneSurvey
from core.pose.skeleton import JOINT_COUNT
from core.printable import printable
from core.progress import SilentProgress
from core.workspace import open_workspace
from db.engine import open_database
from labeling.ingest.import_study import import_study

_CLIPS, _FRAMES = 6, 12
_NAMES = ("points", "start", "clip", "subject", "label", "split", "fps", "meta")
_META = {"tasks": {"what": "before_colon", "how": "after_colon"}, "folds": 3, "metric": "accuracy", "kind": "waves"}
_DTYPES = ("<f2", "<f4", ">f4", "<f8", "<i1", "<u8", "<c16", "?", "<M8[s]", "<U3", "S3", "V8", "<f4,<i2")
_SHAPES = ((), (0,), (1,), (3, 0), (0, JOINT_COUNT, 3), (2, JOINT_COUNT, 5), (1,) * 20, (-1, JOINT_COUNT, 3))
_PROMISED = (10**6, 2**31, 2**40, 2**62, 10**30)
_FPS = (0.0, -1.0, -0.0, 7.5, 0.05, 1000.0, 1e9, 5e-324, np.nan, np.inf)
_UNPACKED_MIB, _CHECKED_MIB = (8, 64, 512, 3000), 100

Arrays = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Made:
    """`task`: asked for at an import."""

    path: Path
    imported: bool
    task: str | None


@dataclass(frozen=True, slots=True)
class _Prepared:
    arrays: Arrays
    study: Path


def _prepared(folder: Path) -> _Prepared:
    standing = np.random.default_rng(0).uniform(100, 400, (1, JOINT_COUNT, 3)).astype(np.float32)
    standing[..., 2] = 0.9
    points = standing + np.random.default_rng(1).normal(0, 2, (_CLIPS * _FRAMES, JOINT_COUNT, 1)).astype(np.float32)
    points[..., 2] = 0.9
    points[:, 25:] *= np.float32(0)
    arrays: Arrays = {
        "points": points,
        "start": np.arange(_CLIPS + 1) * _FRAMES,
        "clip": np.array([f"c{number}" for number in range(_CLIPS)]),
        "subject": np.array([f"p{number // 2}" for number in range(_CLIPS)]),
        "label": np.array([f"wave {number % 2}:well" for number in range(_CLIPS)]),
        "split": np.array(["train", "", "test"] * (_CLIPS // 3)),
        "fps": np.full(_CLIPS, 25.0),
        "meta": np.array(json.dumps(_META)),
    }
    study = folder / "study"
    open_database(open_workspace(study)).dispose()
    np.savez(folder / "valid.npz", **arrays)
    read_folder(folder)  # what it imports is loaded before the first input
    return _Prepared(arrays, study)


def _made(prepared: _Prepared, chance: random.Random, folder: Path) -> _Made:
    place = folder / "sets"
    place.mkdir()
    path = place / "set.npz"
    chance.choice(_WAYS)(prepared.arrays, chance, path)
    task = chance.choice((None, "what", "what", "how", chance.choice(HOSTILE_TEXTS)))
    return _Made(path, chance.random() < 0.4, task)


def _with_other_arrays(arrays: Arrays, chance: random.Random, path: Path) -> None:
    changed = dict(arrays)
    for _ in range(chance.choice((1, 1, 2, 3))):
        chance.choice(_CHANGES)(changed, chance)
    save = chance.choice((np.savez, np.savez_compressed))
    save(path, **changed)


def _with_damage(arrays: Arrays, chance: random.Random, path: Path) -> None:
    _with_other_arrays(arrays, chance, path) if chance.random() < 0.3 else np.savez(path, **arrays)
    path.write_bytes(damaged(path.read_bytes(), chance))


def _with_odd_members(arrays: Arrays, chance: random.Random, path: Path) -> None:
    """Members whose headers promise other sizes, or are none; names that are odd; other packings; many entries."""
    packed = chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
    target = chance.choice(sorted(arrays))
    with (
        warnings.catch_warnings(action="ignore"),
        zipfile.ZipFile(path, "w", packed) as archive,
    ):  # of names that occur twice
        for name, array in arrays.items():
            archive.writestr(f"{name}.npy", _member(array, chance) if name == target else _npy(array))
        for number in range(chance.choice((0, 0, 1, 3, 6000))):
            odd = chance.choice(("../points", "/etc/passwd", "a" * 200, "\u202egnp", "meta/meta", "points.npy"))
            archive.writestr(f"{odd}{number or ''}{chance.choice(('.npy', ''))}", b"", zipfile.ZIP_STORED)
    if chance.random() < 0.3:  # another number somewhere in the list of entries
        held = bytearray(path.read_bytes())
        at = held.find(b"PK\x01\x02") + chance.randrange(4, 46)
        held[at : at + 4] = struct.pack("<I", chance.choice((0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 12)))
        path.write_bytes(held)


def _npy(array: Any) -> bytes:
    written = io.BytesIO()
    np.save(written, array)
    return written.getvalue()


def _member(array: Any, chance: random.Random) -> bytes:
    whole = _npy(array)
    kind = chance.randrange(5)
    if kind == 0:
        return damaged(whole, chance)
    if kind == 1:
        return whole[: chance.randrange(len(whole))]
    if kind == 2:
        return _npy(np.array([{"a": 1}] * 3, dtype=object))
    described = {
        "descr": chance.choice(_DTYPES),
        "fortran_order": chance.random() < 0.2,
        "shape": (chance.choice(_PROMISED), *array.shape[1:]),
    }
    if kind == 3:
        described["shape"] = chance.choice(_SHAPES)
    text = repr(described).encode()
    text = chance.choice((text, text, b"(" * 5000 + text, b"__import__('os')", b"{" * 100, b"9" * 20_000))
    version = chance.choice((b"\x01\x00", b"\x02\x00", b"\x03\x00", b"\x09\x00"))
    length = struct.pack("<H", len(text)) if version == b"\x01\x00" else struct.pack("<I", len(text))
    return npy.MAGIC_PREFIX + version + length + text + np.asarray(array).tobytes()


def _that_unpacks(arrays: Arrays, chance: random.Random, path: Path) -> None:
    """Zeros, as many as one clip or many may have, or in an array that should be small."""
    name = chance.choice(("points", "points", "start", "label", "meta", "fps"))
    size = chance.choice(_UNPACKED_MIB) * 2**20
    dtype, row = {"points": ("<f8", JOINT_COUNT * 32), "label": ("<U4", 16), "meta": ("<U1", 4)}.get(name, ("<i8", 8))
    rows = size // row
    shape = (rows, JOINT_COUNT, 4) if name == "points" else (rows,)
    header = io.BytesIO()
    npy.write_array_header_1_0(header, {"descr": dtype, "fortran_order": False, "shape": shape})
    members = {
        key: _packed(_npy(array))
        for key, array in arrays.items()
        if key != name and not (key == "start" and name == "points")
    }
    members[name] = _packed(header.getvalue(), zeros=rows * row)
    if name == "points":
        cuts = sorted(chance.randrange(rows + 1) for _ in range(_CLIPS - 1))
        members["start"] = _packed(_npy(np.array([0, *cuts, rows])))
    _write_zip(path, members)


def _packed(beginning: bytes, zeros: int = 0) -> tuple[bytes, int, int]:
    """Deflated, with the size unpacked and the checksum; the zeros are packed once and repeated.

    The checksum of very many zeros is wrong, which shows only once they were read.
    """
    piece = bytes(2**20)
    packing = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packing.compress(beginning) + packing.flush(zlib.Z_FULL_FLUSH)
    again = zlib.compressobj(9, zlib.DEFLATED, -15)
    repeated = again.compress(piece) + again.flush(zlib.Z_FULL_FLUSH)
    packed += repeated * (zeros // len(piece))
    last = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed += last.compress(bytes(zeros % len(piece))) + last.flush()
    checksum = zlib.crc32(beginning)
    for _ in range(zeros // len(piece) if zeros < _CHECKED_MIB * 2**20 else 0):
        checksum = zlib.crc32(piece, checksum)
    return packed, len(beginning) + zeros, zlib.crc32(bytes(zeros % len(piece)), checksum)


def _write_zip(path: Path, members: dict[str, tuple[bytes, int, int]]) -> None:
    """A .zip of members that are packed already."""
    body, directory = bytearray(), bytearray()
    for name, (data, size, checksum) in members.items():
        called = f"{name}.npy".encode()
        told = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0, checksum, len(data), size, len(called), 0)
        directory += b"PK\x01\x02\x14\x00" + told + struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + called
        body += b"PK\x03\x04" + told + called + data
    end = struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(directory), len(body), 0)
    path.write_bytes(body + directory + b"PK\x05\x06" + end)


def _that_is_no_file(_arrays: Arrays, chance: random.Random, path: Path) -> None:
    kinds: Sequence[Callable[[], object]] = (
        path.mkdir,
        lambda: os.mkfifo(path),
        lambda: path.symlink_to("/dev/zero"),
        lambda: path.symlink_to(path),
        lambda: path.write_bytes(chance.choice((b"", b"PK\x03\x04", b"PK\x05\x06" + b"\xff" * 18, b"\x93NUMPY"))),
        lambda: path.write_bytes(chance.randbytes(2000)),
        lambda: _sparse(path),
    )
    chance.choice(kinds)()


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(2**38)


def _without_one(arrays: Arrays, chance: random.Random) -> None:
    if arrays:
        del arrays[chance.choice(sorted(arrays))]


def _of_other_form(arrays: Arrays, chance: random.Random) -> None:
    arrays[chance.choice(_NAMES)] = np.zeros(chance.choice(_SHAPES[:-1]), dtype=np.dtype(chance.choice(_DTYPES)))


def _of_other_type(arrays: Arrays, chance: random.Random) -> None:
    name = chance.choice(("points", "start", "fps"))
    if name in arrays and arrays[name].dtype.kind in "fiu":
        with warnings.catch_warnings(action="ignore"):  # of what is no number there
            arrays[name] = arrays[name].astype(chance.choice(_DTYPES[:8]))


def _as_pickle(arrays: Arrays, chance: random.Random) -> None:
    name = chance.choice(_NAMES)
    arrays[name] = np.array([chance.choice(({}, None, "a", b"a", [1]))] * chance.choice((1, _CLIPS)), dtype=object)


def _with_odd_points(arrays: Arrays, chance: random.Random) -> None:
    points = arrays.get("points")
    if points is None or points.dtype.kind != "f" or points.ndim != 3 or not points.size:
        return
    points = points.astype(np.float64)
    share = chance.choice((0.001, 0.02, 0.5, 1.0))
    hit = np.random.default_rng(chance.randrange(2**31)).random(points.shape) < share
    points[hit] = chance.choice((0.0, -1.0, 2.0, 7.0, 1e6, 3e38, 1e39, 1e308, 5e-324, np.nan, np.inf, -np.inf))
    unit = chance.choice((1, 1, 1e-3, 1e-30, 1e30, -1, 1e6))
    with np.errstate(all="ignore"):
        points[..., :2] *= unit
        arrays["points"] = points.astype(chance.choice(("<f4", "<f8", ">f8", "<f2")))


def _in_depth(arrays: Arrays, _chance: random.Random) -> None:
    points = arrays.get("points")
    if points is not None and points.dtype.kind == "f" and points.ndim == 3 and points.shape[-1] == 3:
        arrays["points"] = np.insert(points, 2, 3.0, axis=2)


def _with_odd_starts(arrays: Arrays, chance: random.Random) -> None:
    end = _CLIPS * _FRAMES
    starts = (
        np.arange(_CLIPS + 1)[::-1] * _FRAMES,
        np.array([0, 0, 0, 0, 0, 0, end]),
        np.array([0, -5, 3, 3, 9, 80, end]),
        np.array([0, 2**62, 2**63 - 1, 5, 6, 7, end]),
        np.array([0, *[2**64 - 1] * 5, end], dtype=np.uint64),
        np.array([0, end]),
        np.array([0]),
        np.array([], dtype=np.int64),
        np.array([0.5, 3, np.nan]),
        np.zeros(250_003, dtype=np.int64),
        np.array([*[0] * 100_000, end]),
        np.array([True] * (_CLIPS + 1)),
    )
    arrays["start"] = chance.choice(starts)


def _with_odd_fps(arrays: Arrays, chance: random.Random) -> None:
    value = chance.choice(_FPS)
    shapes = (np.full(_CLIPS, value), np.array(value), np.array([value]), np.array([25.0] * (_CLIPS - 1) + [value]))
    arrays["fps"] = chance.choice(shapes)


def _with_odd_names(arrays: Arrays, chance: random.Random) -> None:
    name = chance.choice(("clip", "subject", "label", "split"))
    texts = [chance.choice(HOSTILE_TEXTS) for _ in range(_CLIPS)]
    odd: Sequence[Callable[[], Any]] = (
        lambda: np.array([text[:2000] for text in texts]),
        lambda: np.array([texts[0]] * _CLIPS),
        lambda: np.array([f"a{number}" for number in range(400)]),
        lambda: np.array([b"\xff\xfe", b"\xc3", b"a", b"", b"\0a", b"\xed\xa0\x80"]),
        lambda: np.full(_CLIPS, 0x110000, dtype="<u4").view("<U1"),
        lambda: np.full(_CLIPS, 0xFFFFFFFF, dtype="<u4").view("<U1"),
        lambda: np.array(["\ud800", "\udfff", "a\0b", "\0", " ", ":"]),
        lambda: np.arange(_CLIPS) * 2**40,
        lambda: np.array(["x" * 3_000_000] * _CLIPS),
        lambda: np.array([f"{text[:20]}:{text[:20]}" for text in texts]),
    )
    arrays[name] = chance.choice(odd)()


def _with_many_labels(arrays: Arrays, chance: random.Random) -> None:
    """A clip of one frame a label, of eight people."""
    count = chance.choice((13, 400, 1000))
    numbers = range(count)
    arrays |= {
        "points": np.random.default_rng(count).uniform(0.1, 1, (count, JOINT_COUNT, 3)).astype(np.float32),
        "start": np.arange(count + 1),
        "clip": np.array([f"c{number}" for number in numbers]),
        "subject": np.array([f"p{number % 8}" for number in numbers]),
        "label": np.array([f"word {number % chance.choice((400, count))}" for number in numbers]),
        "split": np.array([chance.choice(("train", "test", "")) for _ in numbers]),
        "fps": np.full(count, 25.0),
    }
    arrays["meta"] = np.array(json.dumps({"split": "given"} if chance.random() < 0.3 else {}))


def _with_odd_meta(arrays: Arrays, chance: random.Random) -> None:
    odd: Sequence[Callable[[], Any]] = (
        lambda: json.dumps(with_hostile_value(_META, chance, times=chance.choice((1, 3)))),
        lambda: json.dumps({**_META, "split": "given"}),
        lambda: json.dumps({**_META, "folds": chance.choice(HOSTILE_NUMBERS)}),
        lambda: json.dumps({**_META, "metric": with_hostile_value("accuracy", chance)}),
        lambda: json.dumps({**_META, "tasks": dict.fromkeys(HOSTILE_TEXTS[:5], "label")}),
        lambda: json.dumps({**_META, "tasks": {f"t{number}": "label" for number in range(300)}}),
        lambda: deep_json(chance).decode(),
        lambda: '{"tasks": {"\\ud800": "label"}}',
        lambda: '{"tasks": {"a": "label", "a": "before_colon"}}',
        lambda: damaged(json.dumps(_META).encode(), chance).decode("latin-1"),
        lambda: chance.choice(("", "null", "[]", "1", "NaN", "{", '"a"', "\ud800", "9" * 5000)),
        lambda: json.dumps(_META).encode(),
        lambda: [json.dumps(_META)] * 2,
    )
    arrays["meta"] = np.array(chance.choice(odd)())


_CHANGES: Sequence[Callable[[Arrays, random.Random], None]] = (
    _without_one,
    _of_other_form,
    _of_other_type,
    _as_pickle,
    _with_odd_points,
    _with_odd_points,
    _in_depth,
    _with_odd_starts,
    _with_odd_fps,
    _with_odd_names,
    _with_odd_names,
    _with_many_labels,
    _with_odd_meta,
    _with_odd_meta,
)
_WAYS: Sequence[Callable[[Arrays, random.Random, Path], None]] = (
    *[_with_other_arrays] * 12,
    *[_with_damage] * 3,
    *[_with_odd_members] * 3,
    _that_unpacks,
    _that_is_no_file,
)


def _fed(prepared: _Prepared, made: _Made) -> None:
    """Raises AssertionError where points were taken that are none, or a sentence is not whole."""
    if made.imported:
        _import(prepared, made)
        return
    _check_bench(made.path)
    _check_points(made)


def _check_bench(path: Path) -> None:
    tasks, told = read_folder(path.parent)
    for task in tasks:
        assert len(task.clips.tracks) == len(task.clips.labels) == len(task.clips.subjects)
        assert all(set(training).isdisjoint(test) for training, test in task.fits)
        assert task.title == printable(task.title)
    _check_sentences(told)


def _check_points(made: _Made) -> None:
    with KeypointSet(made.path) as found:
        survey = PlaneSurvey()
        for points in found.points():
            if points is not None:
                survey.add(points)
        survey.confidences.refuse_others(found.name)
        plane = survey.plane()
        _check_sentences(plane.sentences(found.name))
        for clip, points in zip(found.of_task(made.task), found.points(), strict=True):
            if points is None:
                _check_sentences([str(found.too_long(clip))])
                continue
            placed = plane.placed(points).points
            assert placed.shape == (clip.frames, JOINT_COUNT, 3)
            assert np.isfinite(placed).all()
            assert ((placed[..., 2] >= 0) & (placed[..., 2] <= 1)).all()
            assert not placed[placed[..., 2] == 0].any()


def _import(prepared: _Prepared, made: _Made) -> None:
    root = made.path.parent.parent / "study"
    shutil.copytree(prepared.study, root)
    workspace = open_workspace(root)
    database = open_database(workspace)
    try:
        report = import_study(
            workspace, database, made.path, task=made.task, labels_from_data=True, progress=SilentProgress()
        )
    finally:
        database.dispose()
    _check_sentences([*report.refused, *report.warnings, *report.notes])
    if report.refused and not report.imported:
        raise TelltaleError(report.refused[0])


def _check_sentences(told: Sequence[str]) -> None:
    for one in told:
        assert one.endswith((".", "?")), one
        assert one == printable(one, LONGEST_SENTENCE), one


FUZZER = Fuzzer("keypoint_sets", _prepared, _made, _fed)
