"""Clips, pages of them, curated sets, runs and what is refused of each."""

import sqlite3
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
import sqlalchemy as sa

from core.errors import InputError, NotFoundError, TrainingError
from core.types.clips import ClipState, LabelSource, Split
from core.types.cues import Cue, CueCoverage, CueMeasurement
from core.types.decisions import DecisionKind
from core.types.features import FeatureKind, Producer
from core.types.jobs import JobState
from core.types.pseudo_labels import ClaimCheck, PseudoLabel
from core.types.runs import CuratedRow, Prediction, Run, RunState
from db import answered_clips, clips, cues, curated_sets, features, jobs, pseudo_labels, runs
from db.pseudo_labels import PseudoLabelSummary
from db.tables import jobs as job_table
from tests.integration.db.log_oracle import LABELER, answer, new_clip
from tests.unit.db.conftest import Desk

PRODUCER = Producer("openpose-json", "1", "abc")
GONE_PID = 2**22 + 1  # above the highest process id of Linux


def _names(desk: Desk, **filters: object) -> list[str]:
    with desk.database.read() as connection:
        return [clip.name for clip in clips.page(connection, **filters)]  # type: ignore[arg-type]


def _run(desk: Desk) -> Run:
    with desk.database.write() as connection:
        stored = curated_sets.store(connection, "set", {}, [])
        return runs.start(connection, curated_set_id=stored.id, job_id=None, settings={"a": 1}, code_version="1")


def test_a_frame_rate_comes_back_as_the_fraction_that_it_is(desk: Desk) -> None:
    with desk.database.write() as connection:
        assert clips.add(connection, new_clip(1)).frame_rate == Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"digest": "other"}, r"The clip clip 1 is in the workspace already\."),
        ({"name": "twin"}, r"The clip twin is the same file as clip 1"),
    ],
)
def test_a_clip_is_added_once(desk: Desk, change: dict[str, str], sentence: str) -> None:
    def add(new: object) -> None:
        with desk.database.write() as connection:
            clips.add(connection, new)  # type: ignore[arg-type]

    add(new_clip(1))
    with pytest.raises(InputError, match=sentence):
        add(replace(new_clip(1), **change))


def test_filters_narrow_together_and_pages_follow_each_other(desk: Desk) -> None:
    made = [desk.clip(test=number % 4 == 0) for number in range(12)]
    for clip in made:
        with desk.database.read() as connection:
            training = clips.get(connection, clip).split is Split.TRAIN
        if training:
            desk.answer(clip, "positive" if clip % 2 else "negative")
    wanted = {"state": ClipState.LABELED, "label": "positive", "source": LabelSource.PSEUDO, "split": Split.TRAIN}
    whole = _names(desk, **wanted)
    with desk.database.read() as connection:
        first = clips.page(connection, limit=2, **wanted)  # type: ignore[arg-type]
        rest = clips.page(connection, after_id=first[-1].id, **wanted)  # type: ignore[arg-type]
    assert [clip.name for clip in first + rest] == whole
    assert len(whole) == len([clip for clip in made if clip % 2 and (clip - 1) % 4])


def test_clips_that_lack_a_kind_of_features_can_be_asked_for(desk: Desk) -> None:
    first, second = desk.clip(), desk.clip()
    with desk.database.write() as connection:
        features.record(connection, first, FeatureKind.IMAGE, PRODUCER, "1.image.h5")
        features.record(connection, second, FeatureKind.TEXT, PRODUCER, "2.text.h5")
        names = {clip.id: clip.name for clip in clips.many(connection, [first, second])}
    assert _names(desk, lacks=FeatureKind.IMAGE) == [names[second]]
    assert _names(desk, lacks=FeatureKind.TEXT, split=Split.TRAIN) == [names[first]]
    assert _names(desk, lacks=FeatureKind.PERSON) == [names[first], names[second]]


def test_a_reading_connection_gives_no_label_of_a_clip_without_one(desk: Desk) -> None:
    assert desk.label(desk.clip()) is None


def test_cues_come_back_as_they_were_measured_and_are_replaced(desk: Desk) -> None:
    clip = desk.clip()
    measured = CueMeasurement(
        (Cue("nodding", 0.5, 1.25, 0.7, (0, 1)),), (CueCoverage("nodding", 20.0, ((0.0, 20.0),), ""),), 30.0
    )
    for seen in (CueMeasurement((), (), 30.0), measured):
        with desk.database.write() as connection:
            cues.store(connection, clip, seen, PRODUCER)
    with desk.database.read() as connection:
        assert cues.of_clip(connection, clip) == measured
        assert cues.producer_of(connection, clip) == PRODUCER
    assert list(cues.each(desk.database, [clip, clip + 1])) == [(clip, measured)]


def test_a_walk_over_many_clips_meets_each_once_in_order(desk: Desk) -> None:
    ids = [desk.clip() for _ in range(120)]
    with desk.database.write() as connection:
        for clip in ids[:-1]:
            cues.store(connection, clip, CueMeasurement((), (), float(clip)), PRODUCER)
    walked = [(clip, measured.duration_s) for clip, measured in cues.each(desk.database, reversed(ids))]
    assert walked == [(clip, float(clip)) for clip in ids[:-1]]


def test_a_decision_is_saved_in_the_middle_of_a_walk_over_the_cues(desk: Desk) -> None:
    clip = desk.clip()
    with desk.database.write() as connection:
        cues.store(connection, clip, CueMeasurement((), (), 30.0), PRODUCER)
    walk = cues.each(desk.database, [clip])
    next(walk)
    desk.decide(DecisionKind.BLIND, clip, "positive")  # times out where the walk holds its read
    assert desk.step(clip) == "reveal"


def test_a_feature_recorded_again_names_its_newest_producer(desk: Desk) -> None:
    clip = desk.clip()
    for version in ("1", "2"):
        with desk.database.write() as connection:
            features.record(connection, clip, FeatureKind.IMAGE, replace(PRODUCER, version=version), "image/1")
    with desk.database.read() as connection:
        assert features.producers(connection, FeatureKind.IMAGE) == {replace(PRODUCER, version="2"): 1}
        assert features.clips_with(connection, FeatureKind.IMAGE) == [clip]


def test_a_test_clip_gets_no_pseudo_label(desk: Desk) -> None:
    clip = desk.clip(test=True)

    def store() -> None:
        with desk.database.write() as connection:
            pseudo_labels.store(connection, clip, LABELER, "0", answer("positive", 0.9))

    with pytest.raises(InputError, match="test split, which no labeler may see"):
        store()


def test_a_failure_is_kept_and_is_no_label(desk: Desk) -> None:
    clip = desk.clip()
    with desk.database.write() as connection:
        pseudo_labels.fail(connection, clip, LABELER, "0", "No answer came.")
    with desk.database.read() as connection:
        assert [failure.reason for failure in pseudo_labels.failures(connection)] == ["No answer came."]
        assert answered_clips.answered_clips(connection, LABELER, {"0"}).done == set()
    assert desk.label(clip) is None


def summary_of(stored: PseudoLabel) -> PseudoLabelSummary:
    said = stored.answer
    kept = [claim for claim in said.claims if claim.kept]
    return PseudoLabelSummary(
        stored.clip_id,
        stored.labeler.id or 0,
        stored.labeler.name,
        said.first_label,
        said.first_confidence,
        said.label,
        said.confidence,
        said.exclusion_reason,
        said.leak,
        len(kept),
        sum(claim.check is ClaimCheck.CONTRADICTED for claim in kept),
    )


def test_the_newest_answers_of_many_clips_are_those_of_each(desk: Desk) -> None:
    ids = [desk.clip() for _ in range(3)]
    other = replace(LABELER, name="another")
    with desk.database.write() as connection:
        for number, clip_id in enumerate([ids[0], ids[1], ids[0]]):
            pseudo_labels.store(connection, clip_id, LABELER, str(number), answer("positive", 0.6 + number / 10))
        pseudo_labels.store(connection, ids[1], other, "0", answer("negative", 0.9))
    desk.answer(ids[2], "positive", contradicted=3, leak="It names the score.")
    with desk.database.read() as connection:
        for name in (None, LABELER.name, "nobody"):
            found = pseudo_labels.latest_of(connection, ids, name)
            oldest_first = [one for clip_id in ids for one in reversed(pseudo_labels.of_clip(connection, clip_id))]
            assert found == {one.clip_id: one for one in oldest_first if name in (None, one.labeler.name)}
            summaries = pseudo_labels.summaries_of(connection, ids, name)
            assert summaries == {clip_id: summary_of(one) for clip_id, one in found.items()}


def test_the_digest_of_a_curated_set_follows_its_rule_and_rows_and_not_their_order(desk: Desk) -> None:
    one, two = (CuratedRow(clip, 1, "positive", LabelSource.GOLD, 1.0) for clip in (1, 2))
    digest = curated_sets.digest_of({"a": 1, "b": 2}, [one, two])
    assert digest == curated_sets.digest_of({"b": 2, "a": 1}, [two, one])
    assert digest != curated_sets.digest_of({"a": 1, "b": 2}, [one, replace(two, weight=0.5)])
    assert digest != curated_sets.digest_of({"a": 1, "b": 3}, [one, two])
    assert digest != curated_sets.digest_of({"a": 1, "b": 2}, [one, replace(two, soft_labels=(("positive", 1.0),))])


def test_a_curated_set_comes_back_with_its_rows_in_order(desk: Desk) -> None:
    ids = [desk.clip(gold="positive"), desk.clip(gold="negative")]
    with desk.database.write() as connection:
        rows = [
            CuratedRow(clip.id, clip.subject_id, str(clip.gold_label), LabelSource.GOLD, 1.0)
            for clip in clips.many(connection, ids)
        ]
        rows[1] = replace(rows[1], soft_labels=(("negative", 0.75), ("positive", 0.25)))
        stored = curated_sets.store(connection, "first", {"sources": ["gold"]}, reversed(rows))
    with desk.database.read() as connection:
        assert curated_sets.by_name(connection, "first") == stored
    assert stored.rows == tuple(rows)
    assert stored.digest == curated_sets.digest_of({"sources": ["gold"]}, rows)


@pytest.mark.parametrize("state", [RunState.RUNNING, RunState.FAILED])
def test_only_a_run_that_succeeded_becomes_current(desk: Desk, state: RunState) -> None:
    good, bad = _run(desk), _run(desk)
    with desk.database.write() as connection:
        runs.finish(connection, good.id, {"table": []})
        runs.select(connection, good.id)
        if state is RunState.FAILED:
            runs.fail(connection, bad.id, state, "It broke.")

    def promote() -> None:
        with desk.database.write() as connection:
            runs.select(connection, bad.id)

    with pytest.raises(TrainingError, match="has not succeeded"):
        promote()
    with desk.database.read() as connection:
        current = runs.selected(connection)
    assert current is not None
    assert current.id == good.id


def test_metrics_of_a_run_from_before_the_words_changed_are_read_under_the_names_of_today(desk: Desk) -> None:
    flips = {"against_run": 1, "clips": [], "mended": 2, "broken": 1}
    old = {"table": [], "flips": flips, "promotion": {"promoted": True, "sentence": "First.", "difference": None}}
    run = _run(desk)
    with desk.database.write() as connection:
        runs.finish(connection, run.id, old)
    with desk.database.read() as connection:
        metrics = runs.get(connection, run.id).metrics
    assert metrics == {
        "table": [],
        "flips": {"against_run": 1, "clips": [], "fixed": 2, "regressed": 1},
        "selection": {"selected": True, "sentence": "First.", "difference": None},
    }


def test_predictions_of_a_resumed_run_replace_its_earlier_ones(desk: Desk) -> None:
    clip, run = desk.clip(), _run(desk)
    for probabilities, label in (((0.6, 0.4), "positive"), ((0.1, 0.9), "negative")):
        with desk.database.write() as connection:
            runs.store_predictions(connection, [Prediction(run.id, clip, 0, probabilities, label)])
    with desk.database.read() as connection:
        [kept] = runs.predictions_of(connection, run.id)
    assert (kept.label, kept.probabilities) == ("negative", (0.1, 0.9))


@pytest.mark.parametrize("kind", ["train", "label"])
def test_a_second_job_of_a_kind_waits_for_the_first(desk: Desk, kind: str) -> None:
    def enqueue() -> int:
        with desk.database.write() as connection:
            return jobs.enqueue(connection, kind, {}).id

    first = enqueue()
    with pytest.raises(InputError, match=rf"Job {first} \({kind}\) is still under way"):
        enqueue()
    with desk.database.write() as connection:
        jobs.fail(connection, first, "It broke.")
    assert enqueue() == first + 1


def test_a_job_whose_process_is_gone_says_so(desk: Desk) -> None:
    with desk.database.write() as connection:
        job = jobs.enqueue(connection, "label", {})
        jobs.start(connection, job.id, GONE_PID)
    with desk.database.write() as connection:
        marked = jobs.mark_interrupted(connection)
    assert [(found.id, found.state) for found in marked] == [(job.id, JobState.INTERRUPTED)]
    assert "ended without a last word" in marked[0].error


def test_a_job_that_was_not_heard_of_for_long_says_so_where_its_number_may_be_anothers(desk: Desk) -> None:
    with desk.database.write() as connection:
        job = jobs.start(connection, jobs.enqueue(connection, "label", {}).id, 1)
        assert job.heartbeat_at is not None
        long_ago = job.heartbeat_at - timedelta(seconds=jobs.STALE_AFTER_S + 1)
        of_an_older_version = {"pid_started_at_s": None, "host": None, "process_mark": None}
        connection.execute(sa.update(job_table).values(heartbeat_at=long_ago, **of_an_older_version))
    with desk.database.write() as connection:
        assert [found.id for found in jobs.mark_interrupted(connection)] == [job.id]


def test_a_job_that_lives_is_left_alone(desk: Desk) -> None:
    with desk.database.write() as connection:
        job = jobs.start(connection, jobs.enqueue(connection, "label", {}).id, 1)
        jobs.heartbeat(connection, job.id, 0.4, "clip 4 of 10")
        assert jobs.mark_interrupted(connection) == []
        assert (jobs.get(connection, job.id).progress, jobs.get(connection, job.id).message) == (0.4, "clip 4 of 10")


def test_a_cancel_is_heard(desk: Desk) -> None:
    with desk.database.write() as connection:
        job = jobs.enqueue(connection, "label", {"limit": 3})
        jobs.request_cancel(connection, job.id)
        assert jobs.get(connection, job.id).cancel_requested
        assert jobs.cancel(connection, job.id).state is JobState.CANCELLED
        assert jobs.active(connection) == []


@pytest.mark.parametrize("get", [clips.get, runs.get, jobs.get, curated_sets.get, pseudo_labels.get])
def test_a_row_that_is_not_there_is_named(desk: Desk, get: object) -> None:
    with desk.database.read() as connection, pytest.raises(NotFoundError, match=r"There is no .* 77"):
        get(connection, 77)  # type: ignore[operator]


def test_a_row_of_nothing_is_refused_by_foreign_keys(desk: Desk) -> None:
    def point_nowhere() -> None:
        with desk.database.write() as connection:
            connection.exec_driver_sql("INSERT INTO gold_labels (clip_id, label) VALUES (77, 'positive')")

    with pytest.raises(sa.exc.IntegrityError) as caught:
        point_nowhere()
    assert isinstance(caught.value.orig, sqlite3.IntegrityError)
