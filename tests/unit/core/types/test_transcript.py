"""Sentences of a transcript, with the times of the subtitles that they came from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types.transcript import TranscriptSegment, plain_text, sentences


def untimed(text: str) -> tuple[TranscriptSegment, ...]:
    return (TranscriptSegment(text, None, None),)


@pytest.mark.parametrize(
    ("transcript", "expected"),
    [
        ("Well. I felt fine! Did I? Yes", ["Well.", "I felt fine!", "Did I?", "Yes"]),
        ("one line\n\nanother line\n", ["one line", "another line"]),
        ("第一。第二！", ["第一。", "第二！"]),
        ("Won 6.4 to 3.", ["Won 6.4 to 3."]),
        ("  \n ", []),
    ],
)
def test_a_transcript_is_cut_into_sentences(transcript: str, expected: list[str]) -> None:
    assert [segment.text for segment in sentences(untimed(transcript))] == expected


def test_a_sentence_over_two_subtitles_has_the_start_of_one_and_the_end_of_the_other() -> None:
    segments = (TranscriptSegment("I was never", 1.0, 2.0), TranscriptSegment("nervous.", 3.0, 4.0))
    assert sentences(segments) == (TranscriptSegment("I was never nervous.", 1.0, 4.0),)


def test_inside_a_subtitle_time_passes_with_the_characters() -> None:
    first, second = sentences((TranscriptSegment("Yes. Not", 0.0, 8.0),))
    assert (first.text, first.start_s, first.end_s) == ("Yes.", 0.0, 4.0)
    assert (second.text, second.start_s, second.end_s) == ("Not", 5.0, 8.0)


def test_no_words_are_no_sentences() -> None:
    assert sentences(()) == ()
    assert sentences((TranscriptSegment(" ", 0.0, 1.0),)) == ()


WORDS = st.lists(st.sampled_from(["yes", "no", "we", "played.", "Why?", "第一。", "…", "6.4"]), min_size=1, max_size=12)


@given(st.lists(WORDS, min_size=1, max_size=6))
def test_no_word_is_lost_and_times_never_go_back(said: list[list[str]]) -> None:
    segments = tuple(TranscriptSegment(" ".join(words), float(place), place + 0.75) for place, words in enumerate(said))
    found = sentences(segments)
    assert " ".join(each.text for each in found).split() == plain_text(segments).split() or "。" in plain_text(segments)
    assert "".join(each.text for each in found).replace(" ", "") == plain_text(segments).replace(" ", "").replace(
        "\n", ""
    )
    times = [moment for each in found for moment in (each.start_s, each.end_s) if moment is not None]
    assert times == sorted(times)
    assert len(times) == 2 * len(found)
