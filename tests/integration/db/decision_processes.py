"""What the processes of test_saved_is_saved do; run as `python -m tests.integration.db.decision_processes`."""

import sys
import time
from pathlib import Path

from core.types.decisions import DecisionKind, NewDecision, ReviewMode
from core.workspace import open_workspace
from db import decisions
from db.engine import open_database


def skip(token: str, clip_id: int, reviewer_id: int, note: str = "") -> NewDecision:
    """A decision that a reviewer may take any number of times."""
    return NewDecision(
        token=token,
        clip_id=clip_id,
        reviewer_id=reviewer_id,
        kind=DecisionKind.SKIP,
        mode=ReviewMode.BLIND,
        note=note,
    )


def hammer(root: Path, reviewer_id: int, clip_id: int, writer: str, number: int) -> None:
    """Records `number` decisions with tokens of its own and as many whose tokens every writer uses."""
    database = open_database(open_workspace(root))
    for count in range(number):
        for token in (f"{writer}-{count}", f"shared-{count}"):
            with database.write() as connection:
                _, new = decisions.record(connection, skip(token, clip_id, reviewer_id))
            print(token, int(new), flush=True)


def record_and_wait(root: Path, reviewer_id: int, clip_id: int, token: str) -> None:
    """Records one decision, says so, and waits to be killed."""
    database = open_database(open_workspace(root))
    with database.write() as connection:
        decisions.record(connection, skip(token, clip_id, reviewer_id))
    print("saved", flush=True)
    time.sleep(600)


if __name__ == "__main__":
    what, folder, reviewer, clip, name, *rest = sys.argv[1:]
    if what == "hammer":
        hammer(Path(folder), int(reviewer), int(clip), name, int(rest[0]))
    else:
        record_and_wait(Path(folder), int(reviewer), int(clip), name)
