"""The one reader of numbers in addresses and bodies: text of any length that somebody else wrote.

Python reads no integer of more than 4,300 digits, SQLite holds none above 2^63 - 1, and infinity has no place in JSON.
"""

import math
from typing import Annotated

from pydantic import Field

LARGEST_ID = 2**63 - 1
RowId = Annotated[int, Field(ge=1, le=LARGEST_ID)]
"""The number of a row, in a body."""


def row_id(text: str | None) -> int | None:
    """The number of a row, in an address; None for text that can be none."""
    if text is None or not (text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST_ID))):
        return None
    return int(text) if 1 <= int(text) <= LARGEST_ID else None


def count(text: str) -> int | None:
    """A number from 0 that a row could have, in an address; None for text that is none."""
    return 0 if text == "0" else row_id(text)


def seconds(text: str | None) -> float | None:
    """A time from 0, in an address; None for text that is no such time."""
    try:
        found = float(text or "")
    except ValueError:
        return None
    return found if math.isfinite(found) and found >= 0 else None


def quoted(text: str) -> str:
    """What was asked for, short enough for a sentence."""
    return repr(text if len(text) <= 40 else f"{text[:40]}…")
