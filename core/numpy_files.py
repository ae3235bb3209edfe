"""Reading `.npz` files that others made: headers are checked first, nothing is unpickled, long arrays are read row by row.

An array's header says how large it is; the archive says how many bytes there are. Only where the two agree, and within the
caller's bound, is memory taken. Every failure is one sentence of the caller's error class that names the file and the array.
"""

import math
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NoReturn, Self

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy

from core.errors import TelltaleError
from core.guarded_files import MIB, open_regular, reason_of
from core.guarded_zips import UNPACKED, directory_bytes
from core.printable import printable, some_of

_MOST_DIRECTORY_BYTES = MIB
_FREELY_PACKED, _MOST_RATIO = 128 * MIB, 200  # sets of key points pack to a tenth, nearly empty ones to a hundredth
_LONGEST_HEADER = 10_000  # characters; NumPy's own bound for headers of unknown origin
_SKIPPED_AT_ONCE = 4 * MIB
_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")
_DAMAGE = (OSError, EOFError, ValueError, OverflowError, struct.error, zlib.error, zipfile.BadZipFile)
_NO_HEADER = (SyntaxError, tokenize.TokenError, RecursionError)  # what NumPy lets through of Python's own parser


@dataclass(frozen=True, slots=True)
class ArrayHeader:
    """Shape and type of an array, and where its data begin in the archive's member."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    data_at: int

    @property
    def nbytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize


class NumpyArchive:
    """An open `.npz` file; a context manager. `headers` by the arrays' names."""

    def __init__(self, path: Path, *, raises: type[TelltaleError]) -> None:
        """Raises `raises` for what is no `.npz`, and for an array that is a pickle, cut, or larger than its member."""
        self._path, self._raises = path, raises
        self._file = self._opened(path)
        try:
            if directory_bytes(self._file) > _MOST_DIRECTORY_BYTES:
                raise raises(f"{self.called} holds more arrays than a set of key points has.")
            self._zip = zipfile.ZipFile(self._file)
            self._members = {
                entry.filename.removesuffix(".npy"): entry
                for entry in self._zip.infolist()
                if entry.filename.endswith(".npy")
            }
            self.headers: Mapping[str, ArrayHeader] = {name: self._header(name) for name in self._members}
        except TelltaleError:
            self._file.close()
            raise
        except _NO_HEADER as error:
            self._file.close()
            raise raises(f"{self.called} cannot be opened as an .npz file: an array has no readable header.") from error
        except (*_DAMAGE, NotImplementedError) as error:
            self._file.close()
            raise raises(f"{self.called} cannot be opened as an .npz file: {_in_short(error)}.") from error

    @property
    def called(self) -> str:
        """The file's name, for sentences."""
        return printable(self._path.name)

    def header(self, name: str) -> ArrayHeader:
        """The header of array `name`. Raises if there is none."""
        if name not in self.headers:
            raise self._raises(f"{self.called} has no array {name}; it has {some_of(sorted(self.headers)) or 'none'}.")
        return self.headers[name]

    def refuse_beyond(self, name: str, most_bytes: int) -> None:
        """Raises where there is no array `name`, or it takes more than `most_bytes`."""
        header = self.header(name)
        if header.nbytes > most_bytes:
            raise self._raises(
                f"{self.called}: {name} takes {in_bytes(header.nbytes)}; up to {in_bytes(most_bytes)} are read."
            )

    def read(self, name: str, most_bytes: int) -> npt.NDArray[Any]:
        """The whole array `name`. Raises if there is none, it is damaged, or larger than `most_bytes`."""
        self.refuse_beyond(name, most_bytes)
        header = self.header(name)
        with self._data(name, header) as member:
            data = self._taken(member, header.nbytes, name)
        return np.frombuffer(data, dtype=header.dtype).reshape(header.shape)

    def blocks(self, name: str, lengths: Iterable[int], *, longest: int) -> Iterator[npt.NDArray[Any] | None]:
        """Array `name` in consecutive blocks of so many rows, each read when it is asked for, and its own.

        None stands for a block of more than `longest` rows, which is passed over. Raises if the array is damaged.
        """
        header = self.header(name)
        row_bytes = math.prod(header.shape[1:]) * header.dtype.itemsize
        with self._data(name, header) as member:
            for rows in lengths:
                if rows > longest:
                    self._skip(member, rows * row_bytes, name)
                    yield None
                else:
                    data = self._taken(member, rows * row_bytes, name)
                    yield np.frombuffer(data, dtype=header.dtype).reshape(rows, *header.shape[1:])

    def close(self) -> None:
        """Closes the file; arrays already read stay valid."""
        self._zip.close()
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _opened(self, path: Path) -> IO[bytes]:
        try:
            return open_regular(path)
        except OSError as error:
            raise self._raises(f"{self.called} cannot be read: {reason_of(error)}.") from error

    def _header(self, name: str) -> ArrayHeader:
        entry = self._members[name]
        if entry.compress_type not in UNPACKED or entry.flag_bits & 1:
            raise self._raises(f"{self.called}: {name} is encrypted or packed in a way that cannot be read.")
        if entry.file_size > max(_FREELY_PACKED, _MOST_RATIO * entry.compress_size):
            raise self._raises(
                f"{self.called}: {name} unpacks from {in_bytes(entry.compress_size)} to {in_bytes(entry.file_size)}, which no "
                "key points do."
            )
        with self._zip.open(entry) as member:
            version = npy.read_magic(member)
            read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, in_columns, dtype = read(member, max_header_size=_LONGEST_HEADER)
            header = ArrayHeader(tuple(int(side) for side in shape), dtype, member.tell())
        if dtype.hasobject:
            raise self._raises(
                f"{self.called}: {name} is a pickle, which can run code and is not read; save it as numbers or text."
            )
        if in_columns and len(header.shape) > 1:
            raise self._raises(f"{self.called}: {name} is stored column by column; save numpy.ascontiguousarray of it.")
        if header.data_at + header.nbytes != entry.file_size:
            raise self._raises(
                f"{self.called}: {name} has the shape {header.shape}, which takes {in_bytes(header.nbytes)}, but "
                f"{in_bytes(entry.file_size - header.data_at)} are there; the file is cut or damaged."
            )
        return header

    def _data(self, name: str, header: ArrayHeader) -> IO[bytes]:
        member = self._zip.open(self._members[name])
        try:
            self._taken(member, header.data_at, name)
        except TelltaleError:
            member.close()
            raise
        return member

    def _taken(self, member: IO[bytes], size: int, name: str) -> bytearray:
        """`size` bytes, as memory that the array may be changed in."""
        data = bytearray()
        try:
            while len(data) < size and (part := member.read(size - len(data))):
                data += part
        except _DAMAGE as error:
            self._refuse_damage(name, error)
        if len(data) < size:
            self._refuse_damage(name, EOFError("it ends too early"))
        return data

    def _skip(self, member: IO[bytes], size: int, name: str) -> None:
        for start in range(0, size, _SKIPPED_AT_ONCE):
            self._taken(member, min(_SKIPPED_AT_ONCE, size - start), name)

    def _refuse_damage(self, name: str, error: Exception) -> NoReturn:
        raise self._raises(f"{self.called}: {name} cannot be read: {_in_short(error)}.") from error


def in_bytes(size: int) -> str:
    """A size as sentences give it: "1.64 TB"."""
    place = min(len(str(abs(size))) - 1, 3 * (len(_UNITS) - 1)) // 3
    return f"{size / 1000**place:,.3g} {_UNITS[place]}" if abs(size) < 1e18 else "more than any disk holds"


def _in_short(error: Exception) -> str:
    return printable(reason_of(error), 120).rstrip(".")
