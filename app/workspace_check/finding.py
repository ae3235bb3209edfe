"""One finding of `telltale check`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, as one sentence that names the file or row.

    `mend`: what `--repair` does about it, "" if it can do nothing; `repair` does it, or raises a TelltaleError.
    """

    kind: str
    sentence: str
    mend: str = ""
    repair: Callable[[], None] | None = None

    def as_json(self, *, mended: bool) -> dict[str, Any]:
        """For `--json`."""
        return {"kind": self.kind, "finding": self.sentence, "mend": self.mend, "mended": mended}
