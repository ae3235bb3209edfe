"""The feature store: one safetensors file per clip and kind of feature.

The header's metadata holds the format's name, kind, clip and producer (name, version, settings digest), so that features of two
producers are never mixed in one training set. Files are written atomically (core.durable_files) and read lazily: reading some
rows reads the bytes of those rows only. Any number of processes may read and write.
A large array may be passed in blocks of rows (`RowBlocks`), so that it is never in memory as a whole.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import save_file

from core.durable_files import replacing, sync_and_rename
from core.errors import FeatureError
from core.tensor_files import TensorFile
from core.types.features import FeatureKind, Producer

__all__ = ["FeatureFile", "FeatureStore", "RowBlocks", "sync_and_rename"]

FORMAT = "telltale-features-1"
REMEDY = "`telltale check --repair` has it made again"

# NumPy types that safetensors can store, and their names there. Others (objects, text, complex numbers) are refused.
_DTYPES = {
    np.dtype("bool"): "BOOL",
    **{
        np.dtype(f"{sign}int{bits}"): f"{letter}{bits}"
        for sign, letter in (("", "I"), ("u", "U"))
        for bits in (8, 16, 32, 64)
    },
    **{np.dtype(f"float{bits}"): f"F{bits}" for bits in (16, 32, 64)},
}

_METADATA_KEYS = frozenset({"kind", "clip_id", "producer_name", "producer_version", "producer_settings_digest"})


@dataclass(frozen=True, slots=True)
class RowBlocks:
    """An array in blocks of rows: `blocks()` yields arrays of `dtype` whose numbers of rows add up to `shape[0]`."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    blocks: Callable[[], Iterable[npt.NDArray[Any]]]

    @classmethod
    def whole(cls, array: npt.NDArray[Any]) -> "RowBlocks":
        """An array in memory, as one block."""
        return cls(array.shape, array.dtype, lambda: [array])

    @property
    def nbytes(self) -> int:
        return int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize


class FeatureFile(TensorFile):
    """An open feature file; a context manager. Arrays are read lazily."""

    def __init__(self, path: Path, clip_id: int, kind: FeatureKind) -> None:
        """Raises FeatureError if the file is missing, truncated, no feature file, or of another clip or kind."""
        if not path.exists():
            raise FeatureError(f"The {kind} features of clip {clip_id} are missing: there is no file {path}.")
        super().__init__(path, raises=FeatureError, called="The feature file", remedy=REMEDY)
        try:
            self.producer = _producer_of(self.metadata, path, clip_id, kind)
        except FeatureError:
            self.close()
            raise

    def read(self, name: str, dimensions: int | None = None) -> npt.NDArray[Any]:
        """The whole array `name`. Raises FeatureError if there is none, or one of other `dimensions`."""
        array: npt.NDArray[Any] = super().read(name, dimensions)
        return array

    def rows(self, name: str, start: int, stop: int) -> npt.NDArray[Any]:
        """Rows `start` to `stop` (exclusive) of array `name`, reading only those.

        Raises FeatureError for an unknown name or rows beyond the array.
        """
        array: npt.NDArray[Any] = super().rows(name, start, stop)
        return array


class FeatureStore:
    """All feature files below one folder, `<root>/<kind>/<clip id>.safetensors`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, clip_id: int, kind: FeatureKind) -> str:
        """The path of a clip's feature file, relative to the store's folder."""
        return f"{kind.value}/{int(clip_id)}.safetensors"

    def write(
        self,
        clip_id: int,
        kind: FeatureKind,
        arrays: Mapping[str, npt.NDArray[Any] | RowBlocks],
        producer: Producer,
    ) -> str:
        """Atomically writes or replaces the features of one clip and kind; returns the relative path.

        Values are stored exactly, NaN included (a box of a frame without a person). Raises FeatureError if there is
        nothing to write, an array's type cannot be stored, or writing fails.
        """
        relative = self.path(clip_id, kind)
        if not arrays:
            raise FeatureError(f"There are no arrays to write to the feature file {relative}.")
        for name, array in arrays.items():
            if array.dtype.newbyteorder("=") not in _DTYPES:
                raise FeatureError(f"The feature file {relative} cannot keep {name!r} of type {array.dtype}.")
        metadata = {
            "format": FORMAT,
            "kind": kind.value,
            "clip_id": str(int(clip_id)),
            "producer_name": producer.name,
            "producer_version": producer.version,
            "producer_settings_digest": producer.settings_digest,
        }
        whole = {name: array for name, array in arrays.items() if isinstance(array, np.ndarray)}
        contiguous = {
            name: np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("=")).reshape(array.shape)
            for name, array in whole.items()
        }
        in_blocks = {name: array for name, array in arrays.items() if isinstance(array, RowBlocks)}
        try:
            with replacing(self._root / relative) as partial:
                if in_blocks:
                    _write_in_blocks(partial, contiguous, in_blocks, metadata)
                else:
                    save_file(contiguous, str(partial), metadata=metadata)
        except (SafetensorError, OSError) as error:
            raise FeatureError(f"The feature file {self._root / relative} cannot be written ({error}).") from error
        return relative

    def open(self, clip_id: int, kind: FeatureKind) -> FeatureFile:
        """Opens the features of one clip and kind. Raises FeatureError as FeatureFile does."""
        return FeatureFile(self._root / self.path(clip_id, kind), clip_id, kind)


def _write_in_blocks(
    path: Path,
    whole: Mapping[str, npt.NDArray[Any]],
    in_blocks: Mapping[str, RowBlocks],
    metadata: Mapping[str, str],
) -> None:
    """Writes the safetensors format (header length, JSON header, data) by hand, as the library takes whole arrays only."""
    arrays = dict(in_blocks) | {name: RowBlocks.whole(array) for name, array in whole.items()}
    header: dict[str, Any] = {"__metadata__": dict(metadata)}
    offset = 0
    # Larger types first, so that all arrays are aligned.
    names = sorted(arrays, key=lambda name: (-arrays[name].dtype.itemsize, name))
    for name in names:
        array = arrays[name]
        offsets = [offset, offset + array.nbytes]
        header[name] = {"dtype": _DTYPES[array.dtype], "shape": list(array.shape), "data_offsets": offsets}
        offset += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little"))
        file.write(text)
        for name in names:
            array, rows = arrays[name], 0
            for block in array.blocks():
                if block.shape[1:] != array.shape[1:] or block.dtype != array.dtype:
                    raise FeatureError(
                        f"A block of {name!r} is {block.shape} {block.dtype}, not rows of {array.shape}."
                    )
                file.write(np.ascontiguousarray(block).tobytes())
                rows += len(block)
            if rows != array.shape[0]:
                raise FeatureError(f"The blocks of {name!r} have {rows} rows, not {array.shape[0]}.")


def _producer_of(metadata: Mapping[str, str], path: Path, clip_id: int, kind: FeatureKind) -> Producer:
    if metadata.get("format") != FORMAT:
        raise FeatureError(f"The file {path} is a safetensors file, but not one of Telltale's features.")
    missing = sorted(_METADATA_KEYS - metadata.keys())
    if missing:
        raise FeatureError(f"The feature file {path} does not say its {missing[0]}.")
    if (metadata["kind"], metadata["clip_id"]) != (kind.value, str(clip_id)):
        raise FeatureError(
            f"The feature file {path} holds {metadata['kind']} features of clip {metadata['clip_id']}, "
            f"not {kind} features of clip {clip_id}."
        )
    return Producer(
        name=metadata["producer_name"],
        version=metadata["producer_version"],
        settings_digest=metadata["producer_settings_digest"],
    )
