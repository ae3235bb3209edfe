"""Whose a transcript is, by its name."""

import unicodedata
from pathlib import Path

import pytest

from labeling.ingest.transcript_formats.names import key_of, transcripts_by_clip


@pytest.mark.parametrize(
    ("file", "clip"),
    [
        ("talk.srt", "talk"),
        ("talk.SRT", "talk"),
        ("Talk.srt", "talk"),
        ("talk.wav.srt", "talk"),
        ("talk.mp4.srt", "talk"),
        ("talk.en.srt", "talk"),
        ("talk.pt-BR.vtt", "talk"),
        ("talk_en.srt", "talk"),
        ("talk.transcript.vtt", "talk"),
        ("talk.en.transcript.vtt", "talk"),
        ("talk_transcription.txt", "talk"),
        ("talk.mp4.en.vtt", "talk"),
        ("talk.asr.txt", "talk"),
        ("P07.01.srt", "P07.01"),
        (f"{unicodedata.normalize('NFD', 'Jürgen')}.srt", unicodedata.normalize("NFC", "Jürgen")),
    ],
)
def test_a_name_tells_its_clip(file: str, clip: str) -> None:
    assert transcripts_by_clip([Path(file)])[key_of(clip)] == Path(file)


@pytest.mark.parametrize(
    ("files", "chosen"),
    [
        (["a.txt", "a.srt"], "a.srt"),
        (["a.en.vtt", "a.txt"], "a.txt"),
        (["a.eaf", "a.srt"], "a.srt"),
        (["a.en.srt", "a.de.srt"], "a.de.srt"),
        (["a.en.srt", "a.srt"], "a.srt"),
    ],
)
def test_of_several_the_plainest_name_counts_then_the_form_with_times(files: list[str], chosen: str) -> None:
    assert transcripts_by_clip(map(Path, files))["a"] == Path(chosen)


def test_other_files_are_no_transcripts() -> None:
    assert transcripts_by_clip([Path("a.docx"), Path(".a.srt"), Path("a")]) == {}
