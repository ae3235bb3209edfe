"""A test video: each picture shows its frame number in squares that survive H.264, each skeleton in its joints.

`BITS` squares along the top are white for 1 and black for 0, lowest bit first; a parity square makes the number of
white squares odd, so that neither an empty picture nor one misread square gives a valid number. Below the squares
stand as many joints, no two joined by an edge, at `ONE_Y_PX` for 1 and at `NOUGHT_Y_PX` for 0.
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

# Joints of the body first, because they are drawn largest; then of the left hand.
NUMBER_JOINTS = (0, 2, 4, 5, 7, 8, 10, 13, 17, 18, 19, 21, 97, 99, 101, 103, 105)
if any(a in NUMBER_JOINTS and b in NUMBER_JOINTS for a, b in EDGES) or len(NUMBER_JOINTS) != FIELDS:
    raise AssertionError("An edge between two joints would be drawn over the number.")

# Like telephones: mostly 30 frames a second, fewer in the dark, and a late frame now and then.
_VARIABLE_INTERVALS_S = (
    Fraction(1, 30),
    Fraction(1, 30),
    Fraction(1, 25),
    Fraction(1, 24),
    Fraction(1, 15),
    Fraction(1, 10),
)


def field_middle_px(field: int) -> float:
    """x in px of the center of a square and its joint."""
    return FIELD_PX * (field + 0.5)


def fields_of(number: int) -> list[bool]:
    """The bits of the number, lowest first, and the odd-parity bit. Raises ValueError for too large a number."""
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
    """Frame times of a video with a variable rate; reproducible by seed."""
    chance = random.Random(seed)  # noqa: S311  # not a secret: a reproducible video
    times_s = [Fraction(0)]
    while times_s[-1] < seconds:
        times_s.append(times_s[-1] + chance.choice(_VARIABLE_INTERVALS_S))
    return times_s[:-1]


def write_numbered_video(path: Path, seconds: float, frame_rate: Fraction | None) -> int:
    """Writes a test video with a constant rate, or a variable one for None; returns its number of frames.

    Raises VideoError where it cannot be written.
    """
    times_s = None if frame_rate else variable_times_s(seconds)
    frames = len(times_s) if times_s else int(seconds * (frame_rate or 0))
    write_video(path, numbered_pictures(frames), frame_rate or Fraction(30), times_s=times_s)
    return frames
