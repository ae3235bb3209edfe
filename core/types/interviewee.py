"""Which person in the picture is the interviewee, as chosen by a user."""

import math
from dataclasses import dataclass
from datetime import datetime

from core.errors import InputError


@dataclass(frozen=True, slots=True)
class PersonPoint:
    """The point on a frame at which a user picked the interviewee.

    `time_s` counts from the start of the clip; x and y are pixels of the full picture, origin top left.
    Raises InputError for a value that is not finite or is negative.
    """

    time_s: float
    x_px: float
    y_px: float

    def __post_init__(self) -> None:
        for name in ("time_s", "x_px", "y_px"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise InputError(f"The {name} of a picked person is {value}; it must be a number from 0 upwards.")


@dataclass(frozen=True, slots=True)
class PickedPerson:
    """A pick and when it was made. Features of the person made before that must be rebuilt."""

    point: PersonPoint
    picked_at: datetime
