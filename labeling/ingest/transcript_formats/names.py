"""Whose a transcript is, by names that recorders, recognizers and editors give: `clip.srt`, `clip.wav.srt`, `clip.en.vtt`,
`clip_en.srt`, `Clip.SRT`, `clip.transcript.vtt`.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from core.file_names import composed
from core.media.video import VIDEO_SUFFIXES

TIMED_SUFFIXES = (".vtt", ".srt", ".ass", ".ssa", ".json", ".tsv")
UNREAD_SUFFIXES = (".eaf", ".textgrid")
SUFFIXES = (*TIMED_SUFFIXES, ".txt", *UNREAD_SUFFIXES)
"""In order of preference: with times first, what cannot be read last."""
_SOUND_SUFFIXES = frozenset({".wav", ".mp3", ".m4a", ".aac", ".flac", ".ogg", ".opus", ".wma"})
_MEDIA = VIDEO_SUFFIXES | _SOUND_SUFFIXES
_KIND = re.compile(
    r"(?P<name>.+)[._-](?:transcript|transcription|subtitles|captions|asr|cc)", re.IGNORECASE | re.DOTALL
)
_LANGUAGE = re.compile(r"(?P<name>.+)[._](?:[a-z]{2,3}(?:[-_][a-z]{2,4})?)", re.IGNORECASE | re.DOTALL)


def suffix_of(name: str) -> str | None:
    """The suffix of a transcript, in small letters; None for another file."""
    return next((suffix for suffix in SUFFIXES if name.lower().endswith(suffix)), None)


def key_of(clip: str) -> str:
    """What two names of one clip have in common: letters count however large, and however their accents are written."""
    return composed(composed(clip).casefold())


def names_of(file: str) -> list[str]:
    """The clips that a file of this name may be of, the likeliest first."""
    suffix = suffix_of(file)
    if suffix is None:
        return []
    found = [file[: -len(suffix)]]
    for shortened in (_without_media, _without_kind, _without_media, _without_language, _without_media):
        name = shortened(found[-1])
        if name != found[-1]:
            found.append(name)
    return found


def transcripts_by_clip(files: Iterable[Path]) -> dict[str, Path]:
    """The transcript of each clip, by its `key_of`: names that fit better first, then as `SUFFIXES`, then by name."""
    fitting: list[tuple[int, int, str, str, Path]] = []
    for path in files:
        suffix = suffix_of(path.name)
        if suffix is None or path.name.startswith("."):
            continue
        for place, name in enumerate(names_of(path.name)):
            fitting.append((place, SUFFIXES.index(suffix), path.name, key_of(name), path))
    found: dict[str, Path] = {}
    for *_, key, path in sorted(fitting, key=lambda one: one[:3]):
        found.setdefault(key, path)
    return found


def _without_media(name: str) -> str:
    return name[: -len(Path(name).suffix)] if Path(name).suffix.lower() in _MEDIA else name


def _without_kind(name: str) -> str:
    match = _KIND.fullmatch(name)
    return name if match is None else match["name"]


def _without_language(name: str) -> str:
    match = _LANGUAGE.fullmatch(name)
    return name if match is None else match["name"]
