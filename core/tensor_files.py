"""Reading safetensors files that may be cut, swapped or foreign: weights, features, chunks, timelines, checkpoints.

The only place that opens one. Every failure is one sentence of the caller's error class, which names the file and ends with
what to do.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Literal, Self

from safetensors import SafetensorError, safe_open

from core.errors import TelltaleError
from core.guarded_files import open_descriptor, reason_of
from core.printable import some_of

_MAX_BYTES = 4 * 2**30  # of one array; a hole in a file is no array
_ITEM_BYTES = MappingProxyType(
    {"BOOL": 1, "I8": 1, "U8": 1, "F16": 2, "I16": 2, "U16": 2, "F32": 4, "I32": 4, "U32": 4}
    | {"F64": 8, "I64": 8, "U64": 8, "BF16": 2}
)
# The library raises all of these for damaged files, and for types that the framework lacks.
_DAMAGE = (SafetensorError, OSError, ValueError, TypeError, KeyError, AttributeError, OverflowError, MemoryError)


class TensorFile:
    """An open safetensors file; a context manager. Arrays are read lazily.

    `framework` "numpy" gives arrays, "pt" tensors of torch, which must be installed then.
    """

    def __init__(
        self,
        path: Path,
        *,
        raises: type[TelltaleError],
        called: str,
        remedy: str,
        framework: Literal["numpy", "pt"] = "numpy",
    ) -> None:
        """`called` begins the sentence about a file that cannot be read, `remedy` ends it. Raises `raises`."""
        self._path, self._raises, self._called, self._remedy = path, raises, called, remedy
        self._file: Any = None
        try:
            os.close(open_descriptor(path))
            self._file = safe_open(path, framework=framework).__enter__()
            self.metadata: Mapping[str, str] = dict(self._file.metadata() or {})
            slices = {name: self._file.get_slice(name) for name in self._file.keys()}  # noqa: SIM118  # it is no dict
            self.shapes: Mapping[str, tuple[int, ...]] = {
                name: tuple(of_name.get_shape()) for name, of_name in slices.items()
            }
            self._types = {name: str(of_name.get_dtype()) for name, of_name in slices.items()}
        except _DAMAGE as error:
            if self._file is not None:
                self.close()
            raise self._damaged(error) from error

    def read(self, name: str, dimensions: int | None = None) -> Any:
        """The whole array `name`. Raises if there is none, or one of other dimensions."""
        self.check(name, dimensions)
        try:
            return self._file.get_tensor(name)
        except _DAMAGE as error:
            raise self._damaged(error) from error

    def rows(self, name: str, start: int, stop: int) -> Any:
        """Rows `start` to `stop` (exclusive) of array `name`, reading only those. Raises for rows that it lacks."""
        self.check(name)
        shape = self.shapes[name]
        if not shape or not 0 <= start <= stop <= shape[0]:
            raise self._raises(f"{self._called} {self._path} has no rows {start} to {stop} of {name}, shape {shape}.")
        try:
            if start == stop:
                whole = self._file.get_slice(name)[0:1] if shape[0] else self._file.get_tensor(name)
                return whole[:0]
            return self._file.get_slice(name)[start:stop]
        except _DAMAGE as error:
            raise self._damaged(error) from error

    def length(self, name: str, dimensions: int) -> int:
        """The number of rows of array `name`. Raises if there is none, or it has other `dimensions`."""
        self.check(name, dimensions)
        return self.shapes[name][0]

    def all(self) -> dict[str, Any]:
        """All arrays by name."""
        return {name: self.read(name) for name in self.shapes}

    def check(self, name: str, dimensions: int | None = None) -> None:
        """Raises if there is no array `name`, one of other dimensions, or one larger than any that was written."""
        if name not in self.shapes:
            raise self._raises(f"{self._called} {self._path} has no array {name!r}, only {some_of(self.shapes)}.")
        shape = self.shapes[name]
        if dimensions is not None and len(shape) != dimensions:
            raise self._raises(
                f"{self._called} {self._path} has {name} of the shape {shape}, where {dimensions} dimensions are needed"
                f"; {self._remedy}."
            )
        size = _ITEM_BYTES.get(self._types[name], 1)
        for side in shape:
            size *= side
        if size > _MAX_BYTES:
            raise self._raises(f"{self._called} {self._path} has {name} of the shape {shape}, larger than any written.")

    def close(self) -> None:
        """Closes the file; arrays already read stay valid."""
        self._file.__exit__(None, None, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _damaged(self, error: Exception) -> TelltaleError:
        return self._raises(
            f"{self._called} {self._path} is cut or is no safetensors file ({_reason(error)}); {self._remedy}."
        )


def _reason(error: Exception) -> str:
    return reason_of(error) if isinstance(error, OSError) else first_line(error)


def first_line(error: Exception) -> str:
    """The first line of a library's error, which may have many."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__).rstrip(".")
