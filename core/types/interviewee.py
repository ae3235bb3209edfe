"""Who of the people in a picture is the interviewee, as somebody said it."""

import math
from dataclasses import dataclass
from datetime import datetime

from core.errors import InputError


@dataclass(frozen=True, slots=True)
class PersonPoint:
    """The person at this place at this time: what somebody picks on a frame of a clip.

    `time_s` counts from the start of the clip; the place is in pixels of the full picture, from its top left.
    Raises InputError for a value that is no finite number or is below zero.
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
    """A pick with the moment at which it was made: features of the person made before it are stale."""

    point: PersonPoint
    picked_at: datetime
