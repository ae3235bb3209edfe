"""The columns `owner_*` of the tables whose rows belong to a run."""

from typing import Any

import sqlalchemy as sa

from core.run_owner import RunOwner


def owner_values(owner: RunOwner) -> dict[str, Any]:
    """The columns of an owner."""
    return {
        "owner_host": owner.host,
        "owner_pid": owner.pid,
        "owner_started_at_s": owner.started_at_s,
        "owner_run": owner.run,
    }


def owner_of(row: sa.RowMapping) -> RunOwner:
    """The owner of a row."""
    return RunOwner(row["owner_host"], row["owner_pid"], row["owner_started_at_s"], row["owner_run"])
