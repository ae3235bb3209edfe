"""The numbers that the pages begin with, by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.types.clips import LabelSource
from core.types.decisions import DecisionKind, ReviewMode
from core.types.features import FeatureKind, Producer
from core.types.runs import CuratedRow, RunState
from db import clips, curated_sets, features, pseudo_labels, runs, workspace_counts
from db.workspace_counts import NewestSet
from tests.integration.db.log_oracle import LABELER, answer, new_clip
from tests.unit.db.conftest import Desk


def test_clips_outside_the_test_split_are_counted_all_or_the_simulated_ones(desk: Desk) -> None:
    desk.clip()
    desk.clip(test=True)
    with desk.database.write() as connection:
        assert not workspace_counts.any_simulated(connection)
        clips.add(connection, replace(new_clip(90), simulated=True))
        clips.add(connection, replace(new_clip(91, test=True), simulated=True))
        assert workspace_counts.any_simulated(connection)
        assert workspace_counts.training_clips(connection, simulated_alone=False) == 2
        assert workspace_counts.training_clips(connection, simulated_alone=True) == 1


def test_clips_with_a_feature_are_those_of_its_kind(desk: Desk) -> None:
    ids = [desk.clip() for _ in range(3)]
    with desk.database.write() as connection:
        for clip_id in ids[:2]:
            features.record(connection, clip_id, FeatureKind.PERSON, Producer("a", "1", "x"), "p")
        for kind in (FeatureKind.IMAGE, FeatureKind.TEXT):
            features.record(connection, ids[2], kind, Producer("a", "1", "x"), "p")
        assert workspace_counts.clips_with_feature(connection, FeatureKind.PERSON) == 2
        assert workspace_counts.clips_with_feature(connection, FeatureKind.KEYPOINTS) == 0


def test_a_clip_that_a_labeler_answered_twice_counts_once(desk: Desk) -> None:
    first, second = desk.clip(), desk.clip()
    for clip_id in (first, first, second):
        desk.answer(clip_id, "positive")
    with desk.database.write() as connection:
        pseudo_labels.store(connection, first, replace(LABELER, name="another"), "0", answer("positive", 0.9))
        assert workspace_counts.pseudo_labeled_clips(connection) == 2
        assert workspace_counts.clips_answered_by(connection, "another") == 1
        assert workspace_counts.clips_answered_by(connection, LABELER.name) == 2
        assert workspace_counts.clips_answered_by(connection, "nobody") == 0


def test_the_newest_set_is_the_one_frozen_last_with_its_own_rows(desk: Desk) -> None:
    clip = desk.clip(gold="positive")
    with desk.database.write() as connection:
        assert workspace_counts.newest_set(connection) is None
        subject = clips.get(connection, clip).subject_id
        curated_sets.store(connection, "z", {}, [CuratedRow(clip, subject, "positive", LabelSource.GOLD, 1.0)])
        curated_sets.store(connection, "a", {}, [])
        assert workspace_counts.newest_set(connection) == NewestSet("a", 0)
        curated_sets.store(connection, "m", {"x": 1}, [CuratedRow(clip, subject, "positive", LabelSource.GOLD, 1.0)])
        assert workspace_counts.newest_set(connection) == NewestSet("m", 1)


def test_runs_are_counted_by_state(desk: Desk) -> None:
    with desk.database.write() as connection:
        of = curated_sets.store(connection, "set", {}, []).id
        made = [
            runs.start(connection, curated_set_id=of, job_id=None, settings={}, code_version="1").id for _ in range(4)
        ]
        runs.fail(connection, made[0], RunState.FAILED, "It broke.")
        runs.finish(connection, made[1], {})
        assert workspace_counts.runs_by_state(connection) == {
            RunState.FAILED: 1,
            RunState.SUCCEEDED: 1,
            RunState.RUNNING: 2,
        }


def test_clips_judged_since_a_moment_are_those_with_a_younger_judgment_that_stands(desk: Desk) -> None:
    early, twice, undone = desk.clip(), desk.clip(), desk.clip()
    moment = desk.decide(DecisionKind.UNCLEAR, early).created_at
    for reviewer_id in (desk.ada, desk.ben):
        desk.decide(DecisionKind.UNCLEAR, twice, reviewer_id=reviewer_id)
    row = desk.decide(DecisionKind.UNCLEAR, undone)
    desk.decide(DecisionKind.UNDO, undone, undoes_id=row.id)
    with desk.database.read() as connection:
        assert workspace_counts.clips_judged_since(connection, moment) == 1
        assert workspace_counts.clips_judged_since(connection, moment - timedelta(microseconds=1)) == 2
        assert workspace_counts.clips_judged_since(connection, datetime(2100, 1, 1, tzinfo=UTC)) == 0


def _judged(desk: Desk, said: str, blind: str, last: str, **clip: object) -> None:
    """A clip whose older answer is of the other label, judged blind and then for good."""
    clip_id = desk.clip(**clip)
    desk.answer(clip_id, "positive" if said == "negative" else "negative")
    shown = desk.answer(clip_id, said)
    desk.decide(DecisionKind.BLIND, clip_id, blind)
    kind = DecisionKind.ACCEPT if last == said else DecisionKind.CORRECT
    desk.decide(kind, clip_id, last, pseudo_label_id=shown.id)


def test_people_agree_with_the_answer_they_were_shown_before_and_after_the_reveal(desk: Desk) -> None:
    _judged(desk, "positive", blind="positive", last="positive", subject="Ann")
    _judged(desk, "positive", blind="negative", last="positive", subject="Ann")
    _judged(desk, "positive", blind="negative", last="negative", subject="Bob")
    with desk.database.read() as connection:
        found = workspace_counts.human_agreement(connection)
    assert found.before_reveal == {1: ((1, 2), (0, 1))}
    assert found.after_reveal == {1: ((2, 2), (0, 1))}
    assert found.with_gold == ()


def test_the_reliability_sample_is_counted_apart_and_by_the_answer_before_the_reveal(desk: Desk) -> None:
    _judged(desk, "positive", blind="negative", last="positive", subject="Ann", reliability_sample=True)
    _judged(desk, "positive", blind="positive", last="negative", subject="Ann", reliability_sample=True)
    alone = desk.clip(subject="Ann", reliability_sample=True)
    desk.answer(alone, "positive")
    desk.decide(DecisionKind.ADJUDICATE, alone, "positive")
    with desk.database.read() as connection:
        found = workspace_counts.human_agreement(connection)
    assert found.reliability_sample == ((1, 2),)
    assert found.before_reveal == found.after_reveal == {}


def test_what_was_accepted_by_looking_is_held_against_gold_too(desk: Desk) -> None:
    _judged(desk, "positive", blind="positive", last="positive", subject="Ann", gold="positive")
    _judged(desk, "positive", blind="positive", last="positive", subject="Ann", gold="negative")
    with desk.database.read() as connection:
        assert workspace_counts.human_agreement(connection).with_gold == ((1, 2),)


@pytest.mark.parametrize("kind", [DecisionKind.UNCLEAR, DecisionKind.SKIP])
def test_a_word_without_a_label_agrees_with_nothing(desk: Desk, kind: DecisionKind) -> None:
    clip_id = desk.clip()
    desk.answer(clip_id, "positive")
    desk.decide(kind, clip_id, mode=ReviewMode.ASSISTED)
    with desk.database.read() as connection:
        assert workspace_counts.human_agreement(connection).after_reveal == {}
