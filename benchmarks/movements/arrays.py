"""Arrays out of an `.npz` that anyone may have made: no pickles, and nothing is read whose size was not looked at first."""

import math
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import psutil

from core.errors import InputError
from core.guarded_files import open_regular, reason_of

_MEMORY_SHARE = 0.25  # of what is free: the points are held a second time while they are repaired
_MOST_SMALL = 256 * 2**20  # bytes of an array that is not the points
_MOST_HEADER = 10_000


def read_arrays(path: Path, names: Mapping[str, bool]) -> dict[str, npt.NDArray[Any]]:
    """The arrays of these names; a name that maps to False may be absent.

    Raises InputError, one sentence that names the file, for a file that is no `.npz`, lacks an array, holds pickles,
    or would not fit into memory.
    """
    try:
        with open_regular(path) as file, zipfile.ZipFile(file) as archive:
            members = {one.filename: one for one in archive.infolist()}
            missing = [name for name, needed in names.items() if needed and f"{name}.npy" not in members]
            if missing:
                raise InputError(f"{path.name}: it has no array {missing[0]!r}.")
            return {
                name: _read(path, archive, members[f"{name}.npy"], name) for name in names if f"{name}.npy" in members
            }
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {reason_of(error)}.") from error
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise InputError(f"{path.name} cannot be read: it is no .npz file, or it is damaged ({error}).") from error


def _read(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> npt.NDArray[Any]:
    with archive.open(member) as opened:
        try:
            shape, fortran, dtype = _header(opened)  # type: ignore[arg-type]
        except ValueError as error:
            raise InputError(f"{path.name}: the array {name!r} cannot be read ({error}).") from error
        if dtype.hasobject:
            raise InputError(f"{path.name}: the array {name!r} is pickled, and pickles are not opened.")
        size = math.prod(shape) * dtype.itemsize
        most = _most_bytes() if name == "points" else _MOST_SMALL
        if size > most:
            raise InputError(f"{path.name}: the array {name!r} takes {size / 2**30:,.1f} GiB, more than fits here.")
        data = opened.read(size + 1)
    if len(data) != size:
        raise InputError(f"{path.name}: the array {name!r} is not as long as it says.")
    flat = np.frombuffer(data, dtype=dtype)
    return flat.reshape(shape[::-1]).T if fortran else flat.reshape(shape)


def _header(opened: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(opened)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    return read(opened, max_header_size=_MOST_HEADER)


def _most_bytes() -> int:
    return int(_MEMORY_SHARE * psutil.virtual_memory().available)
