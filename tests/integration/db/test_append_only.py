"""What the database itself refuses, on SQLite and on a real PostgreSQL, whoever asks."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from core.types.assignments import Assignment, NewBatch, Purpose
from core.types.clips import LabelSource, Split
from core.types.cues import BodyRegion
from core.types.decisions import ClaimVerdict, DecisionKind, NewDecision, ReviewMode, Seen
from core.types.practice import NewPracticeAnswer
from core.types.pseudo_labels import Claim
from core.types.runs import CuratedRow
from core.workspace import open_workspace
from db import (
    assignments,
    clips,
    curated_sets,
    decisions,
    disclosures,
    practice_answers,
    practice_clips,
    pseudo_labels,
    reviewers,
)
from db.engine import Database, open_database
from db.tables import clip_states, current_labels
from db.tables import pseudo_labels as answers
from tests.integration.db.log_oracle import LABELER, answer, new_clip
from tests.integration.db.rebuilding import rebuild_states

CLAIM = Claim(1.0, 2.0, "nodding", BodyRegion.HEAD, "The head nods twice.", "positive", 0.4)


@pytest.fixture
def filled(database: Database) -> Database:
    """Two training clips and a test clip; the first is labeled, judged with a verdict, and in a curated set."""
    with database.write() as connection:
        ada = reviewers.ensure(connection, "Ada").id
        first = clips.add(connection, new_clip(1, gold="negative"))
        second = clips.add(connection, new_clip(2))
        clips.add(connection, new_clip(3, test=True))
        made = answer("positive", 0.8)
        shown = pseudo_labels.store(
            connection, first.id, LABELER, "0", type(made)(**{**_fields(made), "claims": (CLAIM,)})
        )
        claim_id = shown.answer.claims[0].id
        assert claim_id is not None
        decisions.record(
            connection,
            NewDecision(
                token="one",
                clip_id=first.id,
                reviewer_id=ada,
                kind=DecisionKind.ACCEPT,
                mode=ReviewMode.ASSISTED,
                label="positive",
                pseudo_label_id=shown.id,
                claim_verdicts={claim_id: ClaimVerdict.TRUE},
            ),
        )
        disclosures.record(connection, ada, {Seen.ANSWERS: [first.id]})
        asked = (Assignment(second.id, ada),)
        made, _ = assignments.assign(connection, NewBatch("one", Purpose.CODING, ada, "all", 1, asked))
        assignments.withdraw(connection, made.id, ada)
        mark, _ = practice_clips.mark(connection, first.id, ada, explanation="", token="mark")
        ben = reviewers.ensure(connection, "Ben").id
        practice_answers.record(connection, NewPracticeAnswer("practice", first.id, ben, "positive", 2))
        practice_clips.withdraw(connection, mark.id, ada)
        practice_answers.release(connection, ben, ada)
        row = CuratedRow(first.id, first.subject_id, "positive", LabelSource.HUMAN, 1.0)
        curated_sets.store(connection, "first", {"sources": ["human"]}, [row])
    return database


def _fields(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE decisions SET note = 'another'",
        "DELETE FROM decisions",
        "UPDATE claim_verdicts SET verdict = 'false'",
        "DELETE FROM claim_verdicts",
        "UPDATE curated_sets SET name = 'another'",
        "DELETE FROM curated_sets",
        "UPDATE curated_rows SET weight = 0",
        "DELETE FROM curated_rows",
        "UPDATE disclosures SET shown = 'run'",
        "DELETE FROM disclosures",
        "UPDATE labeler_choices SET reviewer_id = 1",
        "DELETE FROM labeler_choices",
        "UPDATE assignment_batches SET seed = 2",
        "DELETE FROM assignment_batches",
        "UPDATE assignments SET coder_id = 2",
        "DELETE FROM assignments",
        "UPDATE assignment_withdrawals SET withdrawn_by = 2",
        "DELETE FROM assignment_withdrawals",
        "UPDATE practice_clips SET known_label = 'positive'",
        "DELETE FROM practice_clips",
        "UPDATE practice_withdrawals SET withdrawn_by = 2",
        "DELETE FROM practice_withdrawals",
        "UPDATE practice_answers SET label = 'negative'",
        "DELETE FROM practice_answers",
        "UPDATE practice_releases SET released_by = 2",
        "DELETE FROM practice_releases",
    ],
)
def test_what_was_appended_is_never_changed(filled: Database, statement: str) -> None:
    with pytest.raises((IntegrityError, DBAPIError), match="append-only"), filled.write() as connection:
        connection.exec_driver_sql(statement)


def test_a_clip_of_the_test_split_gets_no_pseudo_label_even_in_plain_sql(filled: Database) -> None:
    with filled.read() as connection:
        [test_clip] = clips.all_ids(connection, Split.TEST)
        stored = dict(connection.execute(sa.select(answers)).mappings().first() or {})
    copied = {**stored, "id": None, "clip_id": test_clip}
    del copied["id"]
    with pytest.raises((IntegrityError, DBAPIError), match="test split"), filled.write() as connection:
        connection.execute(sa.insert(answers).values(**copied))


def test_a_judgment_moves_state_label_and_counters(filled: Database) -> None:
    with filled.read() as connection:
        counts = clips.counts(connection)
        kept = connection.execute(sa.select(clip_states).order_by(clip_states.c.clip_id)).all()
        live = connection.execute(
            sa.select(*(current_labels.c[column.name] for column in clip_states.columns)).order_by(
                current_labels.c.clip_id
            )
        ).all()
    assert kept == live
    assert {state.value: number for state, number in counts.by_state.items() if number} == {
        "reviewed": 1,
        "imported": 2,
    }
    assert counts.by_label == {("positive", LabelSource.HUMAN): 1}
    assert counts.conflicts == 1


def test_counters_can_be_rebuilt(filled: Database) -> None:
    with filled.read() as connection:
        before = clips.counts(connection)
    with filled.write() as connection:
        rebuild_states(connection)
    with filled.read() as connection:
        assert clips.counts(connection) == before


def test_rows_come_back_as_they_went_in(filled: Database) -> None:
    with filled.read() as connection:
        [clip_id] = [clip.id for clip in clips.page(connection, search="clip 1")]
        [row] = decisions.history(connection, clip_id)
        shown = pseudo_labels.latest_of(connection, [clip_id]).get(clip_id)
    assert shown is not None
    assert shown.answer.claims == (type(CLAIM)(**{**_fields(CLAIM), "id": shown.answer.claims[0].id}),)
    assert dict(row.claim_verdicts) == {shown.answer.claims[0].id: ClaimVerdict.TRUE}
    assert row.created_at.utcoffset() == timedelta(0)


def test_a_replacing_insert_cannot_overwrite_a_decision(tmp_path: Path) -> None:
    database = open_database(open_workspace(tmp_path))
    with database.write() as connection:
        ada = reviewers.ensure(connection, "Ada").id
        clip = clips.add(connection, new_clip(1)).id
        skip = NewDecision(
            token="one", clip_id=clip, reviewer_id=ada, kind=DecisionKind.SKIP, mode=ReviewMode.BLIND, note="mine"
        )
        decisions.record(connection, skip)
    forged = (
        "INSERT OR REPLACE INTO decisions (id, token, clip_id, reviewer_id, kind, mode, note, created_at) "
        f"VALUES (1, 'one', {clip}, {ada}, 'skip', 'blind', 'not mine', '2026-01-01 00:00:00')"
    )
    with pytest.raises(DBAPIError, match="append-only"), database.write() as connection:
        connection.exec_driver_sql(forged)
    with database.read() as connection:
        assert [row.note for row in decisions.history(connection, clip)] == ["mine"]
    database.dispose()


def test_a_stored_curated_set_takes_no_more_rows(filled: Database) -> None:
    with filled.read() as connection:
        [_, second, _] = clips.all_ids(connection)
    more = (
        "INSERT INTO curated_rows (curated_set_id, clip_id, subject_id, label, source, weight) "
        f"VALUES (1, {second}, 1, 'positive', 'human', 1)"
    )
    with pytest.raises((IntegrityError, DBAPIError), match="append-only"), filled.write() as connection:
        connection.exec_driver_sql(more)
