"""Features on disk: one safetensors file a clip and kind, with its producer in the header.

    features/keypoints/12.safetensors    points float32 (T, 137, 3), time_s float64 (T,)
    features/person/12.safetensors       box_xyxy_px float32 (T, 4), NaN where nobody is there
    features/image/12.safetensors        features float16 (N, D), time_s float64 (N,)
    features/text/12.safetensors         features float16 (S, D), one row a sentence

A file is written to a temporary name, synced and renamed, so that a reader sees the whole of it or the one before.
"""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from core.errors import FeatureError
from core.records import FeatureKind, Producer

Array = npt.NDArray[Any]


class FeatureFile:
    """An open feature file; a context manager. Rows are read lazily."""

    def __init__(self, path: Path) -> None:
        self._path = path
        if not path.is_file():
            raise FeatureError(f"The feature file {path} is not there; `telltale perceive` makes it.")
        try:
            self._file = safe_open(path, framework="numpy")
        except (SafetensorError, OSError) as error:
            raise FeatureError(f"The feature file {path} is damaged: {error}.") from error
        header = self._file.metadata() or {}
        missing = {"producer", "version", "settings_digest"} - header.keys()
        if missing:
            raise FeatureError(f"The feature file {path} names no producer; it was not written by Telltale.")
        self.producer = Producer(header["producer"], header["version"], header["settings_digest"])

    def __enter__(self) -> Self:
        self._file.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.__exit__(kind, error, trace)

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """Name of each array to its shape."""
        return {name: tuple(self._file.get_slice(name).get_shape()) for name in self._file.keys()}  # noqa: SIM118  # safe_open is no mapping

    def read(self, name: str) -> Array:
        """The whole array."""
        self._require(name)
        return np.asarray(self._file.get_tensor(name))

    def rows(self, name: str, start: int, stop: int) -> Array:
        """Rows `start` to `stop` (exclusive) of the array, the rest unread."""
        self._require(name)
        return np.asarray(self._file.get_slice(name)[start:stop])

    def _require(self, name: str) -> None:
        if name not in self._file.keys():  # noqa: SIM118  # safe_open is no mapping
            raise FeatureError(f"The feature file {self._path} holds no array {name!r}.")


class FeatureStore:
    """The `features/` folder of a workspace."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @staticmethod
    def path(clip_id: int, kind: FeatureKind) -> str:
        """Path of the file below the store's root, which is what the database keeps."""
        return f"{kind.value}/{clip_id}.safetensors"

    def write(self, clip_id: int, kind: FeatureKind, arrays: Mapping[str, Array], producer: Producer) -> str:
        """Writes or replaces the file of one clip and kind; returns its path below the root.

        Raises FeatureError where the folder cannot be written.
        """
        relative = self.path(clip_id, kind)
        target = self._root / relative
        temporary = target.with_name(f".{target.name}.{os.getpid()}.{secrets.token_hex(4)}")
        header = {
            "kind": kind.value,
            "producer": producer.name,
            "version": producer.version,
            "settings_digest": producer.settings_digest,
        }
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, temporary, header)
            sync_and_rename(temporary, target)
        except OSError as error:
            raise FeatureError(f"The feature file {target} cannot be written: {error.strerror}.") from error
        finally:
            temporary.unlink(missing_ok=True)
        return relative

    def open(self, clip_id: int, kind: FeatureKind) -> FeatureFile:
        """Opens one file; FeatureError where it is missing or damaged."""
        return FeatureFile(self._root / self.path(clip_id, kind))


def sync_and_rename(temporary: Path, target: Path) -> None:
    """Makes `temporary` durable and puts it in the place of `target` in one step."""
    _sync(temporary)
    temporary.replace(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
