"""Who has a clip open."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from core.types.decisions import DecisionKind, ReviewMode
from db import leases
from db.tables import clip_leases
from tests.unit.db.conftest import Desk

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TEN = timedelta(minutes=10)


def _take(desk: Desk, reviewer_id: int, *clips: int, at: datetime = NOON) -> dict[int, int]:
    with desk.database.write() as connection:
        return leases.take(connection, clips, reviewer_id, TEN, now=at)


def test_the_first_to_open_a_clip_has_it_and_the_second_is_told_who(desk: Desk) -> None:
    clip, other = desk.clip(), desk.clip()
    assert _take(desk, desk.ada, clip) == {}
    assert _take(desk, desk.ben, clip, other) == {clip: desk.ada}
    assert _take(desk, desk.ada, other) == {other: desk.ben}


def test_a_lease_runs_out_at_its_time_and_not_before(desk: Desk) -> None:
    clip = desk.clip()
    _take(desk, desk.ada, clip)
    assert _take(desk, desk.ben, clip, at=NOON + timedelta(minutes=9)) == {clip: desk.ada}
    assert _take(desk, desk.ben, clip, at=NOON + TEN) == {}


def test_taking_it_again_renews_it(desk: Desk) -> None:
    clip = desk.clip()
    _take(desk, desk.ada, clip)
    _take(desk, desk.ada, clip, at=NOON + timedelta(minutes=5))
    assert _take(desk, desk.ben, clip, at=NOON + timedelta(minutes=12)) == {clip: desk.ada}


def test_what_is_given_back_is_free(desk: Desk) -> None:
    clip = desk.clip()
    _take(desk, desk.ada, clip)
    with desk.database.write() as connection:
        leases.give_back(connection, clip, desk.ada)
    assert _take(desk, desk.ben, clip) == {}


def test_nobody_gives_back_what_is_anothers(desk: Desk) -> None:
    clip = desk.clip()
    _take(desk, desk.ada, clip)
    with desk.database.write() as connection:
        leases.give_back(connection, clip, desk.ben)
    assert _take(desk, desk.ben, clip) == {clip: desk.ada}


def test_leases_that_ran_out_do_not_pile_up(desk: Desk) -> None:
    clips = [desk.clip() for _ in range(5)]
    _take(desk, desk.ada, *clips)
    _take(desk, desk.ben, clips[0], at=NOON + TEN)
    with desk.database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(clip_leases)).scalar_one() == 1


def test_a_lease_refuses_no_decision(desk: Desk) -> None:
    clip = desk.clip()
    _take(desk, desk.ada, clip)
    desk.decide(DecisionKind.CORRECT, clip, "positive", mode=ReviewMode.ASSISTED, reviewer_id=desk.ben)
    assert desk.label(clip) == ("positive", "human")
