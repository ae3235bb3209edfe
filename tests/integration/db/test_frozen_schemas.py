"""Databases of every schema that was ever released open, migrate and still show their rows."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from core.types.assignments import Purpose
from core.types.clips import COHORT_TRUTH, ClipState, CurrentLabel, LabelSource, Split
from core.types.decisions import ClaimVerdict, Seen
from core.types.interviewee import PersonPoint
from core.types.jobs import JobState
from core.types.practice import KnownFrom
from core.types.transcript import TranscriptSegment
from core.workspace import open_workspace
from db import (
    annotated_cues,
    assignments,
    bulk_accepts,
    clips,
    cues,
    curated_sets,
    decisions,
    disclosures,
    interviewees,
    jobs,
    label_changes,
    labeler_choices,
    labels_today,
    leases,
    model_calls,
    practice_answers,
    practice_clips,
    prompts,
    protocols,
    provider_uploads,
    pseudo_labels,
    reviewers,
    runs,
    sending_consents,
    sent_requests,
    transcripts,
)
from db.engine import Database, open_database
from db.schema_version import REVISIONS
from tests.integration.db.freeze import (
    ANNOTATED,
    CALL,
    CLAIM,
    CONSENT,
    CUES,
    DATA,
    LABEL_CHANGE,
    LEAK,
    LEASED_AT,
    NOTE,
    POINT,
    PROMPT,
    PROTOCOL,
    SEGMENTS,
    SENT,
    SOFT_LABELS,
    UPLOAD,
)
from tests.integration.db.log_oracle import LABELER, answer, new_clip
from tests.integration.db.rebuilding import rebuild_states

pytestmark = pytest.mark.migrates

FROZEN = sorted(DATA.glob("schema_*.db"))


def _opened(frozen: Path, folder: Path) -> Database:
    workspace = open_workspace(folder)
    workspace.database_path.write_bytes(frozen.read_bytes())
    return open_database(workspace)


@pytest.mark.parametrize("frozen", FROZEN[:-1], ids=lambda path: path.stem)
def test_a_database_of_an_older_schema_is_copied_before_it_is_migrated(
    frozen: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    revision = frozen.stem.removeprefix("schema_")
    copy = tmp_path / f"telltale.db.schema-{revision}"
    with caplog.at_level("WARNING"):
        _opened(frozen, tmp_path).dispose()
    (told,) = [line for line in caplog.messages if str(copy) in line]
    assert f"schema {revision}" in told
    with closing(sqlite3.connect(copy)) as copied, closing(sqlite3.connect(frozen)) as original:
        assert list(copied.iterdump()) == list(original.iterdump())


def test_the_first_copy_stays_where_an_upgrade_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "telltale.db.schema-0001").write_bytes(b"kept")
    _opened(FROZEN[0], tmp_path).dispose()
    assert (tmp_path / "telltale.db.schema-0001").read_bytes() == b"kept"


def test_a_database_of_the_newest_schema_is_not_copied(tmp_path: Path) -> None:
    _opened(FROZEN[-1], tmp_path).dispose()
    assert not list(tmp_path.glob("telltale.db.schema-*"))


def test_every_schema_has_its_frozen_database() -> None:
    assert [path.stem.removeprefix("schema_") for path in FROZEN] == list(REVISIONS)


@pytest.mark.parametrize("frozen", FROZEN, ids=lambda path: path.stem)
def test_an_old_database_opens_with_all_its_rows(frozen: Path, tmp_path: Path) -> None:
    database = _opened(frozen, tmp_path)
    with database.read() as connection:
        first, second, third = clips.page(connection)
        shown = pseudo_labels.latest_of(connection, [first.id]).get(first.id)
        curated = curated_sets.by_name(connection, "frozen")
        current = runs.selected(connection)
        assert [clip.state for clip in (first, second, third)] == [
            ClipState.REVIEWED,
            ClipState.IMPORTED,
            ClipState.IMPORTED,
        ]
        assert clips.labels(connection) == {
            first.id: CurrentLabel(first.id, "negative", LabelSource.HUMAN, conflict=True),
            second.id: CurrentLabel(second.id, "positive", LabelSource.GOLD, conflict=False),
        }
        assert [(row.kind.value, row.note) for row in decisions.history(connection, first.id)] == [
            ("blind", ""),
            ("accept", NOTE),
        ]
        assert list(decisions.history(connection, first.id)[1].claim_verdicts.values()) == [ClaimVerdict.TRUE]
        assert cues.of_clip(connection, first.id) == CUES
    assert shown is not None
    assert [claim.text for claim in shown.answer.claims] == [CLAIM.text]
    assert curated is not None
    assert curated.digest == curated_sets.digest_of(curated.rule, curated.rows)
    assert current is not None
    assert current.curated_set_id == curated.id
    database.dispose()


@pytest.mark.parametrize("frozen", FROZEN, ids=lambda path: path.stem)
def test_an_old_database_keeps_its_counters_through_the_migration(frozen: Path, tmp_path: Path) -> None:
    database = _opened(frozen, tmp_path)
    with database.read() as connection:
        kept = clips.counts(connection)
    with database.write() as connection:
        rebuild_states(connection)
        assert clips.counts(connection) == kept
    database.dispose()


@pytest.mark.parametrize("frozen", FROZEN[1:], ids=lambda path: path.stem)
def test_what_perception_remembers_is_kept_since_schema_0002(frozen: Path, tmp_path: Path) -> None:
    database = _opened(frozen, tmp_path)
    with database.read() as connection:
        first, _, third = clips.page(connection)
        picked = interviewees.picked(connection, first.id)
        assert picked is not None
        assert picked.point == POINT
        assert transcripts.of_clip(connection, first.id) == SEGMENTS
        assert transcripts.stored_at(connection, first.id) is not None
        assert annotated_cues.of_clip(connection, first.id) == ANNOTATED
        assert protocols.splits(connection, PROTOCOL) == {first.id: Split.TRAIN, third.id: Split.TEST}
    database.dispose()


@pytest.mark.parametrize("frozen", FROZEN[2:], ids=lambda path: path.stem)
def test_what_models_said_and_cost_is_kept_since_schema_0003(frozen: Path, tmp_path: Path) -> None:
    database = _opened(frozen, tmp_path)
    with database.read() as connection:
        first = clips.page(connection)[0]
        doubted, shown = sorted(pseudo_labels.of_clip(connection, first.id), key=lambda one: one.id)
        assert (doubted.answer.leak, doubted.answer.exclusion_reason, doubted.answer.review_reason) == (
            LEAK,
            LEAK,
            LEAK,
        )
        assert [claim.leak for claim in doubted.answer.claims + shown.answer.claims] == [LEAK, ""]
        call = model_calls.answered(connection, CALL.request_digest)
        assert call == replace(CALL, created_at=call.created_at if call else None)
        kept = prompts.by_digest(connection, "5e")
        assert kept is not None
        assert (kept.version, kept.text) == ("1", PROMPT)
        consent = sending_consents.given(connection, CONSENT.receiver, CONSENT.shown, with_sound=CONSENT.with_sound)
        assert consent == replace(CONSENT, created_at=consent.created_at if consent else None)
    database.dispose()


@pytest.mark.parametrize("frozen", FROZEN[10:], ids=lambda path: path.stem)
def test_the_queue_of_a_decision_and_the_test_labels_of_a_set_are_kept_since_schema_0011(
    frozen: Path, tmp_path: Path
) -> None:
    database = _opened(frozen, tmp_path)
    with database.read() as connection:
        first, _, third = clips.page(connection)
        curated = curated_sets.by_name(connection, "frozen")
        assert {row.queue for row in decisions.history(connection, first.id)} == {"unreviewed"}
    database.dispose()
    assert curated is not None
    assert curated.test_labels == {third.id: ("positive", COHORT_TRUTH)}


def test_older_rows_know_no_queue_and_older_sets_no_test_labels(tmp_path: Path) -> None:
    database = _opened(next(path for path in FROZEN if path.stem == "schema_0010"), tmp_path)
    with database.read() as connection:
        curated = curated_sets.by_name(connection, "frozen")
        assert {row.queue for row in decisions.history(connection, clips.page(connection)[0].id)} == {None}
    database.dispose()
    assert curated is not None
    assert curated.test_labels == {}


@pytest.mark.parametrize("frozen", FROZEN[8:], ids=lambda path: path.stem)
def test_assigned_clips_are_kept_since_schema_0009(frozen: Path, tmp_path: Path) -> None:
    database = _opened(frozen, tmp_path)
    with database.read() as connection:
        second = clips.page(connection)[1]
        doubled, coded = assignments.newest(connection, 2)
        assert [(one.purpose, one.drawn_from, one.seed) for one in (coded, doubled)] == [
            (Purpose.CODING, NOTE, 7),
            (Purpose.DOUBLE_CODING, NOTE, 7),
        ]
        assert [(one.shares[0].withdrawn, one.shares[0].waiting) for one in (coded, doubled)] == [(0, 1), (1, 0)]
        assert assignments.waiting_for(connection, coded.assigned_by) == {second.id}
    database.dispose()


@pytest.mark.parametrize("frozen", FROZEN[12:], ids=lambda path: path.stem)
def test_practice_is_kept_since_schema_0013(frozen: Path, tmp_path: Path) -> None:
    database = _opened(frozen, tmp_path)
    with database.read() as connection:
        (mark,) = practice_clips.all(connection)
        assert (mark.known_label, mark.known_from, mark.explanation) == ("positive", KnownFrom.GOLD, NOTE)
        ben = next(one.id for one in reviewers.all(connection) if one.name == "Ben")
        record = practice_answers.of_coder(connection, ben)
        assert (record.rights, record.asked, record.released) == ((True, True), True, True)
    database.dispose()


@pytest.mark.parametrize("frozen", FROZEN[13:], ids=lambda path: path.stem)
def test_what_was_sent_and_uploaded_is_kept_since_schema_0014(frozen: Path, tmp_path: Path) -> None:
    database = _opened(frozen, tmp_path)
    with database.read() as connection:
        open_request = sent_requests.under_way(connection, SENT.request_digest)
        assert open_request is not None
        assert (open_request.worst_usd, open_request.at_work) == (SENT.worst_usd, False)
        assert sent_requests.unanswered(connection, "gemini").requests == 1
        assert [(one.upload.name, one.failure) for one in provider_uploads.leftover(connection)] == [
            (UPLOAD.name, NOTE)
        ]
    database.dispose()


@pytest.mark.parametrize("frozen", FROZEN, ids=lambda path: path.stem)
def test_an_old_job_is_one_of_the_app_on_a_machine_that_nobody_noted(frozen: Path, tmp_path: Path) -> None:
    database = _opened(frozen, tmp_path)
    with database.read() as connection:
        (job,) = jobs.all(connection)
    database.dispose()
    assert (job.kind, job.state, job.in_terminal) == ("train", JobState.SUCCEEDED, False)
    assert (job.host, job.process_mark) == (None, None)


def test_answers_of_older_schemas_neither_need_review_nor_are_excluded(tmp_path: Path) -> None:
    database = _opened(FROZEN[1], tmp_path)
    with database.read() as connection:
        first = clips.page(connection)[0]
        shown = pseudo_labels.latest_of(connection, [first.id]).get(first.id)
        assert shown is not None
        assert (shown.answer.review_reason, shown.answer.exclusion_reason, shown.answer.thinking_tokens) == ("", "", 0)
    database.dispose()


def test_a_database_of_the_first_schema_takes_what_perception_remembers(tmp_path: Path) -> None:
    database = _opened(FROZEN[0], tmp_path)
    with database.write() as connection:
        first = clips.page(connection)[0]
        assert transcripts.stored_at(connection, first.id) is None
        assert interviewees.picked(connection, first.id) is None
        assert annotated_cues.counts(connection) == {}
        assert protocols.names(connection) == ()
        interviewees.pick(connection, first.id, PersonPoint(1.0, 2.0, 3.0))
        transcripts.store(connection, first.id, [TranscriptSegment("Well.", None, None)])
        annotated_cues.store(connection, first.id, "iMiGUE", ANNOTATED)
        protocols.set_splits(connection, PROTOCOL, {first.id: Split.TEST})
    with database.read() as connection:
        assert interviewees.picked(connection, first.id) is not None
        assert annotated_cues.counts(connection) == {"iMiGUE": 2}
        assert protocols.names(connection) == (PROTOCOL,)
    database.dispose()


@pytest.mark.parametrize("frozen", FROZEN[3:], ids=lambda path: path.stem)
def test_doubted_labels_and_leases_are_kept_since_schema_0004(frozen: Path, tmp_path: Path) -> None:
    database = _opened(frozen, tmp_path)
    with database.read() as connection:
        run = runs.all(connection)[0]
        (doubted,) = runs.predictions_of(connection, run.id)
        assert (doubted.label_quality, doubted.label_issue) == (0.75, True)
        second = clips.page(connection)[1]
        assert [(one.reason, one.clips) for one in bulk_accepts.newest(connection)] == [(NOTE, 0)]
        assert list(connection.execute(leases.of_others(0, now=LEASED_AT)).scalars()) == [second.id]
    database.dispose()


@pytest.mark.parametrize("frozen", FROZEN, ids=lambda path: path.stem)
def test_what_was_there_before_the_search_is_found(frozen: Path, tmp_path: Path) -> None:
    database = _opened(frozen, tmp_path)
    with database.read() as connection:
        first = clips.page(connection)[0]
        reviewer = decisions.history(connection, first.id)[0].reviewer_id
        assert first.id in [clip.id for clip in clips.page(connection, search=f'"{first.name}"')]
        assert [clip.id for clip in clips.page(connection, said="covers the mouth", reader=reviewer)] == [first.id]
    database.dispose()


@pytest.mark.parametrize("frozen", FROZEN[4:], ids=lambda path: path.stem)
def test_what_people_differed_on_is_kept_since_schema_0005(frozen: Path, tmp_path: Path) -> None:
    database = _opened(frozen, tmp_path)
    with database.read() as connection:
        curated = curated_sets.by_name(connection, "divided")
    assert curated is not None
    assert curated.rows[0].soft_labels == SOFT_LABELS
    assert curated.digest == curated_sets.digest_of(curated.rule, curated.rows)
    database.dispose()


@pytest.mark.parametrize("frozen", FROZEN, ids=lambda path: path.stem)
def test_clips_count_as_labeled_under_the_spelling_of_today(frozen: Path, tmp_path: Path) -> None:
    database = _opened(frozen, tmp_path)
    with database.write() as connection:
        clip = clips.add(connection, new_clip(9))
        pseudo_labels.store(connection, clip.id, LABELER, "9", replace(answer("positive", 0.5), review_reason=LEAK))
        counted = clips.counts(connection)
        state = connection.exec_driver_sql(
            f"SELECT state, pseudo_needs_review FROM clip_states WHERE clip_id = {clip.id}"
        ).one()
    assert tuple(state) == ("labeled", True)
    assert counted.by_state[ClipState.LABELED] == 1
    database.dispose()


@pytest.mark.parametrize("frozen", FROZEN, ids=lambda path: path.stem)
def test_older_answers_say_what_the_log_knows_of_what_was_seen(frozen: Path, tmp_path: Path) -> None:
    database = _opened(frozen, tmp_path)
    with database.read() as connection:
        first, second, _ = clips.page(connection)
        rows = decisions.history(connection, first.id)
        assert [row.seen for row in rows] == [frozenset(), frozenset({Seen.RATIONALE})]
        assert disclosures.of_clip(connection, first.id, rows[0].reviewer_id) == frozenset({Seen.RATIONALE})
        undone = decisions.history(connection, second.id)[-1]
    assert (undone.kind.value, undone.seen) == ("undo", None)
    database.dispose()


_SEEN_BEFORE_0007 = {
    "a first answer in blind mode": ([("blind", "blind", False)], "nothing"),
    "one after assisted review": ([("accept", "assisted", True), ("blind", "blind", False)], "rationale"),
    "one after a dispute was settled": ([("adjudicate", "blind", False), ("blind", "blind", False)], "answers"),
    "one after an unclear, which showed the labels in lists": (
        [("unclear", "blind", False), ("blind", "blind", False)],
        None,
    ),
    "an adjudication": ([("adjudicate", "blind", False)], "answers"),
    "an adjudication by somebody who had judged": (
        [("accept", "blind", True), ("adjudicate", "blind", False)],
        "answers,rationale",
    ),
    "a second answer": (
        [("blind", "blind", False), ("accept", "blind", True), ("repeat", "blind", False)],
        "rationale",
    ),
    "an unclear in blind mode": ([("unclear", "blind", False)], None),
    "a bulk accept": ([("bulk_accept", "blind", True)], None),
}


@pytest.mark.parametrize(("rows", "seen"), _SEEN_BEFORE_0007.values(), ids=_SEEN_BEFORE_0007)
def test_an_answer_from_before_schema_0007_says_what_can_be_told(
    rows: list[tuple[str, str, bool]], seen: str | None, tmp_path: Path
) -> None:
    frozen = next(path for path in FROZEN if path.stem == "schema_0006")
    workspace = open_workspace(tmp_path)
    workspace.database_path.write_bytes(frozen.read_bytes())
    with closing(sqlite3.connect(workspace.database_path)) as raw, raw:
        for number, (kind, mode, shown) in enumerate(rows):
            raw.execute(
                "INSERT INTO decisions (token, clip_id, reviewer_id, kind, mode, label, note, created_at, pseudo_label_id)"
                " VALUES (?, 3, 1, ?, ?, 'positive', '', '2026-01-01 00:00:00', ?)",
                (f"old {number}", kind, mode, 1 if shown else None),
            )
    database = open_database(workspace)
    with database.read() as connection:
        stored = connection.exec_driver_sql("SELECT seen FROM decisions ORDER BY id DESC LIMIT 1").scalar_one()
    assert stored == seen
    database.dispose()


def _before_0008(folder: Path, statement: str = "") -> Database:
    workspace = open_workspace(folder)
    frozen = next(path for path in FROZEN if path.stem == "schema_0007")
    workspace.database_path.write_bytes(frozen.read_bytes())
    with closing(sqlite3.connect(workspace.database_path)) as raw, raw:
        raw.executescript(statement)
    return open_database(workspace)


def test_the_only_labeler_of_an_older_study_counts(tmp_path: Path) -> None:
    database = _before_0008(tmp_path)
    with database.read() as connection:
        (labeler,) = pseudo_labels.labelers(connection)
        assert labeler_choices.counting_id(connection) == labeler.id
    database.dispose()


def test_of_several_labelers_of_an_older_study_none_is_named_and_the_newest_answers_count_as_before(
    tmp_path: Path,
) -> None:
    second = """
        INSERT INTO labelers (id, name, model_id, prompt_version, prompt_digest, simulated) VALUES (9, 'x', 'x', '1', 'd', 0);
        INSERT INTO pseudo_labels (clip_id, labeler_id, settings_digest, first_label, first_confidence, first_reasoning,
            label, confidence, reasoning, contradicted_claims, input_tokens, output_tokens, cost_usd, raw_answer, created_at)
        VALUES (1, 9, 's', 'x', 0.5, '', 'positive', 0.5, '', 0, 0, 0, 0, '', '2026-01-01 00:00:00');
    """
    database = _before_0008(tmp_path, second)
    with database.write() as connection:
        assert labeler_choices.counting_id(connection) is None
        assert pseudo_labels.latest_of(connection, [1])[1].labeler.id == 9
        kept = clips.counts(connection)
        rebuild_states(connection)
        assert clips.counts(connection) == kept
    database.dispose()


@pytest.mark.parametrize("frozen", FROZEN[REVISIONS.index("0012") :], ids=lambda path: path.stem)
def test_changes_of_labels_are_kept_since_schema_0012(frozen: Path, tmp_path: Path) -> None:
    database = _opened(frozen, tmp_path)
    with database.read() as connection:
        log = label_changes.log(connection)
        read_as = labels_today.successors(connection)
    database.dispose()
    retired, title, added = ((one.kind, one.name, one.by) for one in log)
    assert (added, title, retired) == (
        ("added", "bored", "Ada"),
        ("title", "positive", "Ada"),
        ("retired", "bored", "Ada"),
    )
    assert log[1].old_title == LABEL_CHANGE.retitled[0].old_title
    assert read_as == {"bored": "negative"}


def test_every_older_database_reads_its_labels_as_they_were_written(tmp_path: Path) -> None:
    frozen = next(path for path in FROZEN if path.stem == "schema_0008")
    database = _opened(frozen, tmp_path)
    with database.read() as connection:
        assert (label_changes.log(connection), labels_today.successors(connection)) == ([], {})
    database.dispose()
