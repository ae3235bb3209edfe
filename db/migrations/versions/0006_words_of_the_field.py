"""Columns say what they hold in the field's words, and a job's process is told from a later one with the same id."""

import sqlalchemy as sa
from alembic import op

from db.migrations.trigger_ddl import drop, execute, on_change

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_COLUMNS = {
    "clips": {"audit": "reliability_sample"},
    "pseudo_labels": {"held_back": "exclusion_reason", "doubt": "review_reason"},
    "decisions": {"sureness": "rater_confidence"},
    "clip_states": {"pseudo_doubtful": "pseudo_needs_review"},
    "curated_rows": {"shares": "soft_labels"},
    "runs": {"artefacts_path": "artifacts_path", "current": "selected"},
    "protocol_sides": {"side": "split"},
}
_CURRENT_LABELS = """
    CREATE VIEW current_labels AS
    SELECT
        c.id AS clip_id,
        CASE WHEN j.id IS NOT NULL AND j.kind = 'unclear' THEN 'unclear'
             WHEN j.id IS NOT NULL THEN 'reviewed'
             WHEN p.id IS NOT NULL THEN 'labeled'
             ELSE 'imported' END AS state,
        CASE WHEN j.id IS NOT NULL THEN (CASE WHEN j.kind = 'unclear' THEN NULL ELSE j.label END)
             WHEN g.label IS NOT NULL THEN g.label
             ELSE p.label END AS label,
        CASE WHEN j.id IS NOT NULL AND j.kind = 'unclear' THEN NULL
             WHEN j.id IS NOT NULL AND j.kind = 'adjudicate' THEN 'adjudicated'
             WHEN j.id IS NOT NULL THEN 'human'
             WHEN g.label IS NOT NULL THEN 'gold'
             WHEN p.id IS NOT NULL THEN 'pseudo' END AS source,
        CASE WHEN j.label IS NOT NULL AND j.kind <> 'unclear' AND g.label IS NOT NULL AND j.label <> g.label
             THEN TRUE ELSE FALSE END AS conflict,
        j.id AS decision_id,
        c.split AS split,
        p.id AS pseudo_label_id,
        p.confidence AS pseudo_confidence,
        p.first_label <> p.label AS pseudo_changed,
        p.contradicted_claims AS pseudo_contradicted,
        p.review_reason <> '' AS pseudo_needs_review
    FROM clips c
    LEFT JOIN gold_labels g ON g.clip_id = c.id
    LEFT JOIN pseudo_labels p ON p.id = (SELECT MAX(q.id) FROM pseudo_labels q WHERE q.clip_id = c.id)
    LEFT JOIN decisions j ON j.id = (
        SELECT s.id FROM standing_decisions s WHERE s.clip_id = c.id
        ORDER BY CASE WHEN s.kind = 'adjudicate' THEN 1 ELSE 0 END DESC, s.id DESC LIMIT 1
    )
"""


def upgrade() -> None:
    connection = op.get_bind()
    dialect = connection.dialect.name
    execute(connection, drop(dialect, "pseudo_labels_insert_marks_doubt", "pseudo_labels"))
    execute(
        connection,
        [
            f'ALTER TABLE {table} RENAME COLUMN "{old}" TO {new}'
            for table, columns in _COLUMNS.items()
            for old, new in columns.items()
        ],
    )
    op.rename_table("protocol_sides", "protocol_splits")
    if dialect != "sqlite":  # SQLite keeps no names of constraints
        for kind in ("pk_{}", "fk_{}_clip_id_clips"):
            old, new = (kind.format(table) for table in ("protocol_sides", "protocol_splits"))
            execute(connection, [f"ALTER TABLE protocol_splits RENAME CONSTRAINT {old} TO {new}"])
    # The view goes after the columns: SQLite renames nothing while a trigger names a view that is not there.
    execute(connection, ["DROP VIEW current_labels", _CURRENT_LABELS])
    execute(
        connection,
        on_change(
            dialect,
            "pseudo_labels_insert_marks_review",
            "INSERT",
            "pseudo_labels",
            "UPDATE clip_states SET pseudo_needs_review = (NEW.review_reason <> '') WHERE clip_id = NEW.clip_id;",
        ),
    )
    _rename_indexes()
    # Triggers keep the counters of both names; the old name's row is then 0.
    execute(
        connection,
        [
            "UPDATE clip_states SET state = 'labeled' WHERE state = 'labelled'",
            "DELETE FROM counters WHERE name = 'state:labelled'",
        ],
    )
    op.add_column("jobs", sa.Column("pid_started_at_s", sa.Float(), nullable=True))


def _rename_indexes() -> None:
    op.drop_index("ix_clips_audit", "clips")
    op.create_index("ix_clips_reliability_sample", "clips", ["reliability_sample", "id"])
    op.drop_index("ix_clip_states_doubtful", "clip_states")
    op.create_index("ix_clip_states_needs_review", "clip_states", ["state", "pseudo_needs_review", "clip_id"])
