"""An index of the rows in a video's chunks: frame, box, and position of each row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.feature_store import RowBlocks
from labeling.interfaces import FrameDetections
from labeling.perception.pipeline.chunks import ChunkStore
from labeling.perception.pipeline.stages import Window

_SAME_BOX_PX = (
    0.25  # boxes of a window equal those of the whole video up to rounding; within this tolerance the crop is the same
)
_BLOCK_ROWS = 1024
_KINDS = ("image", "pose")


@dataclass(frozen=True, slots=True)
class _Index:
    """frame (n,), box (n, 4), and the position of each row: chunk (n,) and row (n,)."""

    frame: npt.NDArray[np.int64]
    box: npt.NDArray[np.float32]
    chunk: npt.NDArray[np.int64]
    row: npt.NDArray[np.int64]

    def at(self, places: npt.NDArray[np.intp]) -> "_Index":
        return _Index(self.frame[places], self.box[places], self.chunk[places], self.row[places])


_EMPTY = _Index(*(np.zeros(0, np.int64), np.zeros((0, 4), np.float32), np.zeros(0, np.int64), np.zeros(0, np.int64)))


class VideoRows:
    """Reads and appends the chunks of one video. `covered`: number of frames, from the first, that the detector has processed."""

    def __init__(self, chunks: ChunkStore) -> None:
        self._chunks = chunks
        self._written = 0
        self._index = dict.fromkeys(_KINDS, _EMPTY)
        self._detected: list[tuple[npt.NDArray[np.int32], npt.NDArray[np.float32], npt.NDArray[np.float32]]] = []
        self.covered = 0

    def begin(self) -> None:
        """Reads the chunks of an interrupted run."""
        self._written = self._chunks.begin()
        for number in range(1, self._written + 1):
            names = ("covers", "detection_frame", "detection_box", "detection_confidence")
            kinds = [f"{kind}_{what}" for kind in _KINDS for what in ("frame", "box")]
            self._take_in(number, self._chunks.read(number, [*names, *kinds]))

    def append(self, windows: Sequence[Window], *, covers: bool) -> None:
        """Writes the results of some windows as the next chunk. `covers`: the detector has processed their frames."""
        arrays = _together([window.rows for window in windows])
        if covers:
            arrays |= _together([window.detections for window in windows])
            arrays["covers"] = np.array([windows[0].start, windows[-1].stop], dtype=np.int64)
        if not arrays:
            return
        self._chunks.append(self._written + 1, arrays)
        self._written += 1
        self._take_in(self._written, arrays)

    def detections(self, every: int) -> Iterator[tuple[int, FrameDetections]]:
        """Yields (frame, detections) of each frame processed by the detector so far, also of those without people."""
        if not self._detected:
            return
        frames, boxes, confidences = (np.concatenate(each) for each in zip(*self._detected, strict=True))
        for frame in range(0, self.covered, every):
            start, stop = np.searchsorted(frames, (frame, frame + 1))
            yield frame, FrameDetections(boxes[start:stop], confidences[start:stop])

    def described(self, kind: str, frame_count: int) -> npt.NDArray[np.bool_]:
        """(T,): whether a frame has a row, with any box."""
        mask = np.zeros(frame_count, dtype=bool)
        mask[self._index[kind].frame] = True
        return mask

    def frames(self, kind: str, boxes_xyxy_px: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
        """Frames, ascending, that have a row with their box in `boxes_xyxy_px` (T, 4)."""
        return self._in_boxes(kind, boxes_xyxy_px).frame

    def sparse(self, kind: str, name: str, boxes_xyxy_px: npt.NDArray[np.float32]) -> RowBlocks | None:
        """One row for each of `frames`, in their order; None if there are none."""
        chosen = self._in_boxes(kind, boxes_xyxy_px)
        if not len(chosen.frame):
            return None
        row = self._chunks.rows(int(chosen.chunk[0]), f"{kind}_{name}", 0, 1)
        shape = (len(chosen.frame), *row.shape[1:])
        return RowBlocks(shape, row.dtype, lambda: self._blocks(chosen, f"{kind}_{name}"))

    def dense(self, kind: str, name: str, boxes_xyxy_px: npt.NDArray[np.float32]) -> RowBlocks | None:
        """One row for each frame (T, …), zeros for frames without one; None if there are none at all."""
        rows = self.sparse(kind, name, boxes_xyxy_px)
        if rows is None:
            return None
        frames, frame_count = self.frames(kind, boxes_xyxy_px), len(boxes_xyxy_px)

        def blocks() -> Iterator[npt.NDArray[Any]]:
            taken, begun = 0, 0  # rows used so far, and the next frame
            for block in rows.blocks():
                taken += len(block)
                end = int(frames[taken]) if taken < len(frames) else frame_count
                whole = np.zeros((end - begun, *rows.shape[1:]), rows.dtype)
                whole[frames[taken - len(block) : taken] - begun] = block
                yield whole
                begun = end

        return RowBlocks((frame_count, *rows.shape[1:]), rows.dtype, blocks)

    def _in_boxes(self, kind: str, boxes_xyxy_px: npt.NDArray[np.float32]) -> _Index:
        index = self._index[kind]
        same = (np.abs(index.box - boxes_xyxy_px[index.frame]) <= _SAME_BOX_PX).all(axis=1)  # false for NaN
        places = np.flatnonzero(same)
        _frames, first = np.unique(index.frame[places], return_index=True)
        return index.at(places[first])

    def _blocks(self, chosen: _Index, name: str) -> Iterator[npt.NDArray[Any]]:
        breaks = np.flatnonzero((np.diff(chosen.chunk) != 0) | (np.diff(chosen.row) != 1)) + 1
        for run in np.split(np.arange(len(chosen.frame)), breaks):
            for start in range(0, len(run), _BLOCK_ROWS):
                part = run[start : start + _BLOCK_ROWS]
                first = int(chosen.row[part[0]])
                yield self._chunks.rows(int(chosen.chunk[part[0]]), name, first, first + len(part))

    def _take_in(self, number: int, arrays: dict[str, npt.NDArray[Any]]) -> None:
        for kind in _KINDS:
            frame = arrays.get(f"{kind}_frame")
            if frame is None:
                continue
            index, rows = self._index[kind], np.arange(len(frame), dtype=np.int64)
            self._index[kind] = _Index(
                np.concatenate([index.frame, frame.astype(np.int64)]),
                np.concatenate([index.box, arrays[f"{kind}_box"]]),
                np.concatenate([index.chunk, np.full(len(frame), number, dtype=np.int64)]),
                np.concatenate([index.row, rows]),
            )
        span = arrays.get("covers")
        if span is not None and int(span[0]) == self.covered:
            found = (arrays["detection_frame"], arrays["detection_box"], arrays["detection_confidence"])
            self._detected.append(found)
            self.covered = int(span[1])


def _together(rows: Sequence[Any]) -> dict[str, npt.NDArray[Any]]:
    names = dict.fromkeys(name for each in rows for name in each)
    return {name: np.concatenate([each[name] for each in rows if name in each]) for name in names}
