"""The time of what is stored, where the machine's clock is set back."""

from datetime import timedelta

from core.steady_time import SteadyTime
from tests.fakes.wall_clock import wall_clock

HOUR = timedelta(hours=1)


def test_each_moment_is_later_than_the_one_before_though_the_clock_is_set_back() -> None:
    with wall_clock() as clock:
        steady = SteadyTime()
        told = [steady.now(), steady.now()]
        clock.set_back(HOUR)
        told += [steady.now(), steady.now()]
    assert told == sorted(set(told))


def test_it_follows_the_clock_forward() -> None:
    steady = SteadyTime()
    before = steady.now()
    with wall_clock() as clock:
        clock.set_back(-HOUR)
        assert steady.now() - before >= HOUR


def test_it_is_later_than_what_another_process_has_stored() -> None:
    steady = SteadyTime()
    stored = steady.now() + HOUR
    steady.is_later_than(stored)
    assert stored < steady.now() < stored + HOUR


def test_what_was_stored_long_ago_holds_nothing_up() -> None:
    steady = SteadyTime()
    before = steady.now()
    steady.is_later_than(before - HOUR)
    assert before < steady.now() < before + HOUR
