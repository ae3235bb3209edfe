"""Transcripts as people have them: plain text and subtitles, from any editor, whole or broken."""

import codecs
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import TranscriptError
from core.types.transcript import TranscriptSegment
from labeling.ingest.transcripts import read_transcript

SRT = "1\n00:00:01,500 --> 00:00:02,000\nWe lost.\n\n2\n00:00:03,000 --> 01:00:04,250\nI am\nfine – really.\n"
VTT = (
    "WEBVTT\n\nNOTE made by hand\n\n00:01.500 --> 00:02.000 line:0\n<v Ada>We lost.</v>\n\n"
    "intro\n00:00:03.000 --> 01:00:04.250\nI am\nfine – really.\n"
)
SAID = (TranscriptSegment("We lost.", 1.5, 2.0), TranscriptSegment("I am fine – really.", 3.0, 3604.25))


def written(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(("name", "text"), [("a.srt", SRT), ("a.vtt", VTT)])
def test_subtitles_keep_their_times_in_every_encoding(tmp_path: Path, name: str, text: str, encoding: str) -> None:
    assert read_transcript(written(tmp_path, name, text, encoding)).segments == SAID


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_a_text_in_utf_16_is_read_in_either_byte_order(tmp_path: Path, mark: bytes) -> None:
    encoding = "utf-16-le" if mark == codecs.BOM_UTF16_LE else "utf-16-be"
    (tmp_path / "a.txt").write_bytes(mark + "Żadnych pytań.\r\nNo questions.".encode(encoding))
    assert read_transcript(tmp_path / "a.txt").segments == (
        TranscriptSegment("Żadnych pytań.\nNo questions.", None, None),
    )


def test_windows_line_ends_change_nothing(tmp_path: Path) -> None:
    assert read_transcript(written(tmp_path, "a.srt", SRT.replace("\n", "\r\n"))).segments == SAID


def test_styles_are_not_said(tmp_path: Path) -> None:
    styled = SRT.replace("We lost.", r"{\an8}<i>We</i> <font color=red>lost.</font>")
    assert read_transcript(written(tmp_path, "a.srt", styled)).segments == SAID


@pytest.mark.parametrize("name", ["a.txt", "a.srt", "a.vtt"])
@pytest.mark.parametrize("text", ["", " \n\n", "\ufeff"])
def test_a_transcript_of_no_words_is_no_transcript(tmp_path: Path, name: str, text: str) -> None:
    assert read_transcript(written(tmp_path, name, text)).segments == ()


def test_a_subtitle_file_in_which_nobody_speaks_is_no_transcript(tmp_path: Path) -> None:
    assert read_transcript(written(tmp_path, "a.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n<i></i>\n")).segments == ()


def test_forty_thousand_words_are_read_whole(tmp_path: Path) -> None:
    (segment,) = read_transcript(written(tmp_path, "a.txt", "word " * 40_000)).segments
    assert len(segment.text.split()) == 40_000


@pytest.mark.parametrize("name", ["prose.srt", "prose.vtt"])
def test_prose_in_a_file_called_subtitles_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(TranscriptError, match=rf"prose\.{name[-3:]} is not a readable \.{name[-3:]} file"):
        read_transcript(written(tmp_path, name, "We lost. I am fine.\nReally.\n"))


@pytest.mark.parametrize("name", ["turned.srt", "turned.vtt"])
def test_a_subtitle_that_ends_before_it_begins_is_left_out_and_named(tmp_path: Path, name: str) -> None:
    text = (SRT if name.endswith("srt") else VTT).replace("01:00:04", "00:00:02")
    found = read_transcript(written(tmp_path, name, text))
    assert found.segments == SAID[:1]
    line = 6 if name.endswith("srt") else 9
    assert found.remarks == (f"{name}: 1 of 2 cues were left out: line {line} ends before it begins.",)


@pytest.mark.parametrize("data", [b"\xff\xd8\xff\xe0\x10JFIF", b"caf\xe9", b"PK\x03\x04\0\0\0\0\x08\0\xb5\xde"])
def test_what_is_no_text_is_refused_with_its_name(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.txt").write_bytes(data)
    with pytest.raises(TranscriptError, match=r"^a\.txt is neither UTF-8 nor UTF-16 text\.$"):
        read_transcript(tmp_path / "a.txt")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TranscriptError, match=r"^gone\.srt cannot be read: No such file or directory\.$"):
        read_transcript(tmp_path / "gone.srt")


@pytest.mark.parametrize("digits", [7, 400, 4000])
def test_a_subtitle_at_a_time_without_end_is_refused(tmp_path: Path, digits: int) -> None:
    text = f"WEBVTT\n\n00:01.000 --> {'9' * digits}:00:02.000\nNever.\n"
    with pytest.raises(TranscriptError, match=r"^late\.vtt "):
        read_transcript(written(tmp_path, "late.vtt", text))


def test_two_hundred_thousand_open_tags_are_read(tmp_path: Path) -> None:
    (segment,) = read_transcript(
        written(tmp_path, "a.vtt", f"WEBVTT\n\n00:01.000 --> 00:02.000\n{'<' * 200_000}\n")
    ).segments
    assert segment.text == "<" * 200_000


def test_a_transcript_longer_than_a_day_of_talk_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "a.txt").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(TranscriptError, match=r"^a\.txt is larger than 4 MiB"):
        read_transcript(tmp_path / "a.txt")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.txt")
    with pytest.raises(TranscriptError, match=r"^a\.txt is not a file\.$"):
        read_transcript(tmp_path / "a.txt")


@given(st.text(max_size=200), st.sampled_from([".txt", ".srt", ".vtt"]))
def test_any_text_is_read_or_refused_in_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, text: str, suffix: str
) -> None:
    path = tmp_path_factory.mktemp("any") / f"a{suffix}"
    path.write_bytes(text.encode("utf-8", errors="surrogatepass"))
    segments: tuple[TranscriptSegment, ...] = ()
    refusal = path.name
    try:
        segments = read_transcript(path).segments
    except TranscriptError as error:
        refusal = str(error)
    assert refusal.startswith(path.name)
    assert "\n" not in refusal
    assert all(segment.text.strip() for segment in segments)
