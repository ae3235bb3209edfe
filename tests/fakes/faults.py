"""What can go wrong with a model's server, on purpose and repeatably."""

import hashlib
import threading
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """One way to fail."""

    RATE_LIMIT = "rate limit"
    SERVER_ERROR = "server error"
    TIMEOUT = "timeout"
    CUT_JSON = "cut JSON"
    WRONG_LABEL = "wrong label"
    SAFETY_BLOCK = "safety block"
    EMPTY_CANDIDATE = "empty candidate"
    TOO_LONG = "too long"
    TIMES_OUTSIDE = "times outside the film"
    INJECTION = "prompt injection obeyed"
    HOSTILE_TEXT = "hostile text"


FAILING = tuple(fault for fault in Fault if fault not in {Fault.INJECTION, Fault.HOSTILE_TEXT})
"""Those after which there is no usable answer."""

UNPAID = frozenset({Fault.RATE_LIMIT, Fault.SERVER_ERROR, Fault.TIMEOUT})
"""Those that no tokens are counted for."""


@dataclass
class FaultPlan:
    """Which requests fail and how: a share of them by their digest, or a script by their order.

    A request that was seen before is drawn anew, so that trying again helps; the order in which different requests come
    changes nothing. `retry_delay_s` is what a 429 asks to wait, `hang_s` how long a timeout lasts.
    """

    share: float = 0.0
    kinds: tuple[Fault, ...] = FAILING
    seed: int = 0
    script: Iterable[Fault | None] = ()
    retry_delay_s: float = 0.3
    hang_s: float = 3.0
    _seen: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._script = deque(self.script)

    @classmethod
    def scripted(
        cls, faults: Sequence[Fault | None], *, retry_delay_s: float = 0.3, hang_s: float = 3.0
    ) -> "FaultPlan":
        """These faults in the order in which requests arrive, and none afterwards."""
        return cls(script=faults, retry_delay_s=retry_delay_s, hang_s=hang_s)

    def next(self, digest: str) -> Fault | None:
        """The fault of the request whose body has this digest, if it has one."""
        with self._lock:
            if self._script:
                return self._script.popleft()
            times = self._seen[digest]
            self._seen[digest] += 1
        drawn = hashlib.sha256(f"{self.seed}/{digest}/{times}".encode()).digest()
        if int.from_bytes(drawn[:4], "big") / 2**32 >= self.share:
            return None
        return self.kinds[int.from_bytes(drawn[4:8], "big") % len(self.kinds)]
