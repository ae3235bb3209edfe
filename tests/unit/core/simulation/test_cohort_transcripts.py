from core.simulation import PRESETS, sample_cohort
from core.simulation.transcripts import transcript_of

OUTCOME_WORDS = (
    "next round",
    "close it out",
    "come through",
    "out of the tournament",
    "deserves to go on",
    "lose a match",
)


def tells(text: str) -> bool:
    return any(words in text for words in OUTCOME_WORDS)


def test_words_fill_the_clip_at_the_speed_of_speech():
    for clip in sample_cohort(PRESETS["demo"], seed=1).clips:
        assert 0.7 * clip.duration_s < len(transcript_of(clip).split()) / 2.1 < 1.6 * clip.duration_s


def test_the_result_is_told_in_the_clips_that_shall_tell_it_and_no_others():
    clips = sample_cohort(PRESETS["demo"], seed=1, clips=240).clips
    assert all(tells(transcript_of(clip)) == clip.tells_result for clip in clips)
    assert 2 <= sum(clip.tells_result for clip in clips) <= 35


def test_no_placeholder_is_left_and_sentences_begin_with_capitals():
    for clip in sample_cohort(PRESETS["demo"], seed=2).clips:
        for line in transcript_of(clip).splitlines():
            assert "{" not in line
            assert line[0].isupper()
            assert line.endswith(".")


def test_a_clip_always_says_the_same_and_clips_differ():
    clips = sample_cohort(PRESETS["demo"], seed=3).clips
    texts = {transcript_of(clip) for clip in clips}
    assert len(texts) == len(clips)
    assert transcript_of(clips[0]) == transcript_of(clips[0])
