"""A full or locked database refuses a decision in one sentence; sent again, it is stored once."""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

import db.engine
from db import decisions
from db.engine import Database
from db.tables import now_utc, reviewers
from tests.integration.app.conftest import ReviewClient

NOTE = "what a reviewer wrote " * 400  # more than fits on the pages that are there


@contextmanager
def full(database: Database) -> Iterator[None]:
    """The database file may not grow by a page."""

    def may_not_grow(connection: sqlite3.Connection, _record: Any) -> None:
        connection.execute("PRAGMA max_page_count = 1")

    event.listen(database._engine, "connect", may_not_grow)
    database.dispose()
    yield
    event.remove(database._engine, "connect", may_not_grow)
    database.dispose()


@contextmanager
def locked(database: Database) -> Iterator[None]:
    """Another program holds the lock of writers."""
    with closing(sqlite3.connect(database.name)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch, review_client: Callable[..., ReviewClient]) -> ReviewClient:
    monkeypatch.setattr(db.engine, "BUSY_TIMEOUT_MS", 50)
    return review_client()


@pytest.mark.parametrize(("fault", "told"), [(full, "database or disk is full"), (locked, "database is locked")])
def test_a_decision_that_cannot_be_stored_is_one_sentence_and_stored_when_it_is_sent_again(
    impatient: ReviewClient,
    fault: Callable[[Database], AbstractContextManager[None]],
    told: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    clip = impatient.study.add_clips(1)[0]
    answer = {"token": "a" * 32, "label": "negative", "rater_confidence": 2, "note": NOTE}
    with fault(impatient.study.database), caplog.at_level(logging.DEBUG):
        refused = impatient.decide(clip.id, "blind", **answer)
    assert refused.status_code == 503, refused.text
    assert refused.json()["error"].startswith(f"The database {impatient.study.database.name} cannot be used: {told}. ")
    assert "what a reviewer wrote" not in caplog.text
    assert impatient.decide(clip.id, "blind", **answer).status_code == 200
    with impatient.study.database.read() as connection:
        assert [each.note for each in decisions.history(connection, clip.id)] == [NOTE]


def test_an_error_of_the_database_tells_no_values(impatient: ReviewClient) -> None:
    name = "a name that no log may hold"
    row = sa.insert(reviewers).values(id=1, name=name, role="reviewer", created_at=now_utc())  # 1 is taken
    with impatient.study.database.write() as connection, pytest.raises(sa.exc.IntegrityError) as raised:
        connection.execute(row)
    assert name not in str(raised.value)
