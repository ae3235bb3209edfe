"""The machine's clock set back under a running program: what tells the date changes, what measures a duration goes on."""

import itertools
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, tzinfo
from typing import Any

import pytest

_OURS = frozenset({"app", "core", "db", "labeling", "training"})  # compiled modules of others break on another class


class _IsAnyDatetime(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, datetime)


class WallClock:
    """A clock that is `behind` the machine's."""

    def __init__(self) -> None:
        self.behind = timedelta()
        self._readings = itertools.count(1)
        self._later: tuple[int, timedelta] | None = None

    def set_back(self, by: timedelta, *, at_reading: int | None = None) -> None:
        """Sets it back, now or just before the date is asked for the so-manieth time."""
        if at_reading is None:
            self.behind += by
        else:
            self._later = (at_reading, by)

    def date(self, zone: tzinfo | None) -> datetime:
        """What `datetime.now` tells."""
        if self._later is not None and next(self._readings) >= self._later[0]:
            self.behind, self._later = self.behind + self._later[1], None
        return datetime.now(zone) - self.behind


@contextmanager
def wall_clock() -> Iterator[WallClock]:
    """Our modules that are loaded go by the clock that is yielded, and so do all users of `time`."""
    clock, time_s, time_ns = WallClock(), time.time, time.time_ns

    class Told(datetime, metaclass=_IsAnyDatetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return clock.date(tz)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time", lambda: time_s() - clock.behind.total_seconds())
        patch.setattr(time, "time_ns", lambda: time_ns() - round(clock.behind.total_seconds() * 1e9))
        for name, module in list(sys.modules.items()):
            if name.partition(".")[0] in _OURS and vars(module).get("datetime") is datetime:
                patch.setattr(module, "datetime", Told)
        yield clock
