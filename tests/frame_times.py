"""Where the frames of a made video are, reckoned apart from the product."""

import numpy as np
import numpy.typing as npt


def middle_of_frame_s(time_s: npt.NDArray[np.float64], index: int, end_s: float) -> float:
    """Between its own time and the next frame's, or the end of the video."""
    return float(time_s[index] + np.append(time_s, end_s)[index + 1]) / 2
