"""A person's box through time: short gaps bridged, jitter smoothed without lag, camera cuts left sharp."""

import numpy as np
import numpy.typing as npt
import pandas as pd

MEDIAN_S = 0.5
MEAN_S = 0.6
LONGEST_GAP_S = 1.0
CUT_SIZES = 0.75

SUPPORT_S = LONGEST_GAP_S + MEDIAN_S / 2 + MEAN_S + 0.15
"""The box of a frame depends on the raw boxes within so many seconds of it on either side, and on no others."""

SMOOTHING = {"median_s": MEDIAN_S, "mean_s": MEAN_S, "longest_gap_s": LONGEST_GAP_S, "cut_sizes": CUT_SIZES}
"""What the smoothed boxes depend on; part of the producer's digest."""


def smooth_boxes(
    raw_xyxy_px: npt.NDArray[np.float64], frames_per_second: float, size_px: tuple[int, int]
) -> npt.NDArray[np.float32]:
    """(T, 4) raw boxes, NaN where nobody was seen, to (T, 4) boxes inside the picture of `size_px` (width, height).

    Gaps up to a second are bridged in a straight line, longer ones stay NaN. A centred median takes out single wrong
    frames, two centred means smooth. Where the median box jumps by most of its own size, the camera has cut: nothing is
    averaged across it.
    """
    frame = _bridged(pd.DataFrame(np.asarray(raw_xyxy_px, dtype=np.float64)), round(LONGEST_GAP_S * frames_per_second))
    missing = frame.isna().any(axis=1)
    frame = frame.rolling(_odd(MEDIAN_S, frames_per_second), center=True, min_periods=1).median()
    frame[missing] = np.nan  # a centred window also fills the edges of a long gap
    shot = _cuts(frame).cumsum()
    window = _odd(MEAN_S, frames_per_second)
    for _again in range(2):
        frame = frame.groupby(shot).rolling(window, center=True, min_periods=1).mean().reset_index(level=0, drop=True)
        frame = frame.sort_index()
        frame[missing] = np.nan
    limit = np.array([*size_px, *size_px], dtype=np.float64)
    return np.asarray(np.clip(frame.to_numpy(dtype=np.float64), 0.0, limit), dtype=np.float32)


def _odd(seconds: float, frames_per_second: float) -> int:
    return 2 * round(seconds * frames_per_second / 2) + 1  # odd, so that it is centred on its frame


def _bridged(frame: pd.DataFrame, longest: int) -> pd.DataFrame:
    missing = frame[0].isna()
    run = (missing != missing.shift()).cumsum()
    short = missing & (missing.groupby(run).transform("size") <= longest)
    filled = frame.interpolate(limit_area="inside")
    return frame.where(~short, filled, axis=0)


def _cuts(frame: pd.DataFrame) -> pd.Series:
    """True at the first frame after a cut."""
    boxes = frame.to_numpy()
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    side = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    step = np.zeros(len(boxes), dtype=bool)
    if len(boxes) > 1:
        moved = np.linalg.norm(np.diff(middle, axis=0), axis=1)
        grown = np.abs(np.diff(side))
        step[1:] = np.maximum(moved, grown) > CUT_SIZES * np.minimum(side[1:], side[:-1])  # NaN compares as False
    return pd.Series(step, index=frame.index)
