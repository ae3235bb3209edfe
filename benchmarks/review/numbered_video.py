"""A film for checks: each picture carries its own number in squares that survive H.264, each skeleton in its joints.

`BITS` squares along the top are white for a one and black for a nought, lowest bit first; a last one makes the number of
white squares odd, so that neither an empty picture nor one misread square passes for a number. Of the skeleton, as many
joints, no two of which an edge joins, stand below their squares, at `ONE_Y_PX` for a one and at `NOUGHT_Y_PX` for a nought.
"""

import random
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.media.video import Picture, write_video
from core.pose.skeleton import EDGES, JOINT_COUNT

BITS = 16
FIELDS = BITS + 1
FIELD_PX = 24
WIDTH_PX, HEIGHT_PX = FIELDS * FIELD_PX, 240
ONE_Y_PX, NOUGHT_Y_PX = 100.0, 170.0
_GREY, _WHITE, _BLACK = 70, 235, 20

# The body's first, which are drawn largest; then points of the left hand.
NUMBER_JOINTS = (0, 2, 4, 5, 7, 8, 10, 13, 17, 18, 19, 21, 97, 99, 101, 103, 105)
if any(a in NUMBER_JOINTS and b in NUMBER_JOINTS for a, b in EDGES) or len(NUMBER_JOINTS) != FIELDS:
    raise AssertionError("An edge between two joints would be drawn over the number.")

# What telephones do: mostly 30 a second, in the dark fewer, now and then a frame that was long in coming.
_VARIABLE_INTERVALS_S = (
    Fraction(1, 30),
    Fraction(1, 30),
    Fraction(1, 25),
    Fraction(1, 24),
    Fraction(1, 15),
    Fraction(1, 10),
)


def field_middle_px(field: int) -> float:
    """x of the middle of a square, and of its joint."""
    return FIELD_PX * (field + 0.5)


def fields_of(number: int) -> list[bool]:
    """The number's bits, lowest first, and the parity that makes the ones odd. Raises ValueError where it has too many bits."""
    if not 0 <= number < 1 << BITS:
        raise ValueError(f"{number} does not fit into {BITS} bits.")
    bits = [bool(number >> bit & 1) for bit in range(BITS)]
    return [*bits, sum(bits) % 2 == 0]


def numbered_pictures(frames: int) -> Iterator[Picture]:
    """`(HEIGHT_PX, WIDTH_PX, 3)` BGR pictures from 0 on."""
    for number in range(frames):
        picture = np.full((HEIGHT_PX, WIDTH_PX, 3), _GREY, dtype=np.uint8)
        shades = np.where(fields_of(number), _WHITE, _BLACK).astype(np.uint8)
        picture[:FIELD_PX] = np.repeat(shades, FIELD_PX)[None, :, None]
        yield picture


def numbered_points(frames: int) -> npt.NDArray[np.float32]:
    """(frames, 137, 3) with each frame's number in `NUMBER_JOINTS`, the other joints missing."""
    points = np.zeros((frames, JOINT_COUNT, 3), dtype=np.float32)
    joints = list(NUMBER_JOINTS)
    ones = np.array([fields_of(number) for number in range(frames)])
    points[:, joints, 0] = [field_middle_px(field) for field in range(FIELDS)]
    points[:, joints, 1] = np.where(ones, ONE_Y_PX, NOUGHT_Y_PX)
    points[:, joints, 2] = 1.0
    return points


def variable_times_s(seconds: float, seed: int = 0) -> list[Fraction]:
    """When the frames of a film of a variable rate are shown; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311  # no secret: a film that can be made again
    times_s = [Fraction(0)]
    while times_s[-1] < seconds:
        times_s.append(times_s[-1] + chance.choice(_VARIABLE_INTERVALS_S))
    return times_s[:-1]


def write_numbered_film(path: Path, seconds: float, frame_rate: Fraction | None) -> int:
    """Writes such a film at a constant rate, or at a variable one for None; returns how many frames it has.

    Raises VideoError where it cannot be written.
    """
    times_s = None if frame_rate else variable_times_s(seconds)
    frames = len(times_s) if times_s else int(seconds * (frame_rate or 0))
    write_video(path, numbered_pictures(frames), frame_rate or Fraction(30), times_s=times_s)
    return frames
