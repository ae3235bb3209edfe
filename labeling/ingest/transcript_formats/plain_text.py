"""Text that people or tools wrote, whose time codes are not said: ELAN's tab-delimited export, Otter's text, `[00:12] Hello`.

ELAN's rows have both times and are cues. Of other text the times are left out: it has none for the end of what is said.
"""

import re

from labeling.ingest.transcript_formats.cues import Cues, seconds

_TIME = r"\d{1,3}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?"
_CELL = re.compile(_TIME)
_AT_BEGINNING = re.compile(rf"\s*[\[(]?{_TIME}(?:\s*(?:-{{1,2}}>?|–|to)\s*{_TIME})?[\])]?:?(?=\s|$)[ \t]*")
_SPEAKER_AND_TIME = re.compile(rf"\s*\S.{{0,80}}?\s+[\[(]?{_TIME}[\])]?\s*")
_OTTER = re.compile(r"\s*Transcribed by https://otter\.ai\s*")
_LEAST_CELLS = 3  # of a row of ELAN's: both times and the words


def elan_rows(text: str) -> Cues | None:
    """The cues of ELAN's tab-delimited text, whose rows have a tier, times in one to four forms and the words last; else None.

    The first time of a row as hours, minutes and seconds is the begin, the next one the end.
    """
    rows = [(number, line.split("\t")) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    timed = [(number, cells) for number, cells in rows if len(_times(cells)) >= 2 and len(cells) >= _LEAST_CELLS]
    if not timed or len(timed) < len(rows) - 1:  # one may be a header
        return None
    cues = Cues()
    for number, cells in timed:
        begin, end, *_ = _times(cells)
        cues.add(cells[-1], seconds(begin), seconds(end), f"line {number}")
    return cues


def words_alone(text: str) -> str:
    """The text without time codes at the beginning of its lines, lines of a speaker and a time, and Otter's own line.

    A text in which fewer than half of the lines have such a time is returned as it is.
    """
    lines = text.split("\n")
    of_otter = [_SPEAKER_AND_TIME.fullmatch(line) is not None for line in lines]
    timed = sum(
        is_speaker or _AT_BEGINNING.match(line) is not None for line, is_speaker in zip(lines, of_otter, strict=True)
    )
    if 2 * timed < sum(bool(line.strip()) and _OTTER.fullmatch(line) is None for line in lines):
        return text
    kept = []
    for line, is_speaker in zip(lines, of_otter, strict=True):
        if is_speaker or _OTTER.fullmatch(line):
            continue
        kept.append(_AT_BEGINNING.sub("", line, count=1))
    return "\n".join(kept)


def _times(cells: list[str]) -> list[str]:
    return [cell.strip() for cell in cells[:-1] if _CELL.fullmatch(cell.strip())]
