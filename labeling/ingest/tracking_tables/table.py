"""What the tables of other tools have in common: opening them, fitting their rows to the frames of a video."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.errors import KeypointError
from core.guarded_files import open_regular, reason_of
from core.pose.skeleton import JOINT_COUNT
from core.printable import printable

MOST_BYTES = 2**30
_SURPLUS_SHARE = 0.01  # of the frames; a table may have so many more or fewer than the video
_SURPLUS = 2

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TrackingTable:
    """`points` float32 (T, 137, 3): x px, y px, confidence; missing (0, 0, 0). `tool`: which wrote it. `said`: sentences."""

    points: npt.NDArray[np.float32]
    tool: str
    said: tuple[str, ...] = ()


def read_columns(path: Path, **how: Any) -> pd.DataFrame:
    """The table, by pandas. Raises KeypointError naming the file for one that cannot be read, or is too large."""
    try:
        with open_regular(path) as file:
            if path.stat().st_size > MOST_BYTES:
                raise KeypointError(f"{printable(path.name)} is larger than {MOST_BYTES // 2**20} MiB.")
            found: pd.DataFrame = pd.read_csv(file, skipinitialspace=True, encoding="utf-8-sig", **how)
    except OSError as error:
        raise KeypointError(f"{printable(path.name)} cannot be read: {reason_of(error)}.") from error
    except (ValueError, OverflowError, pd.errors.ParserError) as error:  # UnicodeDecodeError among them
        reason = printable(str(error).splitlines()[0] if str(error) else type(error).__name__, 200)
        raise KeypointError(f"{printable(path.name)} is no table of key points that can be read: {reason}") from error
    return found


def numbers_of(table: pd.DataFrame, column: Any, path: Path) -> Numbers:
    """(N,) a column; NaN where a cell is empty. Raises KeypointError naming the column for anything but numbers."""
    try:
        values = np.asarray(pd.to_numeric(table[column]), dtype=np.float64)
    except (ValueError, TypeError, OverflowError) as error:
        raise KeypointError(
            f"{printable(path.name)}: the column {_named(column)} has a cell that is no number."
        ) from error
    return np.where(np.isfinite(values), values, np.nan)


def one_of(
    ids: npt.NDArray[Any], there: npt.NDArray[np.bool_], who: str, path: Path
) -> tuple[npt.NDArray[np.bool_], str]:
    """Which rows (N,) are of the person who is there most often, and a sentence where there are several."""
    names, place = np.unique(ids.astype(str), return_inverse=True)
    if len(names) < 2:
        return np.ones(len(ids), dtype=np.bool_), ""
    most = int(np.bincount(place, weights=there, minlength=len(names)).argmax())
    told = f"{printable(path.name)} has {len(names)} {who}s; {who} {printable(names[most])}, seen most often, is read."
    return place == most, told


def on_frames(
    rows: Callable[[npt.NDArray[np.intp]], npt.NDArray[np.float32]],
    frames: Numbers,
    frame_count: int,
    path: Path,
    *,
    dense: bool,
) -> tuple[npt.NDArray[np.float32], str]:
    """(T, 137, 3) of a video of `frame_count` frames, and a sentence where the table has others.

    `frames` (N,): the frame of each row, from 0. `rows`: the points (n, 137, 3) of the rows at these places. `dense`: the tool
    writes a row for every frame. Raises KeypointError for frames that cannot be the video's.
    """
    name = printable(path.name)
    if np.isnan(frames).any() or (frames != np.floor(frames)).any() or (frames < 0).any():
        raise KeypointError(f"{name} has a row whose frame is no number of a frame.")
    last = int(frames.max()) + 1 if len(frames) else 0
    spare = max(_SURPLUS, round(_SURPLUS_SHARE * frame_count))
    if not last or last > frame_count + spare or (dense and last < frame_count - spare):
        raise KeypointError(f"{name} has {last} frames and its video {frame_count}: they are not of the same video.")
    if len(np.unique(frames)) < len(frames):
        raise KeypointError(f"{name} has two rows for one frame.")
    inside = np.flatnonzero(frames < frame_count)
    points = np.zeros((frame_count, JOINT_COUNT, 3), dtype=np.float32)
    points[frames[inside].astype(np.int64)] = rows(inside)
    if last > frame_count:
        return points, f"{name} has {last} frames, {last - frame_count} more than its video; these are left out."
    if dense and last < frame_count:
        return points, f"{name} has {last} frames, {frame_count - last} fewer than its video; these have no key points."
    return points, ""


def points_at(joints: Sequence[int], x: Numbers, y: Numbers, confidence: Numbers) -> npt.NDArray[np.float32]:
    """(N, 137, 3) with the columns (N, J) of x, y and confidence at these joints (J,); what is no number is missing."""
    points = np.zeros((len(x), JOINT_COUNT, 3), dtype=np.float32)
    there = np.isfinite(x) & np.isfinite(y) & (np.abs(x) < 1e6) & (np.abs(y) < 1e6) & (confidence > 0)
    values = np.stack([x, y, np.clip(confidence, 0, 1)], axis=-1)
    points[:, list(joints)] = np.where(there[..., None], values, 0)
    return points


def _named(column: Any) -> str:
    return printable(" ".join(map(str, column)) if isinstance(column, tuple) else str(column), 100)
