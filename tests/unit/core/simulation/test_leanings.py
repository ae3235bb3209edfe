"""Cohorts whose signal lies in the words, or in the picture alone."""

import re
from dataclasses import replace

import numpy as np
import pytest

from core.errors import InputError
from core.outcome_words import OUTCOME_WORDS
from core.simulation import PRESETS, best_possible, keypoints_of, sample_cohort
from core.simulation.drawing.video import frames_of
from core.simulation.leanings import CIRCUMSTANCES, PREPARATION, SPELL_S, log_likelihood_ratio, towel_at
from core.simulation.rig.person import perform
from core.simulation.sentences import sentences_of
from core.simulation.transcripts import transcript_of
from core.types.transcript import TranscriptSegment
from labeling.outcome_masking import mask_outcome_words
from labeling.rules.leaks.alarm import LeakContext, leaks_in

WORDS, PICTURE = PRESETS["words"], PRESETS["picture"]
# Few gestures, and no label revealed: nothing of that is looked at here.
MANY = {"rate_scale": 0.05, "clip_s": 20.0, "subjects": 250, "clips": 750, "gold_fraction": 0.0}


def share_told_right(ratios: dict[bool, list[float]]) -> float:
    """The balanced accuracy of deciding by the sign, a tie by a coin."""
    ahead = {won: np.array(values) * (1 if won else -1) for won, values in ratios.items()}
    return float(np.mean([np.mean(one > 0) + np.mean(one == 0) / 2 for one in ahead.values()]))


def test_deciding_drawn_clips_by_their_topics_reaches_the_best_possible_accuracy_of_words() -> None:
    preset = replace(WORDS, **MANY)
    ratios: dict[bool, list[float]] = {True: [], False: []}
    for clip in sample_cohort(preset, seed=3).clips:
        first, other = clip.topics.count(PREPARATION), clip.topics.count(CIRCUMSTANCES)
        counted = np.array([first]), np.array([first + other])
        ratios[clip.truth == "positive"] += log_likelihood_ratio(*counted, preset.word_effect, preset.habit_sd).tolist()
    best = best_possible(preset, samples=8_000).balanced_accuracy
    assert share_told_right(ratios) == pytest.approx(best, abs=0.03)
    assert best > 0.8


def test_deciding_drawn_clips_by_their_towels_reaches_the_best_possible_accuracy_of_pictures() -> None:
    preset = replace(PICTURE, **MANY)
    ratios: dict[bool, list[float]] = {True: [], False: []}
    for clip in sample_cohort(preset, seed=3).clips:
        counted = np.array([sum(clip.towel)]), np.array([len(clip.towel)])
        ratios[clip.truth == "positive"] += log_likelihood_ratio(
            *counted, preset.picture_effect, preset.habit_sd
        ).tolist()
    best = best_possible(preset, samples=8_000).balanced_accuracy
    assert share_told_right(ratios) == pytest.approx(best, abs=0.03)
    assert best > 0.8


@pytest.mark.parametrize("preset", [WORDS, PICTURE])
def test_gestures_of_such_a_cohort_tell_nothing(preset) -> None:
    best = best_possible(preset, samples=500)
    assert best.gestures_balanced_accuracy == 0.5
    assert best.gestures_accuracy == best.majority


def test_the_words_of_a_picture_cohort_and_the_pictures_of_a_words_cohort_do_not_lean() -> None:
    words, picture = sample_cohort(WORDS, seed=0, clips=4), sample_cohort(PICTURE, seed=0, clips=4)
    assert not any(clip.towel for clip in words.clips)
    assert not any(clip.topics or clip.tells_result for clip in picture.clips)
    assert PICTURE.tone_lean == WORDS.tone_lean == WORDS.telling_share == 0


def test_each_sentence_speaks_of_its_topic_and_not_of_the_other() -> None:
    banks = sentences_of("transcript_sentences.toml")
    spoken = {
        topic: re.compile("|".join(re.sub(r"\\{\w+\\}", ".+", re.escape(sentence)) for sentence in banks[topic]), re.I)
        for topic in (PREPARATION, CIRCUMSTANCES)
    }
    for clip in sample_cohort(WORDS, seed=1, clips=12).clips:
        for line, topic in zip(transcript_of(clip).splitlines(), clip.topics, strict=True):
            assert [each for each, pattern in spoken.items() if pattern.search(line)] == ([topic] if topic else []), (
                line
            )


def test_no_topic_sets_off_the_leak_alarm_or_names_an_outcome() -> None:
    clips = sample_cohort(WORDS, seed=2, clips=60).clips
    spoken = {
        line
        for clip in clips
        for line, topic in zip(transcript_of(clip).splitlines(), clip.topics, strict=True)
        if topic
    }
    for line in spoken:
        assert mask_outcome_words(line, OUTCOME_WORDS, "") == line
        assert not leaks_in(line, LeakContext("s01", "s01-01", "s01-01.mp4", (TranscriptSegment(line, None, None),))), (
            line
        )


def test_a_towel_is_seen_in_its_spells_and_no_key_point_moves_with_it() -> None:
    cohort = sample_cohort(replace(PICTURE, clip_s=5.2), seed=1, clips=2)
    clip = replace(cohort.clips[0], towel=(True, False))
    without = replace(clip, towel=(False, False))
    assert np.array_equal(keypoints_of(cohort, clip).points, keypoints_of(cohort, without).points)
    acted = perform(cohort, clip)
    pairs = zip(frames_of(cohort, clip, acted), frames_of(cohort, without, acted), strict=True)
    differ = [bool((one != other).any()) for one, other in pairs]
    assert differ == (acted.time_s < SPELL_S).tolist()


def test_the_last_spell_lasts_to_the_end_of_the_clip() -> None:
    assert towel_at((False, True), np.array([0.0, 2.4, 2.6, 9.0])).tolist() == [False, False, True, True]


def test_the_picture_of_a_cohort_without_videos_cannot_depend_on_the_label() -> None:
    with pytest.raises(InputError, match="picture_effect"):
        replace(WORDS, picture_effect=1.0)
