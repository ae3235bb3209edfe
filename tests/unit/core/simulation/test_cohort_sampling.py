from collections import Counter, defaultdict
from dataclasses import replace

import numpy as np
import pytest

from core.errors import InputError, NotFoundError
from core.pose.cues import CATALOG
from core.simulation import PRESETS, Cohort, best_possible, sample_cohort
from core.simulation.gestures import GESTURES, TELLING
from core.types.clips import Split

DEMO, IMIGUE = PRESETS["demo"], PRESETS["imigue"]


@pytest.fixture(scope="module")
def imigue() -> Cohort:
    return sample_cohort(IMIGUE, seed=1)


def test_the_same_seed_gives_the_same_cohort_and_another_seed_another():
    assert sample_cohort(DEMO, seed=3) == sample_cohort(DEMO, seed=3)
    assert sample_cohort(DEMO, seed=3).clips != sample_cohort(DEMO, seed=4).clips


def test_imigue_has_its_number_of_people_clips_wins_and_losses(imigue: Cohort):
    assert len(imigue.subjects) == 72
    assert Counter(clip.truth for clip in imigue.clips) == {"positive": 258, "negative": 101}


def test_everybody_in_imigue_has_won_and_lost(imigue: Cohort):
    truths = defaultdict(set)
    for clip in imigue.clips:
        truths[clip.subject].add(clip.truth)
    assert len(truths) == 72
    assert all(own == {"positive", "negative"} for own in truths.values())


def test_imigue_interviews_last_half_a_minute_to_26_minutes_and_six_on_average(imigue: Cohort):
    lengths_s = [clip.duration_s for clip in imigue.clips]
    assert min(lengths_s) >= 30
    assert max(lengths_s) <= 26 * 60
    assert 7_500 < np.mean([clip.frame_count for clip in imigue.clips]) < 10_000


@pytest.mark.parametrize("clips", [2, 5, 8, 12, 24, 48, 90])
def test_any_number_of_clips_can_be_had(clips: int):
    cohort = sample_cohort(DEMO, seed=0, clips=clips)
    names = [clip.name for clip in cohort.clips]
    assert len(names) == len(set(names)) == clips
    assert {clip.subject for clip in cohort.clips} == {subject.name for subject in cohort.subjects}


def test_all_clips_of_a_subject_are_in_its_split():
    cohort = sample_cohort(DEMO, seed=5)
    splits = {subject.name: subject.split for subject in cohort.subjects}
    assert all(clip.split is splits[clip.subject] for clip in cohort.clips)
    assert sum(split is Split.TEST for split in splits.values()) == round(DEMO.test_fraction * DEMO.subjects)


def test_a_fifth_of_the_training_clips_is_revealed_with_both_labels_and_no_test_clip():
    cohort = sample_cohort(DEMO, seed=5)
    revealed = [clip for clip in cohort.clips if clip.revealed]
    training = [clip for clip in cohort.clips if clip.split is Split.TRAIN]
    assert abs(len(revealed) - 0.2 * len(training)) <= 1
    assert {clip.truth for clip in revealed} == {"positive", "negative"}
    assert all(clip.split is Split.TRAIN for clip in revealed)


def test_revealed_clips_are_of_as_many_people_as_there_can_be():
    cohort = sample_cohort(DEMO, seed=5)
    owners = [clip.subject for clip in cohort.clips if clip.revealed]
    assert len(set(owners)) == min(len(owners), sum(subject.split is Split.TRAIN for subject in cohort.subjects))


@pytest.mark.parametrize(("fraction", "expected"), [(0.0, 0.0), (1.0, 1.0)])
def test_nothing_or_everything_can_be_revealed(fraction: float, expected: float):
    cohort = sample_cohort(replace(DEMO, gold_fraction=fraction), seed=5)
    training = [clip for clip in cohort.clips if clip.split is Split.TRAIN]
    assert sum(clip.revealed for clip in training) == expected * len(training)


def test_gestures_are_cues_of_the_catalog_and_labels_pull_both_ways():
    assert {gesture.name for gesture in GESTURES} <= set(CATALOG)
    assert {gesture.sign for gesture in TELLING} == {1, -1}


def test_rates_of_gestures_come_back_from_many_clips(imigue: Cohort):
    minutes = sum(clip.duration_s for clip in imigue.clips) / 60
    counts = Counter(event.cue for clip in imigue.clips for event in clip.events)
    for gesture in GESTURES:
        # A subject's habit moves a rate by half of itself; over 72 unevenly filmed people about 9 % is left of that.
        bound = 4 * np.sqrt(0.09**2 + 1 / (gesture.per_min * minutes))
        assert counts[gesture.name] / minutes == pytest.approx(gesture.per_min, rel=bound), gesture.name


def test_the_label_shifts_each_gesture_in_the_direction_of_the_taxonomy():
    preset = replace(DEMO, subjects=150, clips=600, clip_s=120.0, effect=1.5, habit_sd=0.0, won_share=0.5)
    cohort = sample_cohort(preset, seed=2)
    counts: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    for clip in cohort.clips:
        counts[clip.truth == "positive"].update(event.cue for event in clip.events)
    for gesture in GESTURES:
        won, lost = counts[True][gesture.name] + 0.5, counts[False][gesture.name] + 0.5
        spread = np.sqrt(1 / won + 1 / lost)
        assert abs(np.log(won / lost) - 1.5 * gesture.sign) < 5 * spread, gesture.name


def test_one_part_of_the_body_does_one_thing_at_a_time():
    cohort = sample_cohort(DEMO, seed=8)
    channels = {gesture.name: gesture.channels for gesture in GESTURES}
    overlaps = pairs = 0
    for clip in cohort.clips:
        for index, event in enumerate(clip.events):
            for other in clip.events[index + 1 :]:
                if set(channels[event.cue]) & set(channels[other.cue]):
                    pairs += 1
                    overlaps += other.start_s < event.end_s - 0.2
    assert pairs > 1000
    assert overlaps <= 0.002 * pairs  # a crowded clip keeps its counts, which the bound rests on


def test_events_lie_within_their_clip():
    for clip in sample_cohort(replace(DEMO, clip_s=4.0), seed=1).clips:
        assert all(0 <= event.start_s < event.end_s <= clip.duration_s for event in clip.events)


@pytest.mark.parametrize(
    ("preset", "accuracy", "balanced"),
    [
        (IMIGUE, 0.84, 0.80),
        (replace(IMIGUE, clip_s=60.0), 0.75, 0.69),
        (replace(IMIGUE, clip_s=30.0, effect=1.0), 0.87, 0.84),
    ],
)
def test_the_best_possible_accuracy_is_that_of_the_cohort_arithmetic(preset, accuracy: float, balanced: float):
    best = best_possible(preset, samples=6_000)
    assert best.gestures_accuracy == pytest.approx(accuracy, abs=0.03)
    assert best.gestures_balanced_accuracy == pytest.approx(balanced, abs=0.03)
    assert best.standard_error < 0.01


def test_words_can_only_help_and_an_effect_of_nothing_leaves_chance():
    best = best_possible(DEMO, samples=4_000)
    assert best.accuracy > best.gestures_accuracy - 2 * best.standard_error
    nothing = best_possible(replace(DEMO, effect=0.0, telling_share=0.0, tone_lean=0.0), samples=2_000)
    assert nothing.accuracy == pytest.approx(nothing.majority, abs=0.02)


def test_a_preset_out_of_range_names_its_field():
    with pytest.raises(InputError, match="gold_fraction"):
        replace(DEMO, gold_fraction=1.5)


def test_an_unknown_clip_is_not_found():
    with pytest.raises(NotFoundError, match="s99-01"):
        sample_cohort(DEMO, seed=0).clip("s99-01")
