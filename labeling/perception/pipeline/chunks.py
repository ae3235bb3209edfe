"""Intermediate results of a long video in chunks on disk, so that a killed run can be resumed.

`<features>/partial/<clip>/<key>/00000001.safetensors` and so on, each written atomically. The key is a digest of all
that the chunks depend on (video, backends, settings); chunks of other keys are removed.
"""

import logging
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import save_file

from core.durable_files import replacing
from core.errors import FeatureError
from core.tensor_files import TensorFile

_log = logging.getLogger(__name__)

Arrays = Mapping[str, npt.NDArray[Any]]


class ChunkStore:
    """The chunks of one clip under one key, numbered from 1."""

    def __init__(self, features_dir: Path, clip_id: int, key: str) -> None:
        self._clip_folder = clip_folder(features_dir, clip_id)
        self._folder = self._clip_folder / key

    def begin(self) -> int:
        """Removes chunks of other keys and unreadable ones; returns the number of chunks left."""
        if self._clip_folder.is_dir():
            for other in self._clip_folder.iterdir():
                if other != self._folder:
                    _remove(other)
        number = 1
        while self._readable(number):
            number += 1
        for later in self._numbers_from(number):
            _remove(later)
        return number - 1

    def append(self, number: int, arrays: Arrays) -> None:
        """Writes chunk `number`. Raises FeatureError if it cannot be written."""
        contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
        try:
            with replacing(self._path(number)) as partial:
                save_file(contiguous, str(partial))
        except (SafetensorError, OSError) as error:
            raise FeatureError(f"The file {self._path(number)} cannot be written ({error}).") from error

    def read(self, number: int, names: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
        """Those of the arrays `names` that chunk `number` has. Raises FeatureError if it cannot be read."""
        with _opened(self._path(number)) as file:
            return {name: file.read(name) for name in names if name in file.shapes}

    def rows(self, number: int, name: str, start: int, stop: int) -> npt.NDArray[Any]:
        """Rows `start` to `stop` (exclusive) of a chunk's array, reading only those. Raises FeatureError."""
        with _opened(self._path(number)) as file:
            array: npt.NDArray[Any] = file.rows(name, start, stop)
        return array

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:08d}.safetensors"

    def _numbers_from(self, number: int) -> list[Path]:
        return [path for path in self._folder.glob("*.safetensors") if int(path.stem) >= number]

    def _readable(self, number: int) -> bool:
        path = self._path(number)
        if not path.exists():
            return False
        try:
            with _opened(path):
                return True
        except FeatureError as error:
            _log.warning("%s", error)
            return False


def _remove(path: Path) -> None:
    """Removes a file or folder that is in the way; of a link, the link."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _opened(path: Path) -> TensorFile:
    return TensorFile(
        path, raises=FeatureError, called="The part", remedy="it and what follows it are made again at the next start"
    )


def clip_folder(features_dir: Path, clip_id: int) -> Path:
    """The folder of a clip's chunks."""
    return features_dir / "partial" / str(int(clip_id))


def discard_chunks(features_dir: Path, clip_id: int) -> None:
    """Removes all chunks of a clip, after its features are stored."""
    folder = clip_folder(features_dir, clip_id)
    if folder.is_dir():
        shutil.rmtree(folder)
