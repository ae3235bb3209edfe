"""The leak alarm: finds parts of a rationale that rely on information other than behavior.

These are the result of the match and knowledge of it, names, score boards, captions, file names, and what the transcript says
about the result. A sentence that infers the label ("so he probably lost") is no leak; one that uses it as known ("because he
lost the match") is. The patterns are in `labeling.rules.leaks.patterns`.
"""

import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from core.types.cues import BodyRegion
from core.types.pseudo_labels import Claim
from core.types.transcript import TranscriptSegment, sentences
from labeling.rules.leaks import patterns as table
from labeling.rules.leaks.normal_text import lines_of, normalized

_NEAR_S = 0.5
_LONGEST_SENTENCE_S = 20.0  # subtitles without full stops would form one sentence of minutes
_QUOTED_WORDS = 4
_LOOK_BACK = 110  # characters before a statement in which words of inference are searched for
_MOST_TOLD = 3
_SHOWN_CHARACTERS = 80


class LeakKind(StrEnum):
    """The kind of information that a text relies on."""

    OUTCOME = "outcome"
    NAME = "name"
    SCORE_BOARD = "score_board"
    CAPTION = "caption"
    FILE_NAME = "file_name"
    TRANSCRIPT = "transcript"


_IN_WORDS = {
    LeakKind.OUTCOME: "the outcome",
    LeakKind.NAME: "a name",
    LeakKind.SCORE_BOARD: "a score",
    LeakKind.CAPTION: "something written in the picture",
    LeakKind.FILE_NAME: "the name of the file",
    LeakKind.TRANSCRIPT: "what is said of the result",
}


@dataclass(frozen=True, slots=True)
class LeakContext:
    """What a text about this clip could leak: names of subject, clip and file, and the transcript (sentences or subtitles)."""

    subject: str
    clip_name: str
    file_name: str
    transcript: tuple[TranscriptSegment, ...]


@dataclass(frozen=True, slots=True)
class Leak:
    """`words` are quoted from the text, after `normalized`."""

    kind: LeakKind
    words: str


class _Span(NamedTuple):
    start: int
    end: int
    kind: LeakKind


class _Statement(NamedTuple):
    """A sentence of the transcript that states the result; times are None if the transcript has none."""

    text: str
    start_s: float | None
    end_s: float | None


def leaks_in(text: str, context: LeakContext) -> tuple[Leak, ...]:
    """All leaks of a text, in order, without repetitions. Takes linear time."""
    lines = lines_of(text)
    flat = lines.replace("\n", " ")
    spans = [
        *_outcomes(flat),
        *_all(table.REPORTS, flat, LeakKind.TRANSCRIPT),
        *_quotes(flat, context.transcript),
        *_mentions(table.SCORE_BOARDS, flat, LeakKind.SCORE_BOARD),
        *_set_scores(flat),
        *_mentions(table.CAPTIONS, flat, LeakKind.CAPTION),
        *_mentions(table.FILE_NAMES, flat, LeakKind.FILE_NAME),
        *_file_names(flat, context),
        *_all(table.EVENTS, flat, LeakKind.NAME),
        *_subject(flat, lines, context.subject),
        *_names(flat, lines),
    ]
    return tuple(dict.fromkeys(Leak(span.kind, flat[span.start : span.end]) for span in _longest(spans)))


def claim_leak(claim: Claim, context: LeakContext) -> str:
    """A sentence on the leaks of a claim, or "".

    A claim about words is also a leak if the transcript states the result within half a second of the claim's span.
    """
    found = text_leak(claim.text, context)
    if found or claim.region is not BodyRegion.WORDS:
        return found
    for said in _statements(context.transcript):
        if said.start_s is None or said.end_s is None:
            continue
        if said.start_s <= claim.end_s + _NEAR_S and said.end_s >= claim.start_s - _NEAR_S:
            return _sentence([Leak(LeakKind.TRANSCRIPT, said.text)])
    return ""


def text_leak(text: str, context: LeakContext) -> str:
    """A sentence that quotes the leaks of a text, or "" if there are none."""
    return _sentence(leaks_in(text, context))


def _sentence(leaks: Sequence[Leak]) -> str:
    if not leaks:
        return ""
    told = [f"{_IN_WORDS[leak.kind]}: “{_shortened(leak.words)}”" for leak in leaks[:_MOST_TOLD]]
    more = f"; and {len(leaks) - _MOST_TOLD:,} more" if len(leaks) > _MOST_TOLD else ""
    return f"Leans on {'; on '.join(told)}{more}."


def _shortened(words: str) -> str:
    return words if len(words) <= _SHOWN_CHARACTERS else f"{words[: _SHOWN_CHARACTERS - 1]}…"


def _longest(spans: Iterable[_Span]) -> list[_Span]:
    """The spans in order, without those inside another span or overlapping one of the same kind."""
    kept: list[_Span] = []
    ends: dict[LeakKind, int] = {}  # latest end so far; as spans are sorted by start, it tells what lies within
    for span in sorted(set(spans), key=lambda one: (one.start, -one.end)):
        if span.end > max(ends.values(), default=-1) and span.start >= ends.get(span.kind, 0):
            kept.append(span)
            ends[span.kind] = span.end
    return kept


def _all(patterns: Iterable[re.Pattern[str]], text: str, kind: LeakKind) -> Iterator[_Span]:
    for pattern in patterns:
        for match in pattern.finditer(text):
            yield _Span(match.start(), match.end(), kind)


def _mentions(patterns: Iterable[re.Pattern[str]], text: str, kind: LeakKind) -> Iterator[_Span]:
    for span in _all(patterns, text, kind):
        if not table.UNUSED.search(text[_back(span.start) : span.start]):
            yield span


def _back(place: int) -> int:
    return max(0, place - _LOOK_BACK)


def _outcomes(text: str) -> Iterator[_Span]:
    stated = [span for span in _all(table.OUTCOMES, text, LeakKind.OUTCOME) if not _is_inferred(text, span)]
    known = [span for span in _all(table.KNOWLEDGE, text, LeakKind.OUTCOME) if not _is_compared(text, span)]
    for span in (*stated, *known):
        led = table.LED_BY.search(text[_back(span.start) : span.start])
        yield span._replace(start=_back(span.start) + led.start()) if led and _is_word_start(text, span, led) else span


def _is_word_start(text: str, span: _Span, led: re.Match[str]) -> bool:
    place = _back(span.start) + led.start()
    return place == 0 or not text[place - 1].isalnum()


_SENTENCE_END = re.compile(r"[.!?;](?=\s)")


def _clause(text: str, span: _Span) -> int:
    """Start of the sentence of a span, at most `_LOOK_BACK` characters before it."""
    begin = _back(span.start)
    ends = [match.end() for match in _SENTENCE_END.finditer(text, begin, span.start)]
    return ends[-1] if ends else begin


def _past(pattern: re.Pattern[str], text: str, begin: int, span: _Span) -> int:
    """End of the last match of a pattern that starts between `begin` and the span, or `begin`."""
    # Searched to the span's end, as the patterns have look-aheads.
    starts = [match.end() for match in pattern.finditer(text, begin, span.end) if match.start() < span.start]
    return min(starts[-1], span.start) if starts else begin


def _is_compared(text: str, span: _Span) -> bool:
    begin = _past(table.GROUNDED, text, _clause(text, span), span)
    return table.COMPARED.search(text, begin, span.start) is not None


def _is_inferred(text: str, span: _Span) -> bool:
    if _is_compared(text, span) or table.SUPPOSED.search(text[span.end : span.end + 40]):
        return True
    begin = _past(table.GROUNDED, text, _clause(text, span), span)
    begin = _past(table.AFTERWARDS, text, begin, span)
    before = text[begin : span.start]
    return any(pattern.search(before) for pattern in (table.INFERRED, table.SO, table.ONE_OF_TWO))


def _set_scores(text: str) -> Iterator[_Span]:
    """Scores of tennis sets. 6-4 cannot be a time span, as its end is before its start; 4-6 can, and needs a second score."""
    sets = [match for match in table.SET_SCORE.finditer(text) if _is_set(int(match.group(1)), int(match.group(2)))]
    for place, match in enumerate(sets):
        before = text[max(0, match.start() - 40) : match.start()]
        near = [*sets[max(0, place - 1) : place], *sets[place + 1 : place + 2]]
        in_company = any(
            0 <= max(other.start() - match.end(), match.start() - other.end()) <= 5 for other in near
        )  # "6-4, 3-6", "6-4 and 6-2"
        backwards = int(match.group(1)) > int(match.group(2))
        scored = table.BEFORE_A_SCORE.search(before) is not None
        if scored or ((in_company or backwards) and not table.BEFORE_A_SPAN.search(before)):
            yield _Span(match.start(), match.end(), LeakKind.SCORE_BOARD)


def _is_set(one: int, other: int) -> bool:
    least, most = sorted((one, other))
    return (most == 6 and least <= 4) or (most == 7 and least in {5, 6})


_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_OPENING = frozenset('.!?:…"([*#-/>•|')


def _names(text: str, lines: str) -> Iterator[_Span]:
    """Capitalized words within a sentence, except known terms; adjacent ones form one name."""
    words = list(_WORD.finditer(text))
    small = {match.group() for match in words if match.group()[0].islower()}
    start, end = -1, -1
    for match in words:
        if not _is_name(match, lines, small):
            continue
        if start >= 0 and match.start() - end == 1 and text[end] == " ":
            end = match.end()
            continue
        if start >= 0:
            yield _Span(start, end, LeakKind.NAME)
        start, end = match.span()
    if start >= 0:
        yield _Span(start, end, LeakKind.NAME)


def _is_name(match: re.Match[str], lines: str, small: set[str]) -> bool:
    word = match.group()
    if not word[0].isupper() or word.isupper() or any(character.isdigit() for character in word):
        return False  # AU12, BODY, R2
    bare = word.casefold().removesuffix("'s")
    if {bare, word.casefold()} & table.NO_NAMES or all(part in table.NO_NAMES for part in bare.split("-")):
        return False
    if bare in small:
        return False  # in lower case elsewhere in the text: a heading, or emphasis
    if _begins_sentence(match.start(), lines):
        return word.endswith("'s") and word.casefold() not in table.NOBODYS and len(word) > 4
    return True


def _begins_sentence(start: int, lines: str) -> bool:
    before = lines[max(0, start - 24) : start]
    if not before.strip() or before.rstrip(" ").endswith("\n"):
        return True
    stripped = before.rstrip()
    last = stripped[-1]
    if last == ".":
        word = _WORD.findall(stripped)[-1:] or [""]
        return word[0].casefold() not in table.ABBREVIATED
    # A hyphen within a word begins no sentence; a quotation mark does after a space or at the start.
    if last in "-/":
        return before != stripped
    if last == '"':
        return before == stripped or stripped[:-1].endswith((".", "!", "?"))
    return last in _OPENING


def _subject(text: str, lines: str, subject: str) -> Iterator[_Span]:
    name = normalized(subject)
    if name.isdigit():
        yield from _numbered(text, name, LeakKind.NAME)
        return
    if len(name) < 2:
        return
    identifier = table.IDENTIFIER.fullmatch(name) is not None
    if identifier or not _is_ordinary(name):
        yield from _verbatim(text, name, LeakKind.NAME)
    if identifier:
        return
    for part in {part for part in re.split(r"[\s_.,-]+", name) if len(part) >= 3 and not part.isdigit()}:
        for match in re.finditer(rf"(?<!\w){re.escape(part)}(?!\w)", text, re.IGNORECASE):
            capital = match.group()[0].isupper()
            if capital and not (_is_ordinary(part) and _begins_sentence(match.start(), lines)):
                yield _Span(match.start(), match.end(), LeakKind.NAME)


def _is_ordinary(name: str) -> bool:
    return name.casefold() in table.ORDINARY or name.casefold() in table.NO_NAMES


def _file_names(text: str, context: LeakContext) -> Iterator[_Span]:
    for name in {normalized(context.clip_name), normalized(context.file_name)}:
        if name.isdigit():
            yield from _numbered(text, name, LeakKind.FILE_NAME)
        # A name without a digit, an underscore or a dot may be an ordinary word.
        elif len(name) >= 3 and re.search(r"[\d_.]", name):
            yield from _verbatim(text, name, LeakKind.FILE_NAME)


def _verbatim(text: str, name: str, kind: LeakKind) -> Iterator[_Span]:
    for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE):
        yield _Span(match.start(), match.end(), kind)


def _numbered(text: str, number: str, kind: LeakKind) -> Iterator[_Span]:
    for span in _verbatim(text, number, kind):
        if table.BEFORE_A_NUMBER.search(text[_back(span.start) : span.start]):
            yield span


def _quotes(text: str, transcript: tuple[TranscriptSegment, ...]) -> Iterator[_Span]:
    """Runs of four or more words that also occur in a sentence of the transcript that states the result."""
    quotable = _runs(transcript)
    words = list(_WORD.finditer(text)) if quotable else []
    start, end = -1, -1  # character range of the current run
    for place in range(len(words) - _QUOTED_WORDS + 1):
        four = words[place : place + _QUOTED_WORDS]
        if tuple(match.group().casefold() for match in four) not in quotable:
            continue
        if start >= 0 and four[0].start() < end:
            end = four[-1].end()
            continue
        if start >= 0:
            yield _Span(start, end, LeakKind.TRANSCRIPT)
        start, end = four[0].start(), four[-1].end()
    if start >= 0:
        yield _Span(start, end, LeakKind.TRANSCRIPT)


@functools.lru_cache(maxsize=4)  # a clip's claims are checked one after another with the same transcript
def _runs(transcript: tuple[TranscriptSegment, ...]) -> frozenset[tuple[str, ...]]:
    """All sequences of four words in sentences that state the result, except those of function words only."""
    found = set()
    for said in _statements(transcript):
        words = [word.casefold() for word in _WORD.findall(said.text)]
        for place in range(len(words) - _QUOTED_WORDS + 1):
            run = tuple(words[place : place + _QUOTED_WORDS])
            if not table.FUNCTION_WORDS.issuperset(run):
                found.add(run)
    return frozenset(found)


@functools.lru_cache(maxsize=4)
def _statements(transcript: tuple[TranscriptSegment, ...]) -> tuple[_Statement, ...]:
    found = []
    for spoken in sentences(transcript):
        text = normalized(spoken.text)
        for start, end in _states_result(text):
            found.append(_placed(text, spoken, start, end))
    return tuple(dict.fromkeys(found))


def _placed(text: str, spoken: TranscriptSegment, start: int, end: int) -> _Statement:
    """The statement as its sentence; if that is very long, as the words around it, with their share of the time."""
    if spoken.start_s is None or spoken.end_s is None or spoken.end_s - spoken.start_s <= _LONGEST_SENTENCE_S:
        return _Statement(text, spoken.start_s, spoken.end_s)
    first, last = max(0, start - 60), min(len(text), end + 60)
    a_character_s = (spoken.end_s - spoken.start_s) / len(text)
    return _Statement(text[first:last], spoken.start_s + first * a_character_s, spoken.start_s + last * a_character_s)


def _states_result(text: str) -> list[tuple[int, int]]:
    spans = [
        *(span for span in _all(table.OUTCOMES, text, LeakKind.OUTCOME) if not _is_compared(text, span)),
        *_all(table.TELLING, text, LeakKind.OUTCOME),
        *_set_scores(text),
    ]
    return [(span.start, span.end) for span in spans]
