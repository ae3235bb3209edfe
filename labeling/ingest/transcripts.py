"""Reading a clip's transcript: from the table's cell, a file named there, or a file of the transcripts by the clip's name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import InputError, TranscriptError
from core.printable import printable
from core.types.transcript import TranscriptSegment
from labeling.ingest.folder_contents import ImportSources
from labeling.ingest.text_files import read_text
from labeling.ingest.transcript_formats.cues import Cues
from labeling.ingest.transcript_formats.names import suffix_of
from labeling.ingest.transcript_formats.plain_text import elan_rows, words_alone
from labeling.ingest.transcript_formats.recognized_speech import whisper_json, whisper_tsv
from labeling.ingest.transcript_formats.subtitles import advanced_substation, subtitles

_MOST_BYTES = 4 * 2**20  # a day of talk with a time for each word
_READERS: Mapping[str, Callable[[str], Cues | None]] = {
    ".srt": lambda text: subtitles(text, webvtt=False),
    ".vtt": lambda text: subtitles(text, webvtt=True),
    ".ass": advanced_substation,
    ".ssa": advanced_substation,
    ".json": whisper_json,
    ".tsv": whisper_tsv,
}
_EXPORTS = {
    ".eaf": "in ELAN, export the tier as subtitles (.srt) or tab-delimited text",
    ".textgrid": "in Praat or ELAN, export the tier as subtitles (.srt) or as text",
}


@dataclass(frozen=True, slots=True)
class Transcript:
    """`segments` with both times or none; `remarks`: sentences on what was left out."""

    segments: tuple[TranscriptSegment, ...] = ()
    remarks: tuple[str, ...] = ()


def find_transcript(sources: ImportSources, clip: str, cell: str | None) -> Transcript:
    """A clip's transcript, empty if it has none. Raises TranscriptError, one sentence naming the file."""
    if cell is not None and suffix_of(cell) is None:
        return Transcript((TranscriptSegment(cell, None, None),) if cell.strip() else ())
    try:
        named = sources.transcript_of(clip) if cell is None else sources.named_file(cell)
    except InputError as error:
        raise TranscriptError(str(error)) from error
    if named is None and cell is None:
        return Transcript()
    if named is None:
        raise TranscriptError(f"{cell} was not found.")
    return read_transcript(named)


def read_transcript(path: Path) -> Transcript:
    """What is said in a file: cues with times, or one segment without. Empty if there are no words.

    UTF-8 or UTF-16. A cue that cannot be read is left out alone. Raises TranscriptError, one sentence naming the file, for one
    without a cue that can.
    """
    suffix, name = path.suffix.lower(), printable(path.name)
    if suffix in _EXPORTS:
        raise TranscriptError(f"{name} is not read: {_EXPORTS[suffix]}.")
    text = read_text(path, TranscriptError, _MOST_BYTES)
    if not text.strip():
        return Transcript()
    if suffix not in _READERS:
        cues = elan_rows(text)
        if cues is None:
            words = words_alone(text).strip()
            return Transcript((TranscriptSegment(words, None, None),) if words else ())
    else:
        try:
            cues = _READERS[suffix](text)
        except ValueError as error:
            raise TranscriptError(f"{name} is not a readable {suffix} file ({printable(str(error), 100)}).") from error
    if cues is None:
        raise TranscriptError(f"{name} is not a {suffix} file of Whisper's; export the transcript as .srt or .vtt.")
    if not cues.found:
        raise TranscriptError(f"{name} is not a readable {suffix} file (no subtitles in it).")
    if len(cues.bad) == cues.found:
        raise TranscriptError(f"{name} has no cue that can be read: {cues.bad[0]}.")
    return Transcript(tuple(cues.segments), cues.remarks(name))
