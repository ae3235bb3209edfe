"""The columns `owner_*` of the tables whose rows belong to a run."""

from typing import Any

import sqlalchemy as sa

from core.process_identity import ProcessIdentity
from core.run_owner import RunOwner


def owner_values(owner: RunOwner) -> dict[str, Any]:
    """The columns of an owner."""
    return {
        "owner_host": owner.process.host,
        "owner_pid": owner.process.pid,
        "owner_started_at_s": owner.process.started_at_s,
        "owner_mark": owner.process.mark,
        "owner_run": owner.run,
    }


def owner_of(row: sa.RowMapping) -> RunOwner:
    """The owner of a row."""
    process = ProcessIdentity(row["owner_pid"], row["owner_started_at_s"], row["owner_host"], row["owner_mark"])
    return RunOwner(process, row["owner_run"])
