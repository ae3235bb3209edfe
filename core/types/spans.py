"""Validation of time spans before they are stored."""

import math

from core.errors import InputError


def refuse_bad_span(start_s: float, end_s: float, what: str, error: type[InputError] = InputError) -> None:
    """Raises `error` unless 0 <= start_s <= end_s and both are finite.

    `what` is the subject of the message, such as "the annotated cue Scratching head".
    """
    for name, value in (("start_s", start_s), ("end_s", end_s)):
        if not (math.isfinite(value) and value >= 0):
            raise error(f"The {name} of {what} is {value}; it must be a number of seconds from 0 upwards.")
    if end_s < start_s:
        raise error(f"The end_s of {what} is {end_s}, which is before its start_s, {start_s}.")
