"""What recognizers of speech write: Whisper's and WhisperX's .json (`segments` with start, end and text, in seconds), and
Whisper's .tsv (start, end and text, in milliseconds).
"""

import json
import math

from labeling.ingest.transcript_formats.cues import Cues

_MS = 1000.0


def whisper_json(text: str) -> Cues | None:
    """The segments; None for JSON of another form. Raises ValueError for what is no JSON."""
    try:
        found = json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    segments = found.get("segments") if isinstance(found, dict) else found
    if not isinstance(segments, list) or not all(isinstance(one, dict) and "text" in one for one in segments):
        return None
    cues = Cues()
    for number, one in enumerate(segments, start=1):
        cues.add(str(one["text"]), _number(one.get("start")), _number(one.get("end")), f"segment {number}")
    return cues


def whisper_tsv(text: str) -> Cues | None:
    """The rows; None for a table of other columns."""
    header, *rows = text.split("\n")
    if header.strip().lower().split("\t") != ["start", "end", "text"]:
        return None
    cues = Cues()
    for number, row in enumerate(rows, start=1):
        if not row.strip():
            continue
        start, end, said = (*row.split("\t", 2), "", "", "")[:3]
        times = (_number(cell) for cell in (start, end))
        start_s, end_s = (None if time is None else time / _MS for time in times)
        cues.add(said, start_s, end_s, f"row {number}")
    return cues


def _number(written: object) -> float | None:
    try:
        value = float(written)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None
