"""Transcripts: what was said, with times if they are known."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_BEGINNING = re.compile(r"\S")
# A whole run of marks is one match, and what follows is looked at afterwards: with a look-ahead, 40,000 full stops take minutes.
_END = re.compile(r"(?P<before_space>[.!?…]+)|[。！？]+|\n")


@dataclass(frozen=True, slots=True)
class TranscriptSegment:
    """A piece of speech. `start_s` and `end_s` are both numbers, or both None if the transcript has no times."""

    text: str
    start_s: float | None
    end_s: float | None


def plain_text(segments: Iterable[TranscriptSegment]) -> str:
    """The text without times, one segment per line."""
    return "\n".join(segment.text for segment in segments)


def sentences(segments: Sequence[TranscriptSegment]) -> tuple[TranscriptSegment, ...]:
    """The transcript split into sentences: at full stops, question and exclamation marks, and line ends of untimed segments.

    A sentence that spans several subtitles is joined. Times inside a segment are interpolated by character.
    """
    if not all(segment.start_s is not None for segment in segments):
        text = "\n".join(segment.text for segment in segments)
        return tuple(TranscriptSegment(found, None, None) for found, _start, _end in _cut(text))
    text, moments = "", [0.0]  # moments[i]: when character i begins, in seconds; the last entry is the end
    for segment in segments:
        start_s, end_s = segment.start_s or 0.0, segment.end_s or 0.0
        said = re.sub(r"\s+", " ", segment.text).strip()
        if not said:
            continue
        gap = " " if text else ""
        moments[-1:] = [*([moments[-1]] if gap else []), *_spread(start_s, end_s, len(said))]
        text += gap + said
    return tuple(TranscriptSegment(found, moments[start], moments[end]) for found, start, end in _cut(text))


def _spread(start_s: float, end_s: float, count: int) -> list[float]:
    return [start_s + (end_s - start_s) * place / count for place in range(count + 1)]


def _cut(text: str) -> list[tuple[str, int, int]]:
    found = []
    place = 0
    while (first := _BEGINNING.search(text, place)) is not None:
        start = first.start()
        place = _end_of_sentence(text, start + 1)
        sentence = text[start:place].rstrip()
        found.append((sentence, start, start + len(sentence)))
    return found


def _end_of_sentence(text: str, place: int) -> int:
    """The end of the sentence that goes on at `place`."""
    for end in _END.finditer(text, place):
        if end["before_space"] is None or text[end.end() : end.end() + 1].isspace():
            return end.end()
    return len(text)
