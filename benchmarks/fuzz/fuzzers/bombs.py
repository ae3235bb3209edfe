"""Small files that unpack or grow into large ones: archives of key points, JSON, transcripts, tables, safetensors."""

import gzip
import json
import random
import struct
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.fuzz.fuzzer import Fuzzer
from benchmarks.fuzz.fuzzers.key_points import checked
from core.errors import InputError
from core.feature_store import FeatureStore
from core.json_files import read_json
from core.pose.openpose.clip import frame_file_name, read_openpose, write_openpose_frame
from core.settings.loader import Settings
from core.types.features import FeatureKind
from labeling.ingest.clip_table import read_clip_table
from labeling.ingest.cohort_truth import read_cohort_folder
from labeling.ingest.transcripts import read_transcript

_FRAMES = 40
_ZEROS = b"\0" * 2**20
_MEBIBYTES = (1, 8, 40, 300)

Made = tuple[Callable[[Path], object], Path]


def _keypoints(path: Path) -> None:
    checked(read_openpose(path, _FRAMES), _FRAMES)


def _people(chance: random.Random) -> bytes:
    """A frame of very many people, or of very many numbers."""
    inner = chance.choice((b"{}", b'{"pose_keypoints_2d":[]}', b'{"person_id":[-1]}', b"[]", b"null", b"1", b'""'))
    first = b'{"pose_keypoints_2d":[]},' if chance.random() < 0.5 else b""
    return b'{"people":[' + first + b",".join([inner] * chance.choice((999, 1001, 100_000, 2**20))) + b"]}"


def _crowd(chance: random.Random, count: int) -> bytes:
    people = np.full((count, 137, 3), 0.5, dtype=np.float32)
    people[..., :2] = np.random.default_rng(chance.randrange(2**31)).uniform(0, 4000, (count, 137, 2)).round()
    return write_openpose_frame(people)


def _zip_of_people(chance: random.Random, folder: Path) -> Made:
    path = folder / "clip.zip"
    data, packed = _people(chance), chance.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
    with zipfile.ZipFile(path, "w", packed, compresslevel=1) as archive:
        for number in range(chance.choice((1, 3))):
            archive.writestr(frame_file_name("clip", number), data)
    return _keypoints, path


def _zip_of_crowds(chance: random.Random, folder: Path) -> Made:
    """People who jump about, so that none is the person of the frame before."""
    path, count = folder / "clip.zip", chance.choice((33, 200, 900))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for number in range(min(_FRAMES, 4000 // count)):
            archive.writestr(frame_file_name("clip", number), _crowd(chance, count))
    return _keypoints, path


def _zip_of_entries(chance: random.Random, folder: Path) -> Made:
    path = folder / "clip.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(chance.choice((1000, 40_000))):
            archive.writestr(frame_file_name("clip", number) if chance.random() < 0.1 else f"{number}.txt", b"")
    return _keypoints, path


def _zip_that_overlaps(chance: random.Random, folder: Path) -> Made:
    """All entries of the list are of the same packed bytes."""
    path = folder / "clip.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(frame_file_name("clip", 0), b" " * 2**20)
    data = path.read_bytes()
    at, end = data.find(b"PK\x01\x02"), data.find(b"PK\x05\x06")
    count = chance.choice((30, 5000, 60_000))
    directory = b"".join(data[at:end].replace(b"_000000000000_", b"_%012d_" % number) for number in range(count))
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(directory), at, 0)
    path.write_bytes(data[:at] + directory + tail)
    return _keypoints, path


def _tar_of_zeros(chance: random.Random, folder: Path) -> Made:
    path = folder / "clip.tar.gz"
    entry = tarfile.TarInfo(chance.choice((frame_file_name("clip", 0), "film.bin", "././@LongLink", "././@PaxHeader")))
    entry.size = chance.choice((0, 2**20, 2**33, 2**34))
    entry.type = chance.choice((tarfile.REGTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.GNUTYPE_SPARSE))
    with gzip.open(path, "wb", compresslevel=1) as packed:
        packed.write(entry.tobuf(tarfile.GNU_FORMAT))
        for _ in range(chance.choice(_MEBIBYTES)):
            packed.write(_ZEROS)
    return _keypoints, path


def _tar_of_entries(chance: random.Random, folder: Path) -> Made:
    path = folder / "clip.tar.gz"
    kind = chance.choice((tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.DIRTYPE))
    entry = tarfile.TarInfo(chance.choice(("x", ".x", "a" * 90)))
    entry.type = kind
    block = entry.tobuf(tarfile.USTAR_FORMAT)[:512]
    with gzip.open(path, "wb", compresslevel=1) as packed:
        packed.write(block * chance.choice((1000, 200_000, 500_000)))
    return _keypoints, path


def _gzip_of_parts(chance: random.Random, folder: Path) -> Made:
    path = folder / "clip.tgz"
    empty = gzip.compress(b"")
    path.write_bytes(empty * chance.choice((100, 300_000)))
    return _keypoints, path


def _brackets(chance: random.Random, folder: Path) -> Made:
    path = folder / chance.choice(("clip.json", "clip.jsonl"))
    unit = chance.choice(
        (
            b"[",
            b'{"a":',
            b'[{"people":',
            b'["',
            b'"',
            b'\\"',
            b"[]",
            b"[],",
            b"{},",
            b"\n",
            b" ",
            b",",
            b"[[],",
            b"null\n",
        )
    )
    beginning = chance.choice((b"", b"[", b'{"1":', b'["'))
    path.write_bytes(beginning + unit * (chance.choice((1, 8, 30)) * 2**20 // len(unit)))
    return _keypoints, path


def _sparse(chance: random.Random, folder: Path) -> Made:
    """Files of gigabytes that take no room."""
    reads: Sequence[tuple[str, Callable[[Path], object]]] = (
        ("a.txt", read_transcript),
        ("a.srt", read_transcript),
        ("clips.csv", lambda path: read_clip_table(path, Settings().taxonomy)),
        ("cohort.json", lambda path: read_cohort_folder(path, Settings().taxonomy)),
        ("config.json", lambda path: read_json(path, dict, raises=InputError, remedy="make it again")),
        *((f"clip{suffix}", _keypoints) for suffix in (".zip", ".tar", ".tar.gz", ".json", ".jsonl")),
    )
    name, read = chance.choice(reads)
    beginning = chance.choice((b"", b"[", b"{", b"\x1f\x8b\x08\0", b"PK\x03\x04", b"a,b\n"))
    with (folder / name).open("wb") as file:
        file.write(beginning)
        file.truncate(chance.choice((2**26, 2**32, 2**38)))
    return read, folder / name


def _sparse_features(chance: random.Random, folder: Path) -> Made:
    path = folder / "image" / "1.safetensors"
    path.parent.mkdir()
    rows = chance.choice((2**20, 2**30, 2**33, 2**62))
    size = 4 * rows if rows < 2**40 else 2**40
    metadata = {"format": "telltale-features-1", "kind": "image", "clip_id": "1"}
    metadata |= {f"producer_{part}": "a" for part in ("name", "version", "settings_digest")}
    entry = {"dtype": "F32", "shape": [rows], "data_offsets": [0, size]}
    header = json.dumps({"__metadata__": metadata, "features": entry}).encode()
    length = chance.choice((len(header), len(header), 2**26, 2**40, 2**64 - 1))
    with path.open("wb") as file:
        file.write(struct.pack("<Q", length) + header)
        file.truncate(8 + len(header) + size)

    def read(store: Path) -> None:
        with FeatureStore(store).open(1, FeatureKind.IMAGE) as found:
            found.read("features", dimensions=2)

    return read, folder


def _json_of_depth(chance: random.Random, folder: Path) -> Made:
    path = folder / "cohort.json"
    unit = chance.choice((b"[", b'{"simulated":true,"clips":', b'{"a":'))
    closing = chance.choice((b"", b"1" * 2**20, b'"' + b"\\u0000" * 2**20, b"1e" + b"9" * 2**20))
    path.write_bytes(unit * chance.choice((1, 100, 2**20)) + closing)
    return lambda made: read_cohort_folder(made, Settings().taxonomy), path


_BOMBS: Sequence[Callable[[random.Random, Path], Made]] = (
    _zip_of_people,
    _zip_of_crowds,
    _zip_of_entries,
    _zip_that_overlaps,
    _tar_of_zeros,
    _tar_of_entries,
    _gzip_of_parts,
    _brackets,
    _sparse,
    _sparse_features,
    _json_of_depth,
)


def _made(_nothing: None, chance: random.Random, folder: Path) -> Made:
    return chance.choice(_BOMBS)(chance, folder)


def _fed(_nothing: None, made: Made) -> None:
    read, path = made
    read(path)


FUZZER = Fuzzer("bombs", lambda _folder: None, _made, _fed)
