"""What start and end of a stretch of a clip must be before anything is stored under them."""

import math

from core.errors import InputError


def refuse_bad_span(start_s: float, end_s: float, what: str, error: type[InputError] = InputError) -> None:
    """Raises `error` unless both are finite, from 0 upwards, and the end is not before the start.

    `what` names the thing in the sentence, as in "the annotated cue Scratching head".
    """
    for name, value in (("start_s", start_s), ("end_s", end_s)):
        if not (math.isfinite(value) and value >= 0):
            raise error(f"The {name} of {what} is {value}; it must be a number of seconds from 0 upwards.")
    if end_s < start_s:
        raise error(f"The end_s of {what} is {end_s}, which is before its start_s, {start_s}.")
