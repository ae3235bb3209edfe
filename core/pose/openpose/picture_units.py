"""Points that are not pixels of the video: scaled to 0..1 or -1..1 (`--keypoint_scale` 3 and 4), or of a larger copy of it."""

import numpy as np
import numpy.typing as npt

from core.errors import KeypointError

Points = npt.NDArray[np.float32]

_LARGEST_UNIT = 1.25  # OpenPose places a few points a little outside the picture
_BULK = 0.99  # of the points; single ones may lie anywhere
_SMALLEST_PX = 16  # sides of a picture in which a person of one pixel could not be told from a scaled one
_LEFT_OF_MIDDLE = 0.01  # share of negative numbers from which they are counted from the middle of the picture
_MARGIN, _OUTSIDE = 1.1, 0.5
_PLAIN_RATIOS = (1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
_FILLED = (0.85, 1.02)  # share of a plain copy that the points reach to


def in_pixels(points: Points, picture_px: tuple[int, int], name: str) -> tuple[Points, str]:
    """Points (T, 137, 3) in pixels of a picture of `picture_px` (width, height), and a sentence if they were scaled.

    Raises KeypointError, naming them by `name`, for points of which most lie outside the picture by no plain ratio.
    """
    there = points[..., 2] > 0
    places = points[there][:, :2].astype(np.float64)
    if not len(places) or min(picture_px) < _SMALLEST_PX:
        return points, ""
    if float(np.quantile(np.abs(places).max(axis=1), _BULK)) <= _LARGEST_UNIT:
        return _from_units(points, there, places, picture_px, name)
    size = np.array(picture_px, dtype=np.float64)
    outside = (places > _MARGIN * size).any(axis=1).mean()
    if outside <= _OUTSIDE:
        return points, ""
    reached = float((np.quantile(places, 0.999, axis=0) / size).max())
    ratios = [ratio for ratio in _PLAIN_RATIOS if _FILLED[0] <= reached / ratio <= _FILLED[1]]
    told = f"{outside:.0%} of the points of {name} lie outside the picture of {picture_px[0]} x {picture_px[1]} px"
    if len(ratios) != 1:
        raise KeypointError(
            f"{told}: they are of another picture size. Run OpenPose on this video, or scale the points to its size."
        )
    scaled = points.copy()
    scaled[..., :2] /= ratios[0]
    return scaled, f"{told}; they were read as those of a copy {ratios[0]:g} times as large."


def _from_units(
    points: Points,
    there: npt.NDArray[np.bool_],
    places: npt.NDArray[np.float64],
    picture_px: tuple[int, int],
    name: str,
) -> tuple[Points, str]:
    size = np.array(picture_px, dtype=np.float32)
    scaled = points.copy()
    from_middle = (places < 0).any(axis=1).mean() > _LEFT_OF_MIDDLE
    scaled[..., :2] = (points[..., :2] + 1) / 2 * size if from_middle else points[..., :2] * size
    scaled[~there] = 0
    unit = "-1..1" if from_middle else "0..1"
    return (
        scaled,
        f"{name} has points in {unit}; they were scaled to the picture of {picture_px[0]} x {picture_px[1]} px.",
    )
