"""Text from outside - names, files, models, servers - as something that a terminal and a page can show."""

from collections.abc import Iterable

_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"  # parts of words and of emoji; they move nothing
_MIDDLE = " … "
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


def some_of(names: Iterable[str]) -> str:
    """The first few of many names, for a sentence."""
    listed = list(names)
    more = len(listed) - _NAMED
    return ", ".join(listed[:_NAMED]) + (f" and {more} more" if more > 0 else "")
