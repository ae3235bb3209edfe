"""Transcripts of recognizers and annotation tools, and subtitles with single bad cues."""

import json
from pathlib import Path

import pytest

from core.errors import TranscriptError
from labeling.ingest.transcripts import Transcript, read_transcript

Said = list[tuple[str, float | None, float | None]]
TWO: Said = [("Hello there.", 1.0, 1.9), ("I felt fine.", 2.0, 2.9)]


def read(folder: Path, name: str, text: str) -> Transcript:
    path = folder / name
    path.write_bytes(text.encode())
    return read_transcript(path)


def said(found: Transcript) -> Said:
    return [(one.text, one.start_s, one.end_s) for one in found.segments]


def srt(first: str = "00:00:01,000 --> 00:00:01,900", second: str = "00:00:02,000 --> 00:00:02,900") -> str:
    return f"1\n{first}\nHello there.\n\n2\n{second}\nI felt fine.\n"


@pytest.mark.parametrize(
    "text",
    [
        srt("0:00:01,000 --> 0:00:01,900"),
        srt("00:01,000 --> 00:01,900"),
        srt("00:00:01.000 --> 00:00:01.900"),
        srt("00:00:01,000 -> 00:00:01,900"),
        srt("00:00:01,000-->00:00:01,900"),
        srt("00:00:01,000 --> 00:00:01,900 X1:100 X2:200"),
        srt().replace("\n\n2", "\n2"),
        srt().replace("\n", "\r\r\n"),
        srt().replace("Hello", "Hello\n\n"),
        srt().replace("1\n00", "00", 1).replace("\n2\n", "\n"),
    ],
    ids=range(10),
)
def test_subtitles_that_other_programs_refuse_keep_words_and_times(tmp_path: Path, text: str) -> None:
    found = read(tmp_path, "a.srt", text)
    assert said(found) == TWO
    assert found.remarks == ()


def test_times_without_milliseconds_are_read(tmp_path: Path) -> None:
    assert said(read(tmp_path, "a.srt", srt("00:00:01 --> 00:00:02")))[0] == ("Hello there.", 1.0, 2.0)


@pytest.mark.parametrize(
    ("timing", "wrong"),
    [
        ("00:00:09,000 --> 00:00:02,000", "ends before it begins"),
        ("00:xx:01,000 --> 00:00:02,000", "has a time that cannot be read"),
        ("--> 00:00:02,000", "has a time that cannot be read"),
        ("00:00:01,000 -->", "has a time that cannot be read"),
        ("00:00:01,000 --> 999999:00:02,000", "ends after more than eleven days"),
    ],
)
def test_one_bad_cue_is_named_and_takes_its_words_with_it(tmp_path: Path, timing: str, wrong: str) -> None:
    found = read(tmp_path, "a.srt", srt(second=timing) + "\n3\n00:00:03,000 --> 00:00:04,000\nReally.\n")
    assert said(found) == [TWO[0], ("Really.", 3.0, 4.0)]
    assert found.remarks == (f"a.srt: 1 of 3 cues were left out: line 6 {wrong}.",)


def test_names_notes_and_styles_of_webvtt_are_not_said(tmp_path: Path) -> None:
    text = (
        "WEBVTT - talk\n\nSTYLE\n::cue { color: red }\n\nfirst cue\n00:01.000 --> 00:01.900 align:start\n<v Ada>Hello there.\n\n"
        "NOTE\nnot said\n\nsecond\n00:02.000 --> 00:02.900\nI felt\nfine.\n\nNOTE the end\n"
    )
    assert said(read(tmp_path, "a.vtt", text)) == TWO


WHISPER = {
    "text": " Hello there. I felt fine.",
    "segments": [{"id": n, "start": start, "end": end, "text": f" {text}"} for n, (text, start, end) in enumerate(TWO)],
    "language": "en",
}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", json.dumps(WHISPER)),
        ("a.json", json.dumps({"segments": [{**one, "words": [{"word": "x"}]} for one in WHISPER["segments"]]})),  # type: ignore[dict-item]
        ("a.json", json.dumps(WHISPER["segments"])),
        ("a.tsv", "start\tend\ttext\n1000\t1900\tHello there.\n2000\t2900\tI felt fine.\n"),
        (
            "a.ass",
            "[Script Info]\n[Events]\nFormat: Layer, Start, End\n"
            "Dialogue: 0,0:00:01.00,0:00:01.90,Default,,0,0,0,,{\\b1}Hello{\\b0} there.\n"
            "Dialogue: 0,0:00:02.00,0:00:02.90,Default,,0,0,0,,I felt\\Nfine.\n",
        ),
        (
            "a.txt",
            "Interviewee\t\t00:00:01.000\t1.0\t00:00:01.900\t1.9\t00:00:00.900\t0.9\tHello there.\n"
            "Interviewee\t\t00:00:02.000\t2.0\t00:00:02.900\t2.9\t00:00:00.900\t0.9\tI felt fine.\n",
        ),
    ],
    ids=["whisper", "whisperx", "list", "tsv", "ass", "elan"],
)
def test_each_tools_form_keeps_words_and_times(tmp_path: Path, name: str, text: str) -> None:
    assert said(read(tmp_path, name, text)) == TWO


@pytest.mark.parametrize(
    "text",
    [
        "Speaker 1  0:01  \nHello there.\n\nSpeaker 2  1:00:02  \nI felt fine.\n\nTranscribed by https://otter.ai\n",
        "[00:00:01] Hello there.\n[00:00:02] I felt fine.\n",
        "(0:01) Hello there.\n(0:02) I felt fine.\n",
        "00:00:01.000 --> 00:00:01.900 Hello there.\n00:00:02.000 --> 00:00:02.900 I felt fine.\n",
        "0:01\nHello there.\n0:02\nI felt fine.\n",
    ],
    ids=range(5),
)
def test_time_codes_in_text_are_not_said(tmp_path: Path, text: str) -> None:
    ((words, start_s, end_s),) = said(read(tmp_path, "a.txt", text))
    assert words.split() == ["Hello", "there.", "I", "felt", "fine."]
    assert (start_s, end_s) == (None, None)


def test_a_time_that_is_talked_about_is_said(tmp_path: Path) -> None:
    text = "We met at\n10:30 in the morning.\nThen we left.\n"
    assert said(read(tmp_path, "a.txt", text))[0][0] == text.strip()


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.eaf", "<ANNOTATION_DOCUMENT/>", "in ELAN, export the tier as subtitles"),
        ("a.TextGrid", 'File type = "ooTextFile"', "export the tier as subtitles"),
        ("a.json", '{"results": []}', "is not a .json file of Whisper's"),
        ("a.json", "{", "is not a readable .json file"),
        ("a.json", "[" * 100_000, "is not a readable .json file"),
        ("a.tsv", "a\tb\n1\t2\n", "is not a .tsv file of Whisper's"),
        ("a.ass", "[Events]\n", "no subtitles in it"),
        ("a.srt", "1\n00:00:09,000 --> 00:00:01,000\nNo.\n", "has no cue that can be read: line 2 ends before"),
    ],
    ids=range(8),
)
def test_what_cannot_be_read_is_told_with_what_to_export(tmp_path: Path, name: str, text: str, told: str) -> None:
    with pytest.raises(TranscriptError) as error:
        read(tmp_path, name, text)
    assert str(error.value).startswith(name)
    assert told in str(error.value)
