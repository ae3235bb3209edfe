"""Text from outside as something that UTF-8 and every database can hold."""

import re

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_UNSTORABLE = re.compile("[\ud800-\udfff\x00]")  # halves of surrogate pairs; PostgreSQL stores no NUL


def storable(text: str) -> str:
    """`text` with U+FFFD for each character that cannot be stored."""
    return _UNSTORABLE.sub(REPLACEMENT, text)
