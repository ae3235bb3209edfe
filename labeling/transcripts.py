"""Where a clip's words come from: the table's cell, a file named there, or `<clip>.txt` among the transcripts."""

from pathlib import Path

from core.errors import TranscriptError
from labeling.sources import ImportSources


def find_transcript(sources: ImportSources, clip: str, cell: str | None) -> str | None:
    """Text of the transcript, None where there is none. Raises TranscriptError, one sentence naming the file."""
    if cell is not None and not cell.lower().endswith(".txt"):
        return cell
    if cell is None:
        path = sources.transcript_of(clip)
        return _read(path) if path is not None else None
    named = sources.named_file(cell)
    if named is None:
        raise TranscriptError(f"{cell} was not found.")
    return _read(named)


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8-sig").strip() or None
    except UnicodeDecodeError as error:
        raise TranscriptError(f"{path.name} is not UTF-8 text.") from error
    except OSError as error:
        raise TranscriptError(f"{path.name} cannot be read: {error.strerror}.") from error
