"""Everything that searches text from outside, and repetitions on which a careless search takes quadratic time."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from app.queries.coding_manual import manual_nodes
from core.outside_json import JsonError, read_json
from core.printable import printable
from core.settings.renamed_keys import with_present_keys
from core.storable import storable
from core.taxonomy import DEFAULT_TAXONOMY
from core.types.transcript import TranscriptSegment, sentences
from db.search import match_expression
from labeling.ingest.transcripts import read_transcript
from labeling.outcome_masking import mask_outcome_words
from labeling.rules.leaks.alarm import LeakContext, text_leak
from labeling.vlm.answers.plain_text import REASONING_CHARACTERS, plain
from labeling.vlm.answers.schema import AnswerError, Watched, parse

OUTCOME_WORDS = ("won", "lost", "won the match", "straight sets")
HOSTILE: Sequence[str] = (
    ".",
    "...!",
    ". ",
    " ",
    "\n",
    "a",
    "a ",
    "A ",
    "the ",
    "the-",
    "won the ",
    "won-",
    "6-4 ",
    "1:",
    "9",
    "<",
    "{\\",
    "[",
    "![",
    "[a](",
    "*a ",
    "`",
    "> ",
    "- ",
    "|a",
    '"',
    '"a',
    "\\",
    "a.b'",
    "&#",
    "\N{COMBINING ACUTE ACCENT}",
    "\u202e",
    "\x1b[",
    "\ud800",
    "because he lost the ",
    "(he ",
    "1\n00:00:01,000 --> 00:00:02,000\n<b\n\n",
    "[[",
    "[ ",
    "a.",
)
_LENGTH_S = 3600.0
_PART = 50_000  # characters of one subtitle


def _untimed(text: str) -> object:
    return sentences((TranscriptSegment(text, None, None),))


def _timed(text: str) -> object:
    parts = [text[place : place + _PART] for place in range(0, len(text), _PART)]
    step_s = _LENGTH_S / max(1, len(parts))
    return sentences(
        tuple(TranscriptSegment(one, step_s * place, step_s * (place + 1)) for place, one in enumerate(parts))
    )


def _leaks(text: str) -> object:
    return text_leak(text, LeakContext("Ada Lovelace", "clip-001", "clip-001.mp4", ()))


def _leaks_by_transcript(text: str) -> object:
    said = (TranscriptSegment(text, None, None),)
    return text_leak("He said that he won the match.", LeakContext("Ada", "clip-001", "clip-001.mp4", said))


def _leaks_of_names(text: str) -> object:
    context = LeakContext(text, text, text, ())
    return text_leak("The person looks down and smiles. " * 20, context)


def _subtitles(suffix: str) -> Callable[[str], object]:
    head = "WEBVTT\n\n00:00:00.000 --> 00:00:01.000" if suffix == ".vtt" else "1\n00:00:00,000 --> 00:00:01,000"

    def read(text: str) -> object:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, f"clip{suffix}")
            path.write_text(f"{head}\nHello. {text}\n\n", "utf-8", errors="replace")
            return read_transcript(path)

    return read


def _answer(text: str) -> object:
    try:
        return parse(Watched, text, DEFAULT_TAXONOMY)
    except AnswerError as error:
        return error


def _json(text: str) -> object:
    try:
        return read_json(text, "The text")
    except JsonError as error:
        return error


READERS: Mapping[str, Callable[[str], object]] = {
    "sentences of a transcript": _untimed,
    "sentences of subtitles": _timed,
    "an .srt file": _subtitles(".srt"),
    "a .vtt file": _subtitles(".vtt"),
    "masking of outcome words": lambda text: mask_outcome_words(text, OUTCOME_WORDS, "[hidden]"),
    "the leak alarm on a rationale": _leaks,
    "the leak alarm by a transcript": _leaks_by_transcript,
    "the leak alarm by names": _leaks_of_names,
    "a model's text made plain": lambda text: plain(text, REASONING_CHARACTERS),
    "a model's answer": _answer,
    "JSON": _json,
    "words of a search": match_expression,
    "the coding manual": manual_nodes.__wrapped__,  # as it is read first, without its cache
    "old names of settings": with_present_keys,
    "text made printable": printable,
    "text made storable": storable,
}
