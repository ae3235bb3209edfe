"""Frames and seconds.

Time is float seconds from the first frame, read off the container's timestamps. A frame is shown from its own timestamp
until the next frame's; the last one as long as the frame before it. A frame that is not there is an error, not the nearest one.
"""

import numpy as np
import numpy.typing as npt

from core.errors import FrameNotFoundError

TOLERANCE_S = 1e-4
"""Half a tick of the coarsest clock in use (1/5000 s); far below any frame's duration."""


def frame_durations_s(time_s: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How long each frame is shown, (T,). A single frame is taken to last 1/25 s."""
    if len(time_s) == 1:
        return np.array([0.04])
    gaps = np.diff(time_s)
    return np.append(gaps, gaps[-1])


def frame_at(time_s: npt.NDArray[np.float64], moment_s: float) -> int:
    """Index of the frame that is on screen at `moment_s`.

    `time_s` is (T,), strictly increasing. Raises FrameNotFoundError before the first frame and after the last has gone.
    """
    if len(time_s) == 0:
        raise FrameNotFoundError(f"No frame at {moment_s:.4f} s: there are no frames.")
    end_s = float(time_s[-1] + frame_durations_s(time_s)[-1])
    if not time_s[0] - TOLERANCE_S <= moment_s < end_s - TOLERANCE_S:
        raise FrameNotFoundError(
            f"No frame at {moment_s:.4f} s: the {len(time_s)} frames run from {time_s[0]:.4f} s to {end_s:.4f} s."
        )
    return max(0, int(np.searchsorted(time_s, moment_s + TOLERANCE_S, side="right")) - 1)


def middle_of_frame_s(time_s: npt.NDArray[np.float64], index: int) -> float:
    """Where to seek so that a player shows frame `index` and no neighbour of it."""
    return float(time_s[index] + frame_durations_s(time_s)[index] / 2)


def format_time(moment_s: float) -> str:
    """`62.5` is `1:02.500`; what the screens and the rationales print."""
    thousandths = round(moment_s * 1000)
    sign = "-" if thousandths < 0 else ""
    minutes, rest = divmod(abs(thousandths), 60_000)
    return f"{sign}{minutes}:{rest // 1000:02d}.{rest % 1000:03d}"
