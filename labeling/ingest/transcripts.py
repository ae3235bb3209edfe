"""Reading a clip's transcript: from the table's cell, a file named there, or `<clip>.txt` (.srt, .vtt) of the transcripts."""

import io
import re
from pathlib import Path

import webvtt

from core.errors import InputError, TranscriptError
from core.types.transcript import TranscriptSegment
from labeling.ingest.folder_contents import TRANSCRIPT_SUFFIXES, ImportSources
from labeling.ingest.text_files import read_text

_SUBTITLES = {".srt": "srt", ".vtt": "vtt"}
_MOST_BYTES = 4 * 2**20  # a day of talk with a time for each word
_LATEST_S = 1e6  # some eleven days
_LEFT_OUT = re.compile(r"\{\\[^{}]*\}|<[^<>]*>")  # ASS styles in .srt files, and tags; none within another


def find_transcript(sources: ImportSources, clip: str, cell: str | None) -> tuple[TranscriptSegment, ...]:
    """A clip's transcript, () if it has none. Raises TranscriptError, one sentence naming the file."""
    if cell is not None and not cell.lower().endswith(TRANSCRIPT_SUFFIXES):
        return (TranscriptSegment(cell, None, None),) if cell.strip() else ()
    try:
        named = sources.transcript_of(clip) if cell is None else sources.named_file(cell)
    except InputError as error:
        raise TranscriptError(str(error)) from error
    if named is None and cell is None:
        return ()
    if named is None:
        raise TranscriptError(f"{cell} was not found.")
    return read_transcript(named)


def read_transcript(path: Path) -> tuple[TranscriptSegment, ...]:
    """The segments of a file: one untimed segment of a text file, the subtitles of .srt and .vtt. () if it is empty.

    UTF-8 or UTF-16. Raises TranscriptError, one sentence naming the file.
    """
    text = read_text(path, TranscriptError, _MOST_BYTES)
    kind = _SUBTITLES.get(path.suffix.lower())
    if kind is None:
        return (TranscriptSegment(text.strip(), None, None),) if text.strip() else ()
    if not text.strip():
        return ()
    try:
        captions = webvtt.from_buffer(io.StringIO(text.lstrip("\n") + "\n"), format=kind)
    except (webvtt.errors.MalformedFileError, webvtt.errors.MalformedCaptionError, ValueError, IndexError) as error:
        raise TranscriptError(
            f"{path.name} is not a readable .{kind} file ({error or 'no subtitles in it'})."
        ) from error
    segments = []
    for caption in captions.captions:
        said = " ".join(_LEFT_OUT.sub("", caption.text).split())
        start_s, end_s = _seconds(caption.start), _seconds(caption.end)
        if end_s > _LATEST_S:
            raise TranscriptError(f"{path.name} has a subtitle that ends after more than eleven days ({caption.end}).")
        if end_s < start_s:
            raise TranscriptError(f"{path.name} has a subtitle that ends before it begins ({caption.start}).")
        if said:
            segments.append(TranscriptSegment(said, start_s, end_s))
    if not captions.captions:
        raise TranscriptError(f"{path.name} is not a readable .{kind} file (no subtitles in it).")
    return tuple(segments)


def _seconds(timestamp: str) -> float:
    """Seconds of 01:02:03.450 or 02:03.450."""
    total_s = 0.0
    for part in timestamp.replace(",", ".").split(":"):
        total_s = total_s * 60 + float(part)
    return total_s
