"""Text that a model wrote, made harmless: it is stored and shown as plain text of a length that a person can read."""

import re
import unicodedata

CLAIM_CHARACTERS = 500
REASONING_CHARACTERS = 4000

# Bidirectional marks and overrides can make a line read other than it is stored; a line separator is a line feed.
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LINES = re.compile("\r\n?|[\u0085\u2028\u2029]")
_SPACES = re.compile(r"[^\S\n]+")
_EMPTY_LINES = re.compile(r"\n\s*\n\s*")


def plain(text: str, characters: int) -> str:
    """`text` without control and direction marks, white space closed up, cut to so many characters.

    A cut says how long the text was. Line feeds stay; markup stays too, as the characters that it is made of.
    """
    head = text[: characters * 8]  # 100 kB of one text need not be cleaned to the end to be cut
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
