"""Smoothing a person's boxes over time: short gaps are interpolated, jitter is smoothed without lag, camera cuts are kept."""

import numpy as np
import numpy.typing as npt
import pandas as pd

MEDIAN_S = 0.5
MEAN_S = 0.6
LONGEST_GAP_S = 1.0
CUT_SIZES = 0.75

SUPPORT_S = LONGEST_GAP_S + MEDIAN_S / 2 + MEAN_S + 0.15
"""A frame's smoothed box depends only on the raw boxes within this many seconds, plus one frame, on either side."""

SMOOTHING = {"median_s": MEDIAN_S, "mean_s": MEAN_S, "longest_gap_s": LONGEST_GAP_S, "cut_sizes": CUT_SIZES}
"""Parameters of the smoothing; part of the producer's digest."""


def smooth_boxes(
    raw_xyxy_px: npt.NDArray[np.float64], frames_per_second: float, size_px: tuple[int, int]
) -> npt.NDArray[np.float32]:
    """(T, 4) raw boxes, NaN in frames without a detection, to (T, 4) boxes inside the picture of `size_px` (width, height).

    Gaps of up to a second are interpolated linearly, longer ones stay NaN. A centered median removes outliers, two centered
    means smooth. A jump by most of the box's size is a camera cut, across which nothing is interpolated or averaged. A part
    of a video gives bitwise the same boxes as the whole video, as far as it holds the frames that they depend on
    (`SUPPORT_S`).
    """
    boxes = _bridged(np.asarray(raw_xyxy_px, dtype=np.float64), round(LONGEST_GAP_S * frames_per_second))
    missing = ~np.isfinite(boxes).all(axis=1)
    window = 2 * round(MEDIAN_S * frames_per_second / 2) + 1  # odd, so that it is centered on its frame
    boxes = pd.DataFrame(boxes).rolling(window, center=True, min_periods=1).median().to_numpy(copy=True)
    boxes[missing] = np.nan  # the median filter has also filled the edges of long gaps
    seen = np.flatnonzero(~missing)
    cut = np.zeros(len(boxes), dtype=np.int64)
    cut[seen[1:]] = _is_cut(boxes[seen[:-1]], boxes[seen[1:]])  # also across a gap, in which the cut may be
    shot = np.cumsum(cut)
    for _again in range(2):
        boxes = _mean_within_shots(boxes, shot, round(MEAN_S * frames_per_second / 2))
    limit = np.array([*size_px, *size_px], dtype=np.float64)
    return np.asarray(np.clip(boxes, 0.0, limit), dtype=np.float32)


def _bridged(raw: npt.NDArray[np.float64], longest: int) -> npt.NDArray[np.float64]:
    """Interpolates runs of up to `longest` missing frames, unless there is a camera cut in them."""
    there: npt.NDArray[np.bool_] = np.asarray(np.isfinite(raw).all(axis=1))
    boxes = np.where(there[:, None], raw, np.nan)
    seen = np.flatnonzero(there)
    gap = np.flatnonzero(~there)
    after = np.searchsorted(seen, gap)
    inside = (after > 0) & (after < len(seen))
    gap, after = gap[inside], after[inside]
    before, behind = seen[after - 1], seen[after]
    short = (behind - before - 1 <= longest) & ~_is_cut(raw[before], raw[behind])
    gap, before, behind = gap[short], before[short], behind[short]
    share = ((gap - before) / (behind - before))[:, None]
    boxes[gap] = raw[before] + share * (raw[behind] - raw[before])
    return boxes


def _is_cut(before: npt.NDArray[np.float64], after: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """(N,): whether the center or the longer side has changed by more than `CUT_SIZES` of that side."""
    moved = np.linalg.norm((after[:, :2] + after[:, 2:] - before[:, :2] - before[:, 2:]) / 2, axis=1)
    sides = [np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]) for boxes in (before, after)]
    change = np.maximum(moved, np.abs(sides[1] - sides[0]))
    return np.asarray(change > CUT_SIZES * np.minimum(*sides))


def _mean_within_shots(
    boxes: npt.NDArray[np.float64], shot: npt.NDArray[np.int64], half: int
) -> npt.NDArray[np.float64]:
    """Mean over up to `half` frames on either side, ignoring NaN and other shots.

    Summed by offset, as the rounding of a running sum would depend on its start.
    """
    there = np.isfinite(boxes[:, 0])
    total = np.zeros_like(boxes)
    count = np.zeros(len(boxes))
    for offset in range(-min(half, len(boxes)), min(half, len(boxes)) + 1):
        here = slice(max(0, -offset), min(len(boxes), len(boxes) - offset))
        other = slice(max(0, offset), min(len(boxes), len(boxes) + offset))
        counted = there[other] & (shot[here] == shot[other])
        total[here] += np.where(counted[:, None], boxes[other], 0.0)
        count[here] += counted
    mean = total / np.maximum(count, 1)[:, None]
    mean[~there] = np.nan
    return mean
