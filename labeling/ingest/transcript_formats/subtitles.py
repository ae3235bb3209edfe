"""Subtitles: SubRip (.srt), WebVTT (.vtt) and Advanced SubStation (.ass, .ssa), also slightly broken ones.

Own parsing, as libraries refuse a file for one bad cue, or attach the cue's words to the one before: a cue is a line with an
arrow between times, and the lines down to the next; counters, names of cues and notes are not said.
"""

import re

from labeling.ingest.transcript_formats.cues import Cues, seconds

_TIMING = re.compile(r"\s*(?P<start>[\d:.,]+)\s*-{1,3}>\s*(?P<end>[\d:.,]+)(?:\s.*)?")
_ARROW = "-->"
_SHORT_ARROW = re.compile(r"\s*[\d:.,]+\s*->")
_COUNTER = re.compile(r"\s*\d+\s*")
_NO_WORDS = ("NOTE", "STYLE", "REGION")
_ASS_FIELDS = 9  # before the words: layer, start, end, style, name, three margins, effect


def subtitles(text: str, *, webvtt: bool) -> Cues:
    """The cues of an .srt or a .vtt file."""
    cues = Cues()
    lines = text.split("\n")
    at = [number for number, line in enumerate(lines) if _ARROW in line or _SHORT_ARROW.match(line)]
    for place, number in enumerate(at):
        end = at[place + 1] if place + 1 < len(at) else len(lines)
        words = lines[number + 1 : end]
        if end < len(lines):
            words = _without_name(words, webvtt=webvtt)
        timing = _TIMING.fullmatch(lines[number])
        start_s, end_s = (seconds(timing["start"]), seconds(timing["end"])) if timing is not None else (None, None)
        cues.add("\n".join(_without_notes(words) if webvtt else words), start_s, end_s, f"line {number + 1}")
    return cues


def advanced_substation(text: str) -> Cues:
    """The dialogue of an .ass or .ssa file."""
    cues = Cues()
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.startswith("Dialogue:"):
            continue
        cells = line.removeprefix("Dialogue:").split(",", _ASS_FIELDS)
        start_s, end_s = (seconds(cell.strip()) for cell in cells[1:3]) if len(cells) > _ASS_FIELDS else (None, None)
        words = re.sub(r"\\[Nnh]", " ", cells[-1])
        cues.add(words, start_s, end_s, f"line {number}")
    return cues


def _without_name(words: list[str], *, webvtt: bool) -> list[str]:
    """The lines of a cue without the counter or name of the next one, which stands in the last of them that is not empty."""
    last = next((place for place in range(len(words) - 1, -1, -1) if words[place].strip()), -1)
    words = words[: last + 1]
    if not words:
        return words
    is_name = _COUNTER.fullmatch(words[-1]) is not None
    if webvtt and len(words) > 1 and words[-1].strip() and not words[-2].strip():
        is_name = True
    return words[:-1] if is_name else words


def _without_notes(words: list[str]) -> list[str]:
    """The lines without blocks that begin with NOTE, STYLE or REGION after an empty line."""
    kept: list[str] = []
    note, empty_before = False, False
    for line in words:
        if not line.strip():
            note, empty_before = False, True
            continue
        note = note or (empty_before and line.split(maxsplit=1)[0] in _NO_WORDS)
        empty_before = False
        if not note:
            kept.append(line)
    return kept
