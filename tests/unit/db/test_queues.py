"""Which clips a reviewer is handed, in which order, and why."""

from datetime import timedelta

from core.types.clips import LabelSource
from core.types.decisions import Decision, DecisionKind, ReviewMode
from core.types.runs import CuratedRow, Prediction
from db import clips, curated_sets, leases, queues, runs
from db.queues import Queue
from tests.older_versions import decide_unchecked
from tests.unit.db.conftest import Desk


def _ids(desk: Desk, queue: Queue, reviewer_id: int | None = None, **window: int) -> list[int]:
    with desk.database.read() as connection:
        found = queues.items(connection, queue, reviewer_id or desk.ada, **window)
        if not window:
            assert queues.size(connection, queue, reviewer_id or desk.ada) == len(found)
    return [item.clip_id for item in found]


def _reasons(desk: Desk, queue: Queue) -> list[str]:
    with desk.database.read() as connection:
        return [item.reason for item in queues.items(connection, queue, desk.ada)]


def _run(desk: Desk, *predicted: tuple[int, str, float]) -> int:
    with desk.database.write() as connection:
        stored = curated_sets.store(connection, "set", {}, [])
        run = runs.start(connection, curated_set_id=stored.id, job_id=None, settings={}, code_version="1")
        made = [Prediction(run.id, clip, 0, (sure, 1 - sure), label) for clip, label, sure in predicted]
        runs.store_predictions(connection, made)
        runs.finish(connection, run.id, {})
        runs.select(connection, run.id)
    return run.id


def test_the_test_split_is_in_no_queue(desk: Desk) -> None:
    desk.clip(test=True)
    assert {queue: _ids(desk, queue) for queue in Queue} == {queue: [] for queue in Queue}


def test_unreviewed_clips_come_in_order_whether_or_not_a_labeler_answered(desk: Desk) -> None:
    first, second, third = desk.clip(), desk.clip(), desk.clip()
    desk.answer(second, "positive")
    assert _ids(desk, Queue.UNREVIEWED) == [first, second, third]


def test_a_clip_that_anybody_judged_is_no_longer_unreviewed(desk: Desk) -> None:
    clip = desk.clip()
    desk.decide(DecisionKind.CORRECT, clip, "positive", mode=ReviewMode.ASSISTED, reviewer_id=desk.ben)
    assert _ids(desk, Queue.UNREVIEWED) == []


def test_a_clip_that_was_put_aside_waits_in_a_queue_of_its_own_reviewer(desk: Desk) -> None:
    clip = desk.clip()
    skip = desk.decide(DecisionKind.SKIP, clip)
    assert (_ids(desk, Queue.UNREVIEWED), _ids(desk, Queue.SKIPPED)) == ([], [clip])
    assert (_ids(desk, Queue.UNREVIEWED, desk.ben), _ids(desk, Queue.SKIPPED, desk.ben)) == ([clip], [])
    desk.decide(DecisionKind.UNDO, clip, undoes_id=skip.id)
    assert (_ids(desk, Queue.UNREVIEWED), _ids(desk, Queue.SKIPPED)) == ([clip], [])


def test_the_least_sure_answers_come_first(desk: Desk) -> None:
    sure, unsure, between = desk.clip(), desk.clip(), desk.clip()
    for clip, confidence in ((sure, 0.95), (unsure, 0.51), (between, 0.7)):
        desk.answer(clip, "positive", confidence)
    assert _ids(desk, Queue.UNCERTAIN) == [unsure, between, sure]


def test_only_the_newest_answer_decides_the_place_in_a_queue(desk: Desk) -> None:
    clip, other = desk.clip(), desk.clip()
    desk.answer(clip, "positive", 0.5, first="negative", contradicted=2)
    desk.answer(other, "positive", 0.6)
    desk.answer(clip, "positive", 0.9)
    assert _ids(desk, Queue.UNCERTAIN) == [other, clip]
    assert (_ids(desk, Queue.DISAGREE), _ids(desk, Queue.CONTRADICTED)) == ([], [])


def test_answers_that_reflection_changed_are_a_queue(desk: Desk) -> None:
    changed, kept = desk.clip(), desk.clip()
    desk.answer(changed, "positive", first="negative")
    desk.answer(kept, "positive")
    assert _ids(desk, Queue.DISAGREE) == [changed]


def test_the_most_contradicted_answers_come_first_with_their_number(desk: Desk) -> None:
    one, three, none = desk.clip(), desk.clip(), desk.clip()
    for clip, contradicted in ((one, 1), (three, 3), (none, 0)):
        desk.answer(clip, "positive", contradicted=contradicted)
    assert _ids(desk, Queue.CONTRADICTED) == [three, one]
    assert _reasons(desk, Queue.CONTRADICTED) == [
        "The key points contradict 3 claims of the rationale.",
        "The key points contradict 1 claim of the rationale.",
    ]


def test_the_surest_mistakes_of_the_current_run_come_first(desk: Desk) -> None:
    right, sure, unsure = desk.clip(gold="positive"), desk.clip(gold="positive"), desk.clip(gold="positive")
    run = _run(desk, (right, "positive", 0.99), (unsure, "negative", 0.6), (sure, "negative", 0.91))
    assert _ids(desk, Queue.RUN_DIFFERS) == [sure, unsure]
    assert _reasons(desk, Queue.RUN_DIFFERS)[0] == (
        f"Run {run}, which never trained on this clip, says negative with 0.91; the gold label is positive."
    )


def test_what_a_run_contradicts_comes_by_how_far_the_label_is_trusted(desk: Desk) -> None:
    pseudo, gold, human, adjudicated = desk.clip(), desk.clip(gold="positive"), desk.clip(), desk.clip()
    desk.answer(pseudo, "positive")
    desk.decide(DecisionKind.CORRECT, human, "positive", mode=ReviewMode.ASSISTED)
    desk.decide(DecisionKind.ADJUDICATE, adjudicated, "positive", mode=ReviewMode.ASSISTED)
    run = _run(desk, *((clip, "negative", 0.99 - clip / 10) for clip in (pseudo, gold, human, adjudicated)))
    assert _ids(desk, Queue.RUN_DIFFERS) == [adjudicated, human, gold, pseudo]
    with desk.database.read() as connection:
        found = queues.differing(connection, runs.get(connection, run), desk.ada, 2)
        counted = queues.differing_counts(connection, runs.get(connection, run), desk.ada)
    assert [(one.clip_id, one.source) for one in found] == [
        (adjudicated, LabelSource.ADJUDICATED),
        (human, LabelSource.HUMAN),
    ]
    assert list(counted.items()) == [(source, 1) for source in LabelSource]


def test_what_was_judged_while_the_run_trained_is_no_difference_to_its_judge(desk: Desk) -> None:
    clip = desk.clip(gold="positive")
    with desk.database.write() as connection:
        stored = curated_sets.store(connection, "set", {}, [])
        run = runs.start(connection, curated_set_id=stored.id, job_id=None, settings={}, code_version="1")
    desk.decide(DecisionKind.CORRECT, clip, "positive", mode=ReviewMode.ASSISTED)
    with desk.database.write() as connection:
        runs.store_predictions(connection, [Prediction(run.id, clip, 0, (0.1, 0.9), "negative")])
        runs.finish(connection, run.id, {})
        runs.select(connection, run.id)
    assert (_ids(desk, Queue.RUN_DIFFERS), _ids(desk, Queue.RUN_DIFFERS, desk.ben)) == ([], [clip])


def test_a_mistake_that_was_judged_after_the_run_leaves_the_queue_of_its_judge(desk: Desk) -> None:
    clip = desk.clip(gold="positive")
    _run(desk, (clip, "negative", 0.91))
    desk.decide(DecisionKind.CORRECT, clip, "positive", mode=ReviewMode.ASSISTED)
    assert (_ids(desk, Queue.RUN_DIFFERS), _ids(desk, Queue.RUN_DIFFERS, desk.ben)) == ([], [clip])


def test_a_run_brings_up_no_clip_of_the_reliability_sample_which_stays_a_random_one(desk: Desk) -> None:
    sampled, other = desk.clip(gold="positive", reliability_sample=True), desk.clip(gold="positive")
    _run(desk, (sampled, "negative", 0.91), (other, "negative", 0.91))
    assert (_ids(desk, Queue.RUN_DIFFERS), _ids(desk, Queue.RELIABILITY)) == ([other], [sampled])


def test_there_are_no_mistakes_before_a_run_is_current(desk: Desk) -> None:
    desk.clip(gold="positive")
    assert _ids(desk, Queue.RUN_DIFFERS) == []


def test_what_a_person_says_against_gold_is_a_queue_of_its_own(desk: Desk) -> None:
    against, with_it, without_gold = desk.clip(gold="negative"), desk.clip(gold="positive"), desk.clip()
    settled = desk.clip(gold="negative")
    for clip in (against, with_it, without_gold):
        desk.decide(DecisionKind.CORRECT, clip, "positive", mode=ReviewMode.ASSISTED, reviewer_id=desk.ben)
    desk.decide(DecisionKind.ADJUDICATE, settled, "positive", mode=ReviewMode.ASSISTED)
    assert _ids(desk, Queue.GOLD_DIFFERS) == [against, settled]
    assert _reasons(desk, Queue.GOLD_DIFFERS)[0] == (
        "A person's label counts for this clip in place of the gold label, and the two differ."
    )


def test_what_was_taken_back_differs_from_gold_no_more(desk: Desk) -> None:
    clip = desk.clip(gold="negative")
    row = desk.decide(DecisionKind.CORRECT, clip, "positive", mode=ReviewMode.ASSISTED)
    desk.decide(DecisionKind.UNDO, clip, undoes_id=row.id)
    assert _ids(desk, Queue.GOLD_DIFFERS) == []


def test_no_queue_holds_a_clip_of_the_test_split_that_an_older_version_let_people_judge(desk: Desk) -> None:
    disputed, unclear = desk.clip(test=True, gold="positive"), desk.clip(test=True)
    decide_unchecked(desk.database, disputed, desk.ada, DecisionKind.CORRECT, "negative")
    decide_unchecked(desk.database, disputed, desk.ben, DecisionKind.CORRECT, "positive")
    decide_unchecked(desk.database, unclear, desk.ben, DecisionKind.UNCLEAR, None)
    found = {queue: _ids(desk, queue) for queue in Queue if queue is not Queue.RECENT}
    assert not any(found.values()), found


def test_unclear_clips_stay_in_their_queue_until_somebody_judges_them(desk: Desk) -> None:
    clip = desk.clip()
    desk.decide(DecisionKind.UNCLEAR, clip)
    assert _ids(desk, Queue.UNCLEAR) == [clip]
    desk.decide(DecisionKind.CORRECT, clip, "positive", mode=ReviewMode.ASSISTED)
    assert _ids(desk, Queue.UNCLEAR) == []


def test_what_a_reviewer_judged_last_comes_first_and_once(desk: Desk) -> None:
    first, second = desk.clip(), desk.clip()
    for clip in (first, second, first):
        desk.decide(DecisionKind.CORRECT, clip, "positive", mode=ReviewMode.ASSISTED)
    undone = desk.decide(DecisionKind.UNCLEAR, second)
    desk.decide(DecisionKind.UNDO, second, undoes_id=undone.id)
    assert _ids(desk, Queue.RECENT) == [first, second]
    assert _ids(desk, Queue.RECENT, desk.ben) == []


def test_a_queue_is_read_in_windows(desk: Desk) -> None:
    made = [desk.clip() for _ in range(5)]
    assert _ids(desk, Queue.UNREVIEWED, limit=2, offset=2) == made[2:4]


def test_an_import_label_counts_before_a_pseudo_label(desk: Desk) -> None:
    clip = desk.clip(gold="negative")
    desk.answer(clip, "positive")
    assert desk.label(clip) == ("negative", LabelSource.GOLD.value)


def _doubting_run(desk: Desk, *doubted: tuple[int, float, bool]) -> None:
    with desk.database.write() as connection:
        labels = clips.labels(connection, [clip for clip, _, _ in doubted])
        given = [CuratedRow(clip, 1, labels[clip].label, labels[clip].source, 1.0) for clip, _, _ in doubted]
        stored = curated_sets.store(connection, "set", {}, given)
        run = runs.start(connection, curated_set_id=stored.id, job_id=None, settings={}, code_version="1")
        made = [Prediction(run.id, clip, 0, (0.5, 0.5), "positive", quality, issue) for clip, quality, issue in doubted]
        runs.store_predictions(connection, made)
        runs.finish(connection, run.id, {})
        runs.select(connection, run.id)


def test_likely_label_errors_come_with_the_worst_first_and_their_quality(desk: Desk) -> None:
    fine, bad, worse = (desk.clip(gold="negative") for _ in range(3))
    _doubting_run(desk, (fine, 0.2, False), (bad, 0.3, True), (worse, 0.07, True))
    assert _ids(desk, Queue.LABEL_ERRORS) == [worse, bad]
    assert "gives it a label quality of 0.07" in _reasons(desk, Queue.LABEL_ERRORS)[0]


def test_a_label_error_that_was_judged_after_the_run_leaves_the_queue(desk: Desk) -> None:
    clip = desk.clip(gold="negative")
    _doubting_run(desk, (clip, 0.07, True))
    desk.decide(DecisionKind.CORRECT, clip, "positive", mode=ReviewMode.ASSISTED)
    assert _ids(desk, Queue.LABEL_ERRORS) == []


def test_a_label_that_somebody_has_changed_since_is_not_accused(desk: Desk) -> None:
    changed, kept = desk.clip(gold="negative"), desk.clip(gold="negative")
    _doubting_run(desk, (changed, 0.07, True), (kept, 0.2, True))
    desk.decide(DecisionKind.CORRECT, changed, "positive", mode=ReviewMode.ASSISTED)
    assert _ids(desk, Queue.LABEL_ERRORS, desk.ben) == [kept]


def test_leaks_of_the_newest_answer_are_a_queue(desk: Desk) -> None:
    in_reasoning, in_claim, mended, clean = (desk.clip() for _ in range(4))
    desk.answer(in_reasoning, "positive", leak="Leans on the result.")
    desk.answer(in_claim, "positive", claim_leak="Leans on a name.")
    desk.answer(mended, "positive", leak="Leans on the result.")
    desk.answer(mended, "positive")
    desk.answer(clean, "positive")
    assert _ids(desk, Queue.LEAKS) == [in_claim, in_reasoning]


def test_the_reliability_sample_waits_for_each_reviewer(desk: Desk) -> None:
    clip = desk.clip(reliability_sample=True)
    desk.clip()
    assert _ids(desk, Queue.RELIABILITY) == [clip]
    desk.decide(DecisionKind.BLIND, clip, "positive")
    desk.decide(DecisionKind.CORRECT, clip, "positive")
    assert (_ids(desk, Queue.RELIABILITY), _ids(desk, Queue.RELIABILITY, desk.ben)) == ([], [clip])


def _lease(desk: Desk, clip: int, reviewer_id: int, minutes: float = 10) -> dict[int, int]:
    with desk.database.write() as connection:
        return leases.take(connection, [clip], reviewer_id, timedelta(minutes=minutes))


def test_a_clip_that_somebody_has_open_is_in_nobody_elses_queue(desk: Desk) -> None:
    first, second = desk.clip(), desk.clip()
    _lease(desk, first, desk.ben)
    assert (_ids(desk, Queue.UNREVIEWED), _ids(desk, Queue.UNREVIEWED, desk.ben)) == ([second], [first, second])


def test_a_lease_that_ran_out_hides_nothing(desk: Desk) -> None:
    clip = desk.clip()
    _lease(desk, clip, desk.ben, minutes=-1)
    assert _ids(desk, Queue.UNREVIEWED) == [clip]


def _judge(desk: Desk, clip: int, label: str, reviewer_id: int) -> Decision:
    return desk.decide(DecisionKind.CORRECT, clip, label, mode=ReviewMode.ASSISTED, reviewer_id=reviewer_id)


def test_clips_on_which_people_differ_are_a_queue_until_somebody_adjudicates(desk: Desk) -> None:
    agreed, differing = desk.clip(), desk.clip()
    for clip, label in ((agreed, "positive"), (differing, "negative")):
        _judge(desk, clip, "positive", desk.ada)
        _judge(desk, clip, label, desk.ben)
    assert _ids(desk, Queue.PEOPLE_DIFFER) == [differing]
    desk.decide(DecisionKind.ADJUDICATE, differing, "negative")
    assert _ids(desk, Queue.PEOPLE_DIFFER) == []
    assert desk.label(differing) == ("negative", "adjudicated")


def test_who_changes_their_mind_no_longer_differs(desk: Desk) -> None:
    clip = desk.clip()
    _judge(desk, clip, "positive", desk.ada)
    _judge(desk, clip, "negative", desk.ben)
    _judge(desk, clip, "positive", desk.ben)
    assert _ids(desk, Queue.PEOPLE_DIFFER) == []


def test_one_who_takes_it_back_no_longer_differs(desk: Desk) -> None:
    clip = desk.clip()
    _judge(desk, clip, "positive", desk.ada)
    other = _judge(desk, clip, "negative", desk.ben)
    desk.decide(DecisionKind.UNDO, clip, undoes_id=other.id, mode=ReviewMode.ASSISTED, reviewer_id=desk.ben)
    assert _ids(desk, Queue.PEOPLE_DIFFER) == []
