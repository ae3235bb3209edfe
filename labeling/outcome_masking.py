"""Masks words of a transcript that state the result of a match, which would give the label away."""

import functools
import re
from collections.abc import Sequence

# 6-4, 7–6 (5), 6:3: the score of a set.
_SET_SCORE = r"\d{1,2}\s?[-–—:]\s?\d{1,2}(?:\s?\(\s?\d{1,2}\s?\))?"


def mask_outcome_words(text: str, words: Sequence[str], mask: str) -> str:
    """`text` with each of the `words` (whole words and phrases, in any case) and each score like 6-4 replaced by `mask`."""
    return _pattern(tuple(words)).sub(lambda _match: mask, text)


@functools.lru_cache(maxsize=8)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    # Longest first, so that phrases match as a whole, with any white space or hyphen between their words.
    phrases = [r"[\s-]+".join(map(re.escape, re.split(r"[\s-]+", word.strip()))) for word in words if word.strip()]
    alternatives = [_SET_SCORE, *sorted(phrases, key=len, reverse=True)]
    return re.compile(rf"(?<![\w])(?:{'|'.join(alternatives)})(?![\w])", re.IGNORECASE)
