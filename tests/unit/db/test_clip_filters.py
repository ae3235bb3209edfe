"""Each filter of a list of clips narrows by itself, and pages end where they should."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.types.assignments import Assignment, NewBatch, Purpose
from core.types.clips import ClipState, Dispute, LabelSource, Split
from core.types.cues import Cue, CueMeasurement
from core.types.decisions import DecisionKind, ReviewMode
from core.types.features import Producer
from db import assignments, clip_filters, clips, cues, leases, protocols, pseudo_labels
from db.clip_filters import ClipTotals
from tests.integration.db.log_oracle import LABELER, answer, new_clip
from tests.unit.db.conftest import Desk

PRODUCER = Producer("test", "1", "none")


@pytest.fixture
def made(desk: Desk) -> list[int]:
    """An imported clip, one with a pseudo-label, one with gold, one that a person judged, one unclear, one of the test split."""
    imported, labeled, gold, judged, unclear, test = (
        desk.clip(),
        desk.clip(),
        desk.clip(gold="negative"),
        desk.clip(),
        desk.clip(),
        desk.clip(test=True),
    )
    for clip_id in (labeled, judged):
        desk.answer(clip_id, "positive")
    desk.decide(DecisionKind.CORRECT, judged, "negative", mode=ReviewMode.ASSISTED)
    desk.decide(DecisionKind.UNCLEAR, unclear)
    return [imported, labeled, gold, judged, unclear, test]


def _found(desk: Desk, **narrowing: object) -> list[int]:
    with desk.database.read() as connection:
        ids = clips.ids(connection, limit=100, **narrowing)  # type: ignore[arg-type]
        assert [clip.id for clip in clips.page(connection, **narrowing)] == ids  # type: ignore[arg-type]
    return ids


@pytest.mark.parametrize(
    ("narrowing", "places"),
    [
        ({}, [0, 1, 2, 3, 4, 5]),
        ({"state": ClipState.LABELED}, [1]),
        ({"state": ClipState.UNCLEAR}, [4]),
        ({"label": "negative"}, [2, 3]),
        ({"label": "positive"}, [1]),
        ({"source": LabelSource.HUMAN}, [3]),
        ({"source": LabelSource.GOLD, "label": "positive"}, []),
        ({"split": Split.TEST}, [5]),
        ({"split": Split.TRAIN, "label": "negative"}, [2, 3]),
    ],
)
def test_a_filter_keeps_what_it_names(
    desk: Desk, made: list[int], narrowing: dict[str, object], places: list[int]
) -> None:
    assert _found(desk, **narrowing) == [made[place] for place in places]


def test_no_clip_of_the_reliability_sample_is_listed_by_its_label_where_labels_are_shown_early(desk: Desk) -> None:
    sampled, other = desk.clip(reliability_sample=True, gold="negative"), desk.clip(gold="negative")
    assert _found(desk, label="negative", all_open=True) == [other]
    assert _found(desk, all_open=True) == [sampled, other]


def test_clips_are_found_by_who_judged_them_until_that_is_taken_back(desk: Desk) -> None:
    first, second, bulk = desk.clip(), desk.clip(), desk.clip()
    desk.decide(DecisionKind.BLIND, first, "negative")
    taken_back = desk.decide(DecisionKind.UNCLEAR, second)
    desk.decide(DecisionKind.BULK_ACCEPT, bulk, "positive", pseudo_label_id=desk.answer(bulk, "positive").id)
    assert _found(desk, judged_by="Ada") == [first, second]
    desk.decide(DecisionKind.UNDO, second, undoes_id=taken_back.id)
    assert (_found(desk, judged_by="Ada"), _found(desk, judged_by="Ben")) == ([first], [])
    with desk.database.read() as connection:
        assert clip_filters.clips_by_reviewer(connection, ["Ada", "Ben"]) == {"Ada": 1, "Ben": 0}


def test_clips_are_found_by_a_labeler_that_answered_them_even_where_another_counts(desk: Desk) -> None:
    one, both = desk.clip(), desk.clip()
    for clip_id in (one, both):
        desk.answer(clip_id, "positive")
    with desk.database.write() as connection:
        other = replace(LABELER, name="other")
        pseudo_labels.store(connection, both, other, "1", answer("negative", 0.7))
        ids = {labeler.name: labeler.id for labeler in pseudo_labels.labelers(connection)}
    assert _found(desk, labeler=ids["other"]) == [both]
    assert _found(desk, labeler=ids[LABELER.name]) == [one, both]
    with desk.database.read() as connection:
        assert clip_filters.clips_by_labeler(connection) == {ids[LABELER.name]: 2, ids["other"]: 1}


def test_clips_are_found_by_a_measured_cue_once_the_reader_has_judged_them(desk: Desk) -> None:
    judged, other, sampled = desk.clip(), desk.clip(), desk.clip(reliability_sample=True)
    with desk.database.write() as connection:
        for clip_id in (judged, other, sampled):
            cues.store(connection, clip_id, _measured("nodding"), PRODUCER)
        cues.store(connection, other, _measured("nodding", "blink"), PRODUCER)
    desk.decide(DecisionKind.BLIND, judged, "negative")
    assert _found(desk, cue="nodding", reader=desk.ada) == [judged]
    assert _found(desk, cue="nodding", reader=None) == []
    assert _found(desk, cue="nodding", reader=desk.ben, all_open=True) == [judged, other]
    with desk.database.write() as connection:
        cues.store(connection, other, _measured("blink"), PRODUCER)
    assert _found(desk, cue="nodding", reader=desk.ben, all_open=True) == [judged]
    with desk.database.read() as connection:
        assert cues.clips_by_cue(connection) == {"blink": 1, "nodding": 2}


def test_clips_are_found_by_what_their_label_is_disputed_by(desk: Desk) -> None:
    differing, against_gold = desk.clip(), desk.clip(gold="positive")
    desk.decide(DecisionKind.CORRECT, differing, "negative", mode=ReviewMode.ASSISTED)
    desk.decide(DecisionKind.CORRECT, differing, "positive", mode=ReviewMode.ASSISTED, reviewer_id=desk.ben)
    desk.decide(DecisionKind.CORRECT, against_gold, "negative", mode=ReviewMode.ASSISTED)
    assert _found(desk, dispute=Dispute.REVIEWERS) == [differing]
    assert _found(desk, dispute=Dispute.GOLD) == [against_gold]
    with desk.database.read() as connection:
        assert clip_filters.clips_in_dispute(connection) == {Dispute.REVIEWERS: 1, Dispute.GOLD: 1}


def test_totals_count_by_label_only_what_the_reader_may_see(desk: Desk) -> None:
    judged, hidden, sampled, test = (
        desk.clip(gold="negative"),
        desk.clip(gold="positive"),
        desk.clip(gold="positive", reliability_sample=True),
        desk.clip(gold="positive", test=True),
    )
    desk.decide(DecisionKind.BLIND, judged, "negative")
    assert [judged, hidden, sampled, test] == _found(desk)
    labels = ["positive", "negative"]
    with desk.database.read() as connection:
        blind = clip_filters.totals(connection, labels, reader=desk.ada)
        everything = clip_filters.totals(connection, labels, reader=desk.ada, all_open=True)
        some = clip_filters.totals(connection, labels, reader=desk.ada, all_open=True, among=[hidden, sampled])
    assert blind == ClipTotals(4, {"positive": 0, "negative": 1, None: 0}, sampled=1, test=1, unjudged=1)
    assert everything == ClipTotals(4, {"positive": 2, "negative": 1, None: 0}, sampled=1, test=1, unjudged=0)
    assert some == ClipTotals(2, {"positive": 1, "negative": 0, None: 0}, sampled=1, test=0, unjudged=0)


def test_what_waits_for_the_readers_own_double_coding_is_not_open_early(desk: Desk) -> None:
    clip_id = desk.clip(gold="positive")
    with desk.database.write() as connection:
        cues.store(connection, clip_id, _measured("nodding"), PRODUCER)
        wanted = (Assignment(clip_id, desk.ada),)
        assignments.assign(connection, NewBatch("a" * 32, Purpose.DOUBLE_CODING, desk.ben, "all", 1, wanted))
        of_ada = clip_filters.totals(connection, ["positive"], reader=desk.ada, all_open=True)
        of_ben = clip_filters.totals(connection, ["positive"], reader=desk.ben, all_open=True)
    assert (of_ada.by_label["positive"], of_ada.unjudged) == (0, 1)
    assert (of_ben.by_label["positive"], of_ben.unjudged) == (1, 0)
    for narrowing in ({"cue": "nodding"}, {"label": "positive"}):
        assert _found(desk, reader=desk.ada, all_open=True, **narrowing) == []
        assert _found(desk, reader=desk.ben, all_open=True, **narrowing) == [clip_id]


def _measured(*names: str) -> CueMeasurement:
    return CueMeasurement(tuple(Cue(name, 1.0, 2.0, 0.5, ()) for name in names), (), 30.0)


def test_clips_of_one_subject_or_of_some_ids_can_be_asked_for(desk: Desk, made: list[int]) -> None:
    with desk.database.read() as connection:
        subject = clips.get(connection, made[2]).subject
    assert _found(desk, subject=subject) == [made[2]]
    assert _found(desk, among=[made[4], made[1], 999]) == [made[1], made[4]]
    assert _found(desk, among=[]) == []


def test_no_more_clips_come_than_were_asked_for(desk: Desk, made: list[int]) -> None:
    with desk.database.read() as connection:
        assert clips.ids(connection, limit=2) == made[:2]
        assert [clip.id for clip in clips.page(connection, limit=2)] == made[:2]
        assert [clip.id for clip in clips.page(connection, after_id=made[3], limit=2)] == made[4:]


def test_many_clips_come_in_order_of_id_each_once(desk: Desk, made: list[int]) -> None:
    with desk.database.read() as connection:
        found = clips.many(connection, [made[3], made[0], made[3], 999])
        assert clips.all_ids(connection) == made
        assert clips.all_ids(connection, Split.TEST) == made[-1:]
    assert [clip.id for clip in found] == [made[0], made[3]]


def test_labels_come_with_their_source_for_all_clips_or_for_some(desk: Desk, made: list[int]) -> None:
    with desk.database.read() as connection:
        every, some = clips.labels(connection), clips.labels(connection, made[:3])
    assert {clip_id: (one.label, one.source) for clip_id, one in every.items()} == {
        made[1]: ("positive", LabelSource.PSEUDO),
        made[2]: ("negative", LabelSource.GOLD),
        made[3]: ("negative", LabelSource.HUMAN),
    }
    assert some == {clip_id: every[clip_id] for clip_id in made[1:3]}


def test_counters_tell_what_there_is(desk: Desk, made: list[int]) -> None:
    with desk.database.read() as connection:
        found = clips.counts(connection)
    assert found.clips == len(made)
    assert found.by_split == {Split.TRAIN: 5, Split.TEST: 1}
    assert {state: number for state, number in found.by_state.items() if number} == {
        ClipState.IMPORTED: 3,
        ClipState.LABELED: 1,
        ClipState.REVIEWED: 1,
        ClipState.UNCLEAR: 1,
    }
    assert found.by_label == {
        ("positive", LabelSource.PSEUDO): 1,
        ("negative", LabelSource.GOLD): 1,
        ("negative", LabelSource.HUMAN): 1,
    }
    assert found.decisions == {"correct": 1, "unclear": 1}
    assert found.conflicts == 0


def test_the_generators_truth_is_told_of_simulated_clips_alone(desk: Desk, made: list[int]) -> None:
    with desk.database.write() as connection:
        simulated = clips.add(connection, replace(new_clip(70), simulated=True, simulated_truth="positive")).id
        assert clips.simulated_truths(connection) == {simulated: "positive"}


def test_a_lease_tells_the_holders_of_the_clips_that_were_asked_for_alone(desk: Desk, made: list[int]) -> None:
    review_time = timedelta(hours=1)
    with desk.database.write() as connection:
        leases.take(connection, made[:2], desk.ben, review_time)
        assert leases.take(connection, made[1:3], desk.ada, review_time) == {made[1]: desk.ben}
        assert leases.held_by_others(connection, desk.ada) == {made[0], made[1]}
        assert leases.held_by_others(connection, desk.ben) == {made[2]}


def test_a_protocol_is_replaced_and_the_protocols_beside_it_stay(desk: Desk, made: list[int]) -> None:
    with desk.database.write() as connection:
        for name in ("a", "b", "c", "b"):
            protocols.set_splits(connection, name, {made[0]: Split.TEST})
        assert protocols.names(connection) == ("a", "b", "c")
        protocols.set_splits(connection, "b", {})
        assert protocols.names(connection) == ("a", "c")


def test_a_word_that_no_rationale_has_finds_nothing_that_one_has_answered(desk: Desk) -> None:
    clip_id = desk.clip()
    desk.answer(clip_id, "positive")  # its claims say "A nod."
    desk.decide(DecisionKind.BLIND, clip_id, "positive")
    assert _found(desk, said="nod", reader=desk.ada) == [clip_id]
    assert _found(desk, said="shrug", reader=desk.ada) == []
