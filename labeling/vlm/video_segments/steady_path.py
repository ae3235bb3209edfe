"""The smoothed path of a crop's center, which jumps only at camera cuts."""

import math

import numpy as np
import numpy.typing as npt

from core.media.timebase import TIME_TOLERANCE_S, format_time
from labeling.vlm.video_segments.cutting import Segment

# Long enough that nodding and swaying appear as movements of the head, not of the background.
_STEADY_S = 1.5


def steady_path(
    time_s: npt.NDArray[np.float64],
    place_px: npt.NDArray[np.float64],
    cut_px: float,
    at_s: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """(N, 2): positions `place_px` (T, 2) px at `time_s` (T,), smoothed and evaluated at the times `at_s` (N,).

    Local linear regression within 1.5 s on either side, with the highest weight in the middle; unlike a mean, it does not lag
    at the ends. A step of more than `cut_px` is a camera cut, across which nothing is smoothed.
    """
    shot = np.cumsum(np.concatenate([[0], np.linalg.norm(np.diff(place_px, axis=0), axis=1) > cut_px]))
    row = np.maximum(np.searchsorted(time_s, at_s + TIME_TOLERANCE_S, side="right") - 1, 0)
    begins, ends = np.searchsorted(shot, shot[row], side="left"), np.searchsorted(shot, shot[row], side="right")
    first = np.minimum(np.maximum(np.searchsorted(time_s, at_s - _STEADY_S), begins), row)
    stop = np.maximum(np.minimum(np.searchsorted(time_s, at_s + _STEADY_S, side="right"), ends), row + 1)
    path = np.empty((len(at_s), 2))
    for index, here in enumerate(map(slice, first, stop)):
        weight = np.cos(np.clip((time_s[here] - at_s[index]) / _STEADY_S, -1, 1) * (math.pi / 2)) ** 2 + 1e-6
        weight /= weight.sum()
        middle_s, middle_px = weight @ time_s[here], weight @ place_px[here]
        spread = weight @ (time_s[here] - middle_s) ** 2
        px_per_s = (weight * (time_s[here] - middle_s)) @ place_px[here] / spread if spread > 0 else 0.0
        reached_s = np.clip(at_s[index], time_s[here][0], time_s[here][-1])  # no extrapolation
        path[index] = middle_px + px_per_s * (reached_s - middle_s)
    return path


def between(span: Segment) -> str:
    """The range in words, for messages, such as "0:01.5 to 0:03.0"."""
    return f"{format_time(span.start_s)} to {format_time(span.end_s)}"
