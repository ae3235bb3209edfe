"""Claims of clips and requests by runs; what is atomic, also on a real PostgreSQL."""

import subprocess
import sys
from dataclasses import replace

import pytest
import sqlalchemy as sa

from core.process_identity import identity_of
from core.run_owner import RunOwner, run_owner
from db import clips, labeling_claims, provider_uploads, sent_requests
from db.engine import Database
from tests.integration.db.log_oracle import new_clip

SENT = sent_requests.NewSent(1, "gemini", "watch", "5e", 0.25)


@pytest.fixture
def clip_id(database: Database) -> int:
    with database.write() as connection:
        return clips.add(connection, new_clip(1)).id


@pytest.fixture
def sqlite_clip_id(sqlite_database: Database) -> int:
    with sqlite_database.write() as connection:
        return clips.add(connection, new_clip(1)).id


def _ended_process() -> RunOwner:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    seen = identity_of(ended.pid)
    ended.wait()
    return RunOwner(seen, "ended")


def test_of_two_runs_one_gets_the_clip_until_it_gives_it_back(database: Database, clip_id: int) -> None:
    with run_owner() as first, run_owner() as second, database.write() as connection:
        assert labeling_claims.claim(connection, clip_id, "w", first) is None
        assert labeling_claims.claim(connection, clip_id, "w", second) == first
        assert labeling_claims.claimed(connection, "w") == {clip_id: first}
        labeling_claims.release(connection, clip_id, "w", second)
        assert labeling_claims.claim(connection, clip_id, "w", second) == first
        labeling_claims.release(connection, clip_id, "w", first)
        assert labeling_claims.claim(connection, clip_id, "w", second) is None


def test_the_claim_of_a_process_that_is_gone_holds_nobody_up(sqlite_database: Database, sqlite_clip_id: int) -> None:
    with sqlite_database.write() as connection, run_owner() as mine:
        labeling_claims.claim(connection, sqlite_clip_id, "w", _ended_process())
        assert (labeling_claims.claimed(connection, "w"), labeling_claims.abandoned(connection)) == ({}, 1)
        assert labeling_claims.claim(connection, sqlite_clip_id, "w", mine) is None


def test_a_step_of_the_clock_frees_no_clip_of_a_living_run(sqlite_database: Database, sqlite_clip_id: int) -> None:
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    seen = identity_of(other.pid)
    assert seen.started_at_s is not None
    before = RunOwner(replace(seen, started_at_s=seen.started_at_s - 3600), "by a clock that was an hour behind")
    with sqlite_database.write() as connection, run_owner() as mine:
        labeling_claims.claim(connection, sqlite_clip_id, "w", before)
        assert labeling_claims.claim(connection, sqlite_clip_id, "w", mine) == before
        other.kill()
        other.wait()
        assert labeling_claims.claim(connection, sqlite_clip_id, "w", mine) is None


def test_a_run_that_ended_in_a_living_process_holds_nothing(sqlite_database: Database, sqlite_clip_id: int) -> None:
    with run_owner() as ended, sqlite_database.write() as connection:
        labeling_claims.claim(connection, sqlite_clip_id, "w", ended)
    with run_owner() as mine, sqlite_database.write() as connection:
        assert labeling_claims.claim(connection, sqlite_clip_id, "w", mine) is None


def test_a_request_is_under_way_once(database: Database, clip_id: int) -> None:
    with run_owner() as first, database.write() as connection:
        sent_id = sent_requests.add(connection, SENT, first)
        found = sent_requests.under_way(connection, "5e")
        assert found is not None
        assert (found.id, found.at_work) == (sent_id, True)
    with pytest.raises(sa.exc.IntegrityError), run_owner() as second, database.write() as connection:
        sent_requests.add(connection, SENT, second)


def test_a_request_of_an_ended_run_is_abandoned_and_then_on_record_as_unanswered(
    sqlite_database: Database, sqlite_clip_id: int
) -> None:
    with run_owner() as ended, sqlite_database.write() as connection:
        sent_id = sent_requests.add(connection, SENT, ended)
        assert sent_requests.abandoned(connection, "gemini") == []
    with sqlite_database.write() as connection:
        assert [one.id for one in sent_requests.abandoned(connection, "gemini")] == [sent_id]
        sent_requests.close(connection, sent_id, sent_requests.Outcome.UNANSWERED)
        assert sent_requests.abandoned(connection, "gemini") == []
        assert sent_requests.unanswered(connection, "gemini") == sent_requests.Unanswered(1, 0.25)


def test_an_upload_is_left_over_once_its_run_ended_or_could_not_delete_it(
    sqlite_database: Database, sqlite_clip_id: int
) -> None:
    with sqlite_database.write() as connection, run_owner() as owner:
        used, kept, gone = (provider_uploads.Upload(sqlite_clip_id, "gemini", "google", name) for name in "abc")
        for upload in (used, kept, gone):
            provider_uploads.record(connection, upload, owner)
        provider_uploads.failed(connection, kept, "It is down.")
        provider_uploads.deleted(connection, gone)
        assert [one.upload.name for one in provider_uploads.leftover(connection)] == ["b"]
    with sqlite_database.read() as connection:
        assert [one.upload.name for one in provider_uploads.leftover(connection, "gemini")] == ["a", "b"]
        assert provider_uploads.leftover(connection, "openai") == []
