"""Each answer says what its reviewer had been shown of the clip, so that only an answer that saw nothing is called blind."""

import sqlalchemy as sa
from alembic import op

from db.migrations.trigger_ddl import drop, execute, refuse, refuse_truncate

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_DECISIONS_STAY = "decisions is append-only"
_DISCLOSURES_STAY = "disclosures is append-only"
# The log has these by the same person on the same clip, at the latest in this row. Assisted mode opens the rationale.
_SAME = "FROM decisions e WHERE e.clip_id = decisions.clip_id AND e.reviewer_id = decisions.reviewer_id"
_RATIONALE = f"""EXISTS (
    SELECT 1 {_SAME} AND e.id <= decisions.id AND e.kind IN ('accept', 'correct', 'unclear', 'skip')
    AND (e.mode = 'assisted' OR e.pseudo_label_id IS NOT NULL))"""
_SETTLED = f"EXISTS (SELECT 1 {_SAME} AND e.id <= decisions.id AND e.kind = 'adjudicate')"
_UNCLEAR = f"EXISTS (SELECT 1 {_SAME} AND e.id < decisions.id AND e.kind = 'unclear')"
_OLDER_ROWS = f"""
    UPDATE decisions SET seen = CASE
        WHEN kind IN ('undo', 'bulk_accept') THEN NULL
        WHEN {_RATIONALE} AND {_SETTLED} THEN 'answers,rationale'
        WHEN {_RATIONALE} THEN 'rationale'
        WHEN {_SETTLED} THEN 'answers'
        WHEN kind = 'blind' AND NOT {_UNCLEAR} THEN 'nothing'
        ELSE NULL END
"""
"""An older row tells what the log knows. A first answer in blind mode was refused the rationale: it saw nothing. After
an unclear, lists showed the labels, and whether they were looked at is not known."""


def upgrade() -> None:
    connection = op.get_bind()
    dialect = connection.dialect.name
    op.add_column("decisions", sa.Column("seen", sa.Text(), nullable=True))
    execute(
        connection,
        [
            *drop(dialect, "decisions_refuses_update", "decisions"),
            _OLDER_ROWS,
            *refuse(dialect, "decisions_refuses_update", "UPDATE", "decisions", _DECISIONS_STAY),
        ],
    )
    op.create_table(
        "disclosures",
        sa.Column("clip_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reviewer_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("first_shown_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name=op.f("fk_disclosures_clip_id_clips")),
        sa.ForeignKeyConstraint(["reviewer_id"], ["reviewers.id"], name=op.f("fk_disclosures_reviewer_id_reviewers")),
        sa.PrimaryKeyConstraint("clip_id", "reviewer_id", "shown", name=op.f("pk_disclosures")),
    )
    execute(connection, [_told_before(shown) for shown in ("answers", "rationale")])
    for event in ("UPDATE", "DELETE"):
        name = f"disclosures_refuses_{event.lower()}"
        execute(connection, refuse(dialect, name, event, "disclosures", _DISCLOSURES_STAY))
    if dialect != "sqlite":
        execute(connection, refuse_truncate("disclosures_refuses_truncate", "disclosures", _DISCLOSURES_STAY))


def _told_before(shown: str) -> str:
    return f"""
        INSERT INTO disclosures (clip_id, reviewer_id, shown, first_shown_at)
        SELECT clip_id, reviewer_id, '{shown}', MIN(created_at) FROM decisions
        WHERE seen LIKE '%{shown}%' GROUP BY clip_id, reviewer_id
    """
