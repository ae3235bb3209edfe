"""Who does a piece of work: a run of a process of a host. What a run left behind when it was killed belongs to nobody."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.process_identity import Liveness, ProcessIdentity, identity_of, liveness
from core.steady_time import STEADY_TIME

_FOREIGN_FOR = timedelta(hours=2)  # processes of another machine cannot be asked for: their last sign of life counts
_AT_WORK: set[str] = set()  # the runs of this process


@dataclass(frozen=True, slots=True)
class RunOwner:
    """One run. `run` is its own random name, as a process has several in its life."""

    process: ProcessIdentity
    run: str

    def is_at_work(self, last_sign: datetime) -> bool:
        """Whether the run goes on; where nobody here can tell, while its last sign of life is younger than two hours."""
        found = liveness(self.process)
        if found is Liveness.UNKNOWN:
            return STEADY_TIME.now() - last_sign < _FOREIGN_FOR
        here = self.process.pid == os.getpid()
        return found is Liveness.RUNNING and (self.run in _AT_WORK or not here)


@contextmanager
def run_owner() -> Iterator[RunOwner]:
    """A new run of this process, which is at work until the block ends."""
    owner = RunOwner(identity_of(os.getpid()), secrets.token_hex(8))
    _AT_WORK.add(owner.run)
    try:
        yield owner
    finally:
        _AT_WORK.discard(owner.run)
