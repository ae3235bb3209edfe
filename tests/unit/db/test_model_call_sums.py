"""Sums over calls are over the right calls, and a step's usual tokens hold what failures cost."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.types.pseudo_labels import ModelCall
from core.workspace import open_workspace
from db import clips, model_calls, prompts
from db.engine import Database, open_database
from db.model_calls import CallTotals
from tests.integration.db.log_oracle import new_clip

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
CALL = ModelCall(1, "gemini", "pro", "watch", "d1", True, "{}", "", 1000, 200, 300, 0.25, 2.0, created_at=NOON)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(open_workspace(tmp_path))
    with opened.write() as connection:
        for number in (1, 2):
            clips.add(connection, new_clip(number))
    yield opened
    opened.dispose()


def _record(database: Database, *calls: ModelCall) -> None:
    with database.write() as connection:
        for call in calls:
            model_calls.record(connection, call)


def test_a_call_comes_back_as_it_was_recorded(database: Database) -> None:
    _record(database, CALL)
    with database.read() as connection:
        assert model_calls.answered(connection, "d1") == CALL


def test_a_call_without_a_moment_is_of_now(database: Database) -> None:
    before = datetime.now(UTC)
    _record(database, replace(CALL, created_at=None))
    with database.read() as connection:
        found = model_calls.answered(connection, "d1")
    assert found is not None
    assert found.created_at is not None
    assert before <= found.created_at <= datetime.now(UTC)


def test_a_request_is_answered_by_its_own_digest_and_the_answer_that_was_paid_last(database: Database) -> None:
    _record(database, replace(CALL, answer="first"), replace(CALL, answer="second"))
    _record(database, replace(CALL, request_digest="d0", answer="lower"), replace(CALL, request_digest="d2"))
    with database.read() as connection:
        found = model_calls.answered(connection, "d1")
        assert model_calls.answered(connection, "d15") is None
    assert found is not None
    assert found.answer == "second"


def test_totals_without_a_call_are_all_nought(database: Database) -> None:
    with database.read() as connection:
        assert model_calls.totals(connection) == CallTotals(0, 0, 0, 0, 0, 0.0)


def test_totals_are_of_one_labeler_or_since_a_moment(database: Database) -> None:
    later = NOON.replace(hour=13)
    _record(database, CALL, replace(CALL, labeler="anyone"), replace(CALL, labeler="openai", created_at=later))
    with database.read() as connection:
        assert model_calls.totals(connection).answered == 3
        assert model_calls.totals(connection, labeler="gemini") == CallTotals(1, 0, 1000, 200, 300, 0.25)
        assert model_calls.totals(connection, since=later).answered == 1
        assert model_calls.totals(connection, since=NOON).answered == 3
        assert model_calls.totals(connection, labeler="gemini", since=later).answered == 0


def test_usual_tokens_spread_what_failed_over_what_was_answered(database: Database) -> None:
    failed = replace(CALL, answered=False, failure="Wrong label.", request_digest="f")
    _record(database, CALL, replace(CALL, request_digest="d2"), failed, replace(CALL, model_id="flash"))
    with database.read() as connection:
        found = model_calls.usual(connection, "pro")
    assert list(found) == ["watch"]
    usual = found["watch"]
    assert (usual.calls, usual.input_ratio) == (2, 1.5)
    assert (usual.input_tokens, usual.output_tokens, usual.thinking_tokens) == (1500, 300, 450)


def test_a_step_that_was_never_answered_has_no_usual_tokens(database: Database) -> None:
    _record(database, replace(CALL, answered=False), replace(CALL, step="reflect", input_tokens=0))
    with database.read() as connection:
        assert model_calls.usual(connection, "pro") == {}


def test_a_prompt_is_kept_once_and_found_by_its_own_digest(database: Database) -> None:
    with database.write() as connection:
        for digest, text in (("b", "first"), ("b", "another"), ("a", "lower"), ("c", "higher")):
            prompts.keep(connection, digest, "1", text)
        found = prompts.by_digest(connection, "b")
        assert prompts.by_digest(connection, "bb") is None
    assert found is not None
    assert (found.digest, found.version, found.text) == ("b", "1", "first")


def test_the_newest_calls_that_failed_come_first(database: Database) -> None:
    failed = [replace(CALL, answered=False, answer="", failure=f"Reason {number}.") for number in range(3)]
    _record(database, failed[0], CALL, failed[1], failed[2])
    with database.read() as connection:
        assert model_calls.failures(connection) == failed[::-1]
        assert model_calls.failures(connection, limit=2) == failed[:0:-1]


def test_prompts_are_told_oldest_first(database: Database) -> None:
    with database.write() as connection:
        for digest in ("b", "c", "a"):
            prompts.keep(connection, digest, "1", f"text {digest}")
        assert [(one.digest, one.text) for one in prompts.all_kept(connection)] == [
            ("b", "text b"),
            ("c", "text c"),
            ("a", "text a"),
        ]
