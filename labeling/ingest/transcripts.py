"""Reading a clip's transcript: from the table's cell, a file named there, or `<clip>.txt` (.srt, .vtt) of the transcripts."""

import codecs
import io
import re
from pathlib import Path

import webvtt

from core.errors import TranscriptError
from core.types.transcript import TranscriptSegment
from labeling.ingest.folder_contents import TRANSCRIPT_SUFFIXES, ImportSources

_SUBTITLES = {".srt": "srt", ".vtt": "vtt"}
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LOOKED_AT = 4096  # bytes checked for UTF-16 without a mark: in European text every second byte is zero
_LEFT_OUT = re.compile(r"\{\\[^}]*\}|<[^>]*>")  # ASS styles in .srt files, and tags


def find_transcript(sources: ImportSources, clip: str, cell: str | None) -> tuple[TranscriptSegment, ...]:
    """A clip's transcript, () if it has none. Raises TranscriptError, one sentence naming the file."""
    if cell is not None and not cell.lower().endswith(TRANSCRIPT_SUFFIXES):
        return (TranscriptSegment(cell, None, None),) if cell.strip() else ()
    if cell is None:
        path = sources.transcript_of(clip)
        return read_transcript(path) if path is not None else ()
    named = sources.named_file(cell)
    if named is None:
        raise TranscriptError(f"{cell} was not found.")
    return read_transcript(named)


def read_transcript(path: Path) -> tuple[TranscriptSegment, ...]:
    """The segments of a file: one untimed segment of a text file, the subtitles of .srt and .vtt. () if it is empty.

    UTF-8 or UTF-16. Raises TranscriptError, one sentence naming the file.
    """
    text = _decoded(path)
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
        if end_s < start_s:
            raise TranscriptError(f"{path.name} has a subtitle that ends before it begins ({caption.start}).")
        if said:
            segments.append(TranscriptSegment(said, start_s, end_s))
    if not segments and "-->" not in text:
        raise TranscriptError(f"{path.name} is not a readable .{kind} file (no subtitles in it).")
    return tuple(segments)


def _seconds(timestamp: str) -> float:
    """Seconds of 01:02:03.450 or 02:03.450."""
    total_s = 0.0
    for part in timestamp.replace(",", ".").split(":"):
        total_s = total_s * 60 + float(part)
    return total_s


def _decoded(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TranscriptError(f"{path.name} cannot be read: {error.strerror}.") from error
    encoding = "utf-8-sig"
    if data.startswith(_UTF16):
        encoding = "utf-16"
    elif b"\0" in data[:_LOOKED_AT]:
        first = data[:_LOOKED_AT]
        encoding = "utf-16-le" if first[1::2].count(0) >= first[0::2].count(0) else "utf-16-be"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise TranscriptError(f"{path.name} is neither UTF-8 nor UTF-16 text.") from error
    if "\0" in text:
        raise TranscriptError(f"{path.name} is neither UTF-8 nor UTF-16 text.")
    return text.replace("\r\n", "\n").replace("\r", "\n")
