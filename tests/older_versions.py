"""Rows that older versions wrote and that today's code refuses to write."""

from datetime import UTC, datetime

import sqlalchemy as sa

from core.types.decisions import DecisionKind, ReviewMode
from db.engine import Database
from db.tables import decisions


def decide_unchecked(database: Database, clip_id: int, reviewer_id: int, kind: DecisionKind, label: str | None) -> None:
    """Appends a row of the log, also on a clip of the test split."""
    row = {
        "token": f"older {clip_id} {reviewer_id} {kind}",
        "clip_id": clip_id,
        "reviewer_id": reviewer_id,
        "kind": kind.value,
        "mode": ReviewMode.BLIND.value,
        "label": label,
        "note": "",
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    with database.write() as connection:
        connection.execute(sa.insert(decisions), row)
