"""The pose input of a run's clips, converted once: in memory where it fits, else memory-mapped from the cache folder."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import psutil

from core.errors import TrainingError
from training.data.pose_input import PoseInput

_SHARE_OF_FREE_MEMORY = 0.25
_PARTS = ("channels", "mask", "time")


@dataclass(slots=True)
class PoseCache:
    """Poses by clip id. With a `folder` they are written there and read back when they are asked for."""

    folder: Path | None = None
    _held: dict[int, PoseInput] = field(default_factory=dict)
    _bytes: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, inputs: Mapping[int, PoseInput]) -> "PoseCache":
        """Holds the inputs in memory."""
        return cls(_held=dict(inputs))

    def add(self, clip_id: int, given: PoseInput) -> None:
        """Writes one clip into the folder. Raises TrainingError, naming the file, where it cannot be written."""
        arrays: tuple[npt.NDArray[Any], ...] = (given.channels, given.mask, given.time_s)
        for name, array in zip(_PARTS, arrays, strict=True):
            path = self._path(clip_id, name)
            try:
                np.save(path, array)
            except OSError as error:  # numpy's own error for a full disk has neither errno nor file name
                raise TrainingError(f"{path} cannot be written: {error.strerror or error}.") from error
            self._bytes[clip_id] = self._bytes.get(clip_id, 0) + array.nbytes

    def __getitem__(self, clip_id: int) -> PoseInput:
        """The clip's pose; read from its files the first time, and kept where all clips together fit into memory."""
        if clip_id in self._held:
            return self._held[clip_id]
        kept = self._all_fit()
        channels, mask, time_s = (
            np.load(self._path(clip_id, name), mmap_mode=None if kept else "r") for name in _PARTS
        )
        found = PoseInput(channels, mask, np.asarray(time_s))
        if kept:
            self._held[clip_id] = found
        return found

    def _all_fit(self) -> bool:
        needed = sum(self._bytes.values()) - sum(self._bytes[clip_id] for clip_id in self._held)
        return needed <= _SHARE_OF_FREE_MEMORY * psutil.virtual_memory().available

    def _path(self, clip_id: int, name: str) -> Path:
        if self.folder is None:
            raise KeyError(clip_id)
        return self.folder / f"{clip_id}.{name}.npy"
