"""Normalization of text, so that text that looks the same matches the same patterns."""

import re
import unicodedata
from collections.abc import Iterator

_MOST_MARKS = 3  # consecutive combining marks that are kept: Unicode normalization sorts them in quadratic time
_SAME = str.maketrans(
    {**dict.fromkeys("‐‑‒–—―−﹘﹣", "-"), **dict.fromkeys("‘’‚‛′`´", "'"), **dict.fromkeys("“”„‟″«»", '"')}
)
_BREAKS = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
_GAP = re.compile(r"\s+")


def normalized(text: str) -> str:
    """NFKC without control, zero-width and direction characters, with one kind of dash and quote, and single spaces."""
    return lines_of(text).replace("\n", " ")


def lines_of(text: str) -> str:
    """As `normalized`, but with line breaks, as a capitalized word may begin a line."""
    folded = unicodedata.normalize("NFKC", "".join(_kept(text.translate(_SAME)))).translate(_SAME)
    # Spaces are joined again, as decomposing a character can produce one.
    return _GAP.sub(lambda gap: "\n" if "\n" in gap.group() else " ", "".join(_kept(folded))).strip()


def _kept(text: str) -> Iterator[str]:
    marks = 0
    for character in text:
        if character.isspace():
            yield "\n" if character in _BREAKS else " "
        elif unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn"}:
            continue
        elif unicodedata.combining(character):
            marks += 1
            if marks <= _MOST_MARKS:
                yield character
            continue
        else:
            yield character
        marks = 0
