"""Text from outside - names, files, models, servers - as something that a terminal and a page can show."""

from collections import Counter
from collections.abc import Iterable

_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"  # parts of words and of emoji; they move nothing
_MIDDLE = " … "
_TOLD = 3  # sentences of one kind
_ANOTHER = "…"
_NAMED = 5  # names that a sentence lists before "and N more"


def printable(text: str, longest: int | None = None) -> str:
    r"""`text` in one line: escape sequences, characters that turn the direction of reading, lone surrogates and other
    characters without a picture are written out, as `\x1b`; its middle is left out beyond `longest` characters.
    """
    line = " ".join(text.split()) if not text.isprintable() else text
    if not line.isprintable():
        line = "".join(
            one if one.isprintable() or one in _JOINERS else one.encode("unicode_escape").decode() for one in line
        )
    if longest is None or len(line) <= longest:
        return line
    kept = max(2, longest - len(_MIDDLE))
    return line[: kept - kept // 2] + _MIDDLE + line[len(line) - kept // 2 :]


def first_of_each_kind(sentences: Iterable[str]) -> list[str]:
    """The sentences, of those that differ only in names and figures the first three and how many more there are.

    A word that only one of all sentences has is taken for a name.
    """
    listed = [sentence.split() for sentence in sentences]
    common = Counter(word for words in listed for word in set(words))
    kinds: dict[str, list[str]] = {}
    for words in listed:
        kind = " ".join(_ANOTHER if common[word] == 1 or any(map(str.isdigit, word)) else word for word in words)
        kinds.setdefault(kind, []).append(" ".join(words))
    told = []
    for alike in kinds.values():
        told.extend(alike if len(alike) <= _TOLD + 1 else alike[:_TOLD])
        if len(alike) > _TOLD + 1:
            told.append(f"{len(alike) - _TOLD:,} more like that.")
    return told


def some_of(names: Iterable[str]) -> str:
    """The first few of many names, for a sentence."""
    listed = list(names)
    more = len(listed) - _NAMED
    return ", ".join(listed[:_NAMED]) + (f" and {more} more" if more > 0 else "")
