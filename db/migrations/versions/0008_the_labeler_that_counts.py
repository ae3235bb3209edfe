"""The study names the labeler whose answers count as pseudo-labels; the answers of others lie beside them."""

import sqlalchemy as sa
from alembic import op

from db.migrations.trigger_ddl import drop, execute, on_change, refuse, refuse_truncate

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_STAYS = "labeler_choices is append-only"
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
    LEFT JOIN pseudo_labels p ON p.id = (
        SELECT MAX(q.id) FROM pseudo_labels q WHERE q.clip_id = c.id AND q.labeler_id = COALESCE(
            (SELECT o.labeler_id FROM labeler_choices o ORDER BY o.id DESC LIMIT 1), q.labeler_id)
    )
    LEFT JOIN decisions j ON j.id = (
        SELECT s.id FROM standing_decisions s WHERE s.clip_id = c.id
        ORDER BY CASE WHEN s.kind = 'adjudicate' THEN 1 ELSE 0 END DESC, s.id DESC LIMIT 1
    )
"""
_ALL_FROM_THE_VIEW = """
    UPDATE clip_states
    SET (state, label, source, conflict, decision_id,
         pseudo_label_id, pseudo_confidence, pseudo_changed, pseudo_contradicted, pseudo_needs_review) =
        (SELECT v.state, v.label, v.source, v.conflict, v.decision_id,
                v.pseudo_label_id, v.pseudo_confidence, v.pseudo_changed, v.pseudo_contradicted, v.pseudo_needs_review
         FROM current_labels v WHERE v.clip_id = clip_states.clip_id)
    WHERE clip_id IN (SELECT q.clip_id FROM pseudo_labels q);
"""
_REVIEW_FROM_THE_VIEW = """
    UPDATE clip_states
    SET pseudo_needs_review = (SELECT v.pseudo_needs_review FROM current_labels v WHERE v.clip_id = NEW.clip_id)
    WHERE clip_id = NEW.clip_id;
"""
# With answers of several labelers, the newest count together until somebody names one: nothing changes unasked.
_THE_ONLY_LABELER = """
    INSERT INTO labeler_choices (labeler_id, reviewer_id, created_at)
    SELECT MIN(labeler_id), NULL, MIN(created_at) FROM pseudo_labels HAVING COUNT(DISTINCT labeler_id) = 1
"""


def upgrade() -> None:
    connection = op.get_bind()
    dialect = connection.dialect.name
    op.create_table(
        "labeler_choices",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("labeler_id", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["labeler_id"], ["labelers.id"], name=op.f("fk_labeler_choices_labeler_id_labelers")),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["reviewers.id"], name=op.f("fk_labeler_choices_reviewer_id_reviewers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labeler_choices")),
    )
    execute(
        connection,
        [
            _THE_ONLY_LABELER,
            "DROP VIEW current_labels",
            _CURRENT_LABELS,
            *drop(dialect, "pseudo_labels_insert_marks_review", "pseudo_labels"),
            *on_change(dialect, "pseudo_labels_insert_marks_review", "INSERT", "pseudo_labels", _REVIEW_FROM_THE_VIEW),
            *on_change(dialect, "labeler_choices_insert_moves_states", "INSERT", "labeler_choices", _ALL_FROM_THE_VIEW),
        ],
    )
    for event in ("UPDATE", "DELETE"):
        name = f"labeler_choices_refuses_{event.lower()}"
        execute(connection, refuse(dialect, name, event, "labeler_choices", _STAYS))
    if dialect != "sqlite":
        execute(connection, refuse_truncate("labeler_choices_refuses_truncate", "labeler_choices", _STAYS))
