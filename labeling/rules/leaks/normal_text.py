"""Text in one normal form, so that what looks the same to a reader is the same to the alarm's patterns."""

import re
import unicodedata
from collections.abc import Iterator

_MOST_MARKS = 3  # combining marks in a row: sorting thousands of them takes the square of their number
_SAME = str.maketrans(
    {**dict.fromkeys("‐‑‒–—―−﹘﹣", "-"), **dict.fromkeys("‘’‚‛′`´", "'"), **dict.fromkeys("“”„‟″«»", '"')}
)
_BREAKS = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
_GAP = re.compile(r"\s+")


def normalised(text: str) -> str:
    """NFKC, without control, zero-width and direction characters, one kind of dash and of quote, single spaces."""
    return lines_of(text).replace("\n", " ")


def lines_of(text: str) -> str:
    """As `normalised`, but line breaks stay: a word with a capital may begin a line."""
    folded = unicodedata.normalize("NFKC", "".join(_kept(text.translate(_SAME)))).translate(_SAME)
    # A second time: taking a character apart can leave a space behind.
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
