"""The journal of requests to models' servers, and consent to send."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.types.pseudo_labels import ModelCall, SendingConsent
from core.workspace import open_workspace
from db import clips, model_calls, sending_consents
from db.engine import Database, open_database
from tests.integration.db.log_oracle import new_clip

CALL = ModelCall(1, "gemini", "gemini-2.5-pro", "watch", "d1", True, "{}", "", 1000, 200, 300, 0.01, 2.0)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(open_workspace(tmp_path))
    with opened.write() as connection:
        clips.add(connection, new_clip(1))
    yield opened
    opened.dispose()


def test_a_failed_call_does_not_answer_its_request(database: Database) -> None:
    with database.write() as connection:
        model_calls.record(connection, replace(CALL, answered=False, answer="", failure="It broke."))
        assert model_calls.answered(connection, "d1") is None
        model_calls.record(connection, CALL)
        found = model_calls.answered(connection, "d1")
    assert found is not None
    assert (found.answer, found.cost_usd) == ("{}", 0.01)


def test_totals_count_what_failed_and_was_paid(database: Database) -> None:
    with database.write() as connection:
        model_calls.record(connection, CALL)
        model_calls.record(connection, replace(CALL, answered=False, failure="Wrong label."))
        found = model_calls.totals(connection)
    assert (found.answered, found.failed, found.thinking_tokens, found.cost_usd) == (1, 1, 600, 0.02)


def test_usual_calls_take_all_segments_of_a_step_together(database: Database) -> None:
    with database.write() as connection:
        model_calls.record(connection, replace(CALL, step="observe 1 of 2", request_digest="a", output_tokens=100))
        model_calls.record(connection, replace(CALL, step="observe 2 of 2", request_digest="b", output_tokens=300))
        found = model_calls.usual(connection, "gemini-2.5-pro")
    assert (found["observe"].calls, found["observe"].output_tokens) == (2, 200)


@pytest.mark.parametrize("statement", ["UPDATE model_calls SET cost_usd = 0", "DELETE FROM model_calls"])
def test_what_was_paid_cannot_be_changed(database: Database, statement: str) -> None:
    with database.write() as connection:
        model_calls.record(connection, CALL)
    with pytest.raises(sa.exc.DatabaseError, match="model_calls is append-only"), database.write() as connection:
        connection.execute(sa.text(statement))


def test_consent_with_sound_covers_sending_without_it_and_not_the_other_way(database: Database) -> None:
    with database.write() as connection:
        sending_consents.give(connection, SendingConsent("a.example", "portrait", with_sound=True, given_by="Ada"))
        sending_consents.give(connection, SendingConsent("b.example", "portrait", with_sound=False, given_by="Ada"))
        assert sending_consents.given(connection, "a.example", "portrait", with_sound=False) is not None
        assert sending_consents.given(connection, "b.example", "portrait", with_sound=True) is None
        assert sending_consents.given(connection, "a.example", "whole", with_sound=False) is None
        assert sending_consents.given(connection, "b.example", "portrait", with_sound=False) is not None
