"""Sanitizing text written by a model, which is stored and shown as plain text of limited length."""

import re
import unicodedata

CLAIM_CHARACTERS = 500
REASONING_CHARACTERS = 4000

# Bidirectional marks and overrides can make a line look different from what is stored. Line separators become line feeds.
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LINES = re.compile("\r\n?|[\u0085\u2028\u2029]")
_SPACES = re.compile(r"[^\S\n]+")
_EMPTY_LINES = re.compile(r"\n\s*\n\s*")


def plain(text: str, characters: int) -> str:
    """`text` without control and direction characters, with white space collapsed, cut to `characters`.

    A cut text states its original length. Line feeds are kept; markup is kept as literal characters.
    """
    head = text[: characters * 8]  # a long text is cut roughly first, for speed
    kept = _BIDI.sub("", _LINES.sub("\n", head))
    kept = "".join(
        character
        if character in "\n\t" or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn"}
        else " "
        for character in kept
    )
    kept = _EMPTY_LINES.sub("\n\n", _SPACES.sub(" ", kept)).strip()
    if len(kept) <= characters and len(head) == len(text):
        return kept
    return f"{kept[:characters].rstrip()} … (cut; it was {len(text):,} characters)"
