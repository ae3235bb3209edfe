"""Who does a piece of work: a run of a process of a host. What a run left behind when it was killed belongs to nobody."""

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.process_identity import is_running, started_at_s

_FOREIGN_FOR = timedelta(hours=2)  # processes of another machine cannot be asked for: their last sign of life counts
_AT_WORK: set[str] = set()  # the runs of this process


@dataclass(frozen=True, slots=True)
class RunOwner:
    """One run. `started_at_s`: start of its process in seconds since 1970, None if unknown; `run` is its own random name."""

    host: str
    pid: int
    started_at_s: float | None
    run: str

    def is_at_work(self, last_sign: datetime) -> bool:
        """Whether the run goes on; one of another host while its last sign of life is younger than two hours."""
        if self.host != socket.gethostname():
            return datetime.now(UTC) - last_sign < _FOREIGN_FOR
        if self.pid == os.getpid():
            return self.run in _AT_WORK
        return is_running(self.pid, self.started_at_s)


@contextmanager
def run_owner() -> Iterator[RunOwner]:
    """A new run of this process, which is at work until the block ends."""
    owner = RunOwner(socket.gethostname(), os.getpid(), started_at_s(os.getpid()), secrets.token_hex(8))
    _AT_WORK.add(owner.run)
    try:
        yield owner
    finally:
        _AT_WORK.discard(owner.run)
