"""Smooth outlines through moving points, computed for all frames at once and drawn frame by frame.

Places are (T, N, 2) in pixels; layers hold fixed-point coordinates in sixteenths of a pixel, for OpenCV.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from core.simulation.drawing.appearance import Color
from core.simulation.rig.motion import Signal

Places = npt.NDArray[np.float64]
Picture = npt.NDArray[np.uint8]

_SHIFT = 4


@dataclass(frozen=True)
class Fill:
    """A filled shape; points (T, N, 2)."""

    points: npt.NDArray[np.int32]
    color: Color

    def draw(self, picture: Picture, frame: int) -> None:
        cv2.fillPoly(picture, [self.points[frame]], self.color, cv2.LINE_AA, _SHIFT)


@dataclass(frozen=True)
class Stroke:
    """Open lines of one color and thickness (px); each of `paths` is (T, N, 2)."""

    paths: tuple[npt.NDArray[np.int32], ...]
    color: Color
    thickness: int

    def draw(self, picture: Picture, frame: int) -> None:
        cv2.polylines(
            picture, [path[frame] for path in self.paths], False, self.color, self.thickness, cv2.LINE_AA, _SHIFT
        )


@dataclass(frozen=True)
class Discs:
    """One filled circle per frame; radius in sixteenths of a pixel."""

    centers: npt.NDArray[np.int32]
    radii: npt.NDArray[np.int32]
    color: Color

    def draw(self, picture: Picture, frame: int) -> None:
        x, y = self.centers[frame]
        cv2.circle(picture, (int(x), int(y)), int(self.radii[frame]), self.color, -1, cv2.LINE_AA, _SHIFT)


@dataclass(frozen=True)
class Sometimes:
    """A layer that is drawn only in frames where `shown` (T,) is true."""

    layer: "Layer"
    shown: npt.NDArray[np.bool_]

    def draw(self, picture: Picture, frame: int) -> None:
        if self.shown[frame]:
            self.layer.draw(picture, frame)


Layer = Fill | Stroke | Discs | Sometimes


def fixed(places: Places) -> npt.NDArray[np.int32]:
    """Pixels to fixed-point sixteenths of a pixel."""
    return np.ascontiguousarray(np.round(places * (1 << _SHIFT)), dtype=np.int32)


def fill(places: Places, color: Color, *, smooth: int = 0) -> Fill:
    """A filled shape through (T, N, 2); a curve with `smooth` points per side, or a polygon if 0."""
    return Fill(fixed(closed_curve(places, smooth) if smooth else places), color)


def stroke(places: Places, color: Color, thickness: float, *, smooth: int = 0) -> Stroke:
    """One open line."""
    return Stroke((fixed(open_curve(places, smooth) if smooth else places),), color, max(1, round(thickness)))


def strokes(paths: Sequence[Places], color: Color, thickness: float, *, smooth: int = 0) -> Stroke:
    """Several open lines in one color."""
    drawn = tuple(fixed(open_curve(path, smooth) if smooth else path) for path in paths)
    return Stroke(drawn, color, max(1, round(thickness)))


def discs(centers: Places, radii_px: Signal, color: Color) -> Discs:
    """One circle per frame, centered at (T, 2)."""
    return Discs(fixed(centers), fixed(radii_px), color)


def closed_curve(places: Places, steps: int) -> Places:
    """(T, N * steps, 2) of a closed Catmull-Rom curve through (T, N, 2)."""
    return np.asarray(np.einsum("mn,tnd->tmd", _closed_matrix(places.shape[1], steps), places, optimize=True))


def open_curve(places: Places, steps: int) -> Places:
    """(T, (N - 1) * steps + 1, 2) of an open Catmull-Rom curve through (T, N, 2)."""
    return np.asarray(np.einsum("mn,tnd->tmd", _open_matrix(places.shape[1], steps), places, optimize=True))


def limb(start: Places, end: Places, start_px: Signal, end_px: Signal) -> Places:
    """(T, 14, 2): the outline of a limb from `start` to `end`, (T, 2) each, with round ends of those radii."""
    along = end - start
    angle = np.arctan2(along[:, 1], along[:, 0])
    turn = np.linspace(-np.pi / 2, np.pi / 2, 7)
    far = angle[:, None] + turn
    near = angle[:, None] + np.pi + turn
    return np.concatenate(
        (
            end[:, None] + end_px[:, None, None] * np.stack((np.cos(far), np.sin(far)), axis=-1),
            start[:, None] + start_px[:, None, None] * np.stack((np.cos(near), np.sin(near)), axis=-1),
        ),
        axis=1,
    )


def ribbon(path: Places, half_px: Signal) -> Places:
    """(T, 2 N + 3, 2): the outline of a path (T, N, 2) with a round end; half_px: (N,) half the width at each point."""
    along = np.gradient(path, axis=1)
    along /= np.maximum(np.hypot(along[..., :1], along[..., 1:]), 1e-6)
    across = np.stack((-along[..., 1], along[..., 0]), axis=-1) * half_px[None, :, None]
    ahead = along[:, -1:] * half_px[-1]
    tip = path[:, -1:] + np.concatenate(
        (0.7 * ahead + 0.7 * across[:, -1:], ahead, 0.7 * ahead - 0.7 * across[:, -1:]), axis=1
    )
    return np.concatenate((path + across, tip, (path - across)[:, ::-1]), axis=1)


def _weights(x: float) -> tuple[float, float, float, float]:
    return (
        0.5 * (-x + 2 * x**2 - x**3),
        0.5 * (2 - 5 * x**2 + 3 * x**3),
        0.5 * (x + 4 * x**2 - 3 * x**3),
        0.5 * (-(x**2) + x**3),
    )


@lru_cache
def _closed_matrix(count: int, steps: int) -> Places:
    matrix = np.zeros((count * steps, count))
    for row in range(count * steps):
        index, step = divmod(row, steps)
        for offset, weight in zip((-1, 0, 1, 2), _weights(step / steps), strict=True):
            matrix[row, (index + offset) % count] += weight
    return matrix


@lru_cache
def _open_matrix(count: int, steps: int) -> Places:
    rows = (count - 1) * steps + 1
    matrix = np.zeros((rows, count))
    for row in range(rows):
        index, step = divmod(row, steps)
        for offset, weight in zip((-1, 0, 1, 2), _weights(step / steps), strict=True):
            matrix[row, min(max(index + offset, 0), count - 1)] += weight
    return matrix
