"""Archives of NumPy arrays from outside: headers are checked, memory is taken only for what is there."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from numpy.lib import format as npy

from core import numpy_files
from core.errors import InputError
from core.numpy_files import NumpyArchive, in_bytes


def member(shape: tuple[int, ...], data: bytes) -> bytes:
    """A .npy file whose header promises float32 of this shape."""
    header = io.BytesIO()
    npy.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": shape})
    return header.getvalue() + data


def test_an_array_that_promises_more_than_is_there_is_refused_before_memory_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "huge.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("points.npy", member((10**9, 137, 3), b"\0" * 100))
    with pytest.raises(InputError, match=r"^huge.npz: points has the shape .* takes 1.64 TB, but 100 bytes are there"):
        NumpyArchive(path, raises=InputError)


def test_zeros_packed_a_thousandfold_are_refused_before_they_are_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numpy_files, "_FREELY_PACKED", 2**21)
    path = tmp_path / "bomb.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("points.npy", member((2**20,), bytes(2**22)))
        archive.writestr("start.npy", member((2**18,), bytes(2**20)))  # as an honest array of few values may be
    with pytest.raises(InputError, match=r"^bomb.npz: points unpacks from .* kB to 4.19 MB, which no key points do\."):
        NumpyArchive(path, raises=InputError)


@pytest.mark.parametrize("header", [b"(" * 4000, b"{'descr': '<f4',\n", b"9" * 5000])
def test_a_header_that_python_cannot_parse_is_one_sentence(tmp_path: Path, header: bytes) -> None:
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("rows.npy", npy.MAGIC_PREFIX + b"\x01\x00" + len(header).to_bytes(2, "little") + header)
    with pytest.raises(InputError, match=r"^a.npz cannot be opened as an .npz file: .*\.$"):
        NumpyArchive(path, raises=InputError)


def test_blocks_are_read_one_after_the_other_and_long_ones_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    rows = np.arange(12, dtype=np.float32).reshape(6, 2)
    np.savez_compressed(path, rows=rows)
    with NumpyArchive(path, raises=InputError) as archive:
        first, long, last = archive.blocks("rows", [1, 4, 1], longest=3)
    assert long is None
    assert first is not None
    assert last is not None
    assert np.array_equal(first, rows[:1])
    assert np.array_equal(last, rows[5:])


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x05\x06" + b"\xff" * 18])
def test_what_is_no_archive_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.npz"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"^a.npz"):
        NumpyArchive(path, raises=InputError)


def test_damage_inside_an_array_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, rows=np.arange(2_000.0))
    data = bytearray(path.read_bytes())
    data[9_000] ^= 0xFF
    path.write_bytes(data)
    with (
        NumpyArchive(path, raises=InputError) as archive,
        pytest.raises(InputError, match=r"^a.npz: rows cannot be read"),
    ):
        archive.read("rows", 10**6)


def test_sizes_are_told_in_the_unit_that_fits() -> None:
    assert [in_bytes(size) for size in (7, 999, 1_644_000, 1_644 * 10**9, 10**30)] == [
        "7 bytes",
        "999 bytes",
        "1.64 MB",
        "1.64 TB",
        "more than any disk holds",
    ]
