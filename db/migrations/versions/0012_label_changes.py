"""Labels of the taxonomy change: a log of new titles and retired names, through which every label that was written is read."""

import sqlalchemy as sa
from alembic import op

from db.migrations.trigger_ddl import execute, on_change, refuse, refuse_truncate

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_STAYS = "label_changes is append-only"


def _today(column: str) -> str:
    """The name that a written one has today; NULL where its clips went back to the queue."""
    return f"NULLIF(COALESCE((SELECT n.successor FROM label_successors n WHERE n.name = {column}), {column}), '')"


_STANDING_DECISIONS = f"""
    CREATE VIEW standing_decisions AS
    SELECT d.id, d.clip_id, d.reviewer_id, d.kind, {_today("d.label")} AS label FROM decisions d
    WHERE d.kind IN ('accept', 'correct', 'unclear', 'adjudicate', 'bulk_accept')
      AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes_id = d.id)
      AND NOT EXISTS (SELECT 1 FROM label_successors r WHERE r.name = d.label AND r.successor = '')
"""
_GOLD, _PSEUDO, _FIRST, _JUDGED = (_today(one) for one in ("g.label", "p.label", "p.first_label", "j.label"))
# As in 0010; the labels of standing_decisions are those of today.
_DISPUTED = """
        CASE WHEN c.split = 'train' AND (
                 SELECT COUNT(DISTINCT s.label) FROM standing_decisions s
                 WHERE s.clip_id = c.id AND s.kind <> 'bulk_accept' AND NOT EXISTS (
                     SELECT 1 FROM standing_decisions t
                     WHERE t.clip_id = s.clip_id AND t.reviewer_id = s.reviewer_id AND t.kind <> 'bulk_accept' AND t.id > s.id)
             ) > 1 AND NOT EXISTS (
                 SELECT 1 FROM standing_decisions a WHERE a.clip_id = c.id AND a.kind = 'adjudicate')
             THEN TRUE ELSE FALSE END AS disputed
"""
_CURRENT_LABELS = f"""
    CREATE VIEW current_labels AS
    SELECT
        c.id AS clip_id,
        CASE WHEN j.id IS NOT NULL AND j.kind = 'unclear' THEN 'unclear'
             WHEN j.id IS NOT NULL THEN 'reviewed'
             WHEN p.id IS NOT NULL THEN 'labeled'
             ELSE 'imported' END AS state,
        CASE WHEN j.id IS NOT NULL THEN (CASE WHEN j.kind = 'unclear' THEN NULL ELSE {_JUDGED} END)
             WHEN {_GOLD} IS NOT NULL THEN {_GOLD}
             ELSE {_PSEUDO} END AS label,
        CASE WHEN j.id IS NOT NULL AND j.kind = 'unclear' THEN NULL
             WHEN j.id IS NOT NULL AND j.kind = 'adjudicate' THEN 'adjudicated'
             WHEN j.id IS NOT NULL THEN 'human'
             WHEN {_GOLD} IS NOT NULL THEN 'gold'
             WHEN p.id IS NOT NULL THEN 'pseudo' END AS source,
        CASE WHEN j.label IS NOT NULL AND j.kind <> 'unclear' AND {_GOLD} IS NOT NULL AND {_JUDGED} <> {_GOLD}
             THEN TRUE ELSE FALSE END AS conflict,
        j.id AS decision_id,
        c.split AS split,
        p.id AS pseudo_label_id,
        p.confidence AS pseudo_confidence,
        COALESCE({_FIRST}, '') <> {_PSEUDO} AS pseudo_changed,
        p.contradicted_claims AS pseudo_contradicted,
        p.review_reason <> '' AS pseudo_needs_review,
        {_DISPUTED}
    FROM clips c
    LEFT JOIN gold_labels g ON g.clip_id = c.id
    LEFT JOIN pseudo_labels p ON p.id = (
        SELECT MAX(q.id) FROM pseudo_labels q WHERE q.clip_id = c.id AND q.labeler_id = COALESCE(
            (SELECT o.labeler_id FROM labeler_choices o ORDER BY o.id DESC LIMIT 1), q.labeler_id)
        AND NOT EXISTS (SELECT 1 FROM label_successors r WHERE r.name = q.label AND r.successor = '')
    )
    LEFT JOIN decisions j ON j.id = (
        SELECT s.id FROM standing_decisions s WHERE s.clip_id = c.id
        ORDER BY CASE WHEN s.kind = 'adjudicate' THEN 1 ELSE 0 END DESC, s.id DESC LIMIT 1
    )
"""
# Whatever had been given the retired name follows it, and every clip's state is worked out again.
_RETIRE = """
    UPDATE label_successors SET successor = COALESCE(NEW.successor, '')
    WHERE NEW.kind = 'retired' AND successor = NEW.name;
    INSERT INTO label_successors (name, successor) SELECT NEW.name, COALESCE(NEW.successor, '') WHERE NEW.kind = 'retired'
    ON CONFLICT (name) DO UPDATE SET successor = excluded.successor;
    UPDATE clip_states
    SET (state, label, source, conflict, decision_id,
         pseudo_label_id, pseudo_confidence, pseudo_changed, pseudo_contradicted, pseudo_needs_review, disputed) =
        (SELECT v.state, v.label, v.source, v.conflict, v.decision_id,
                v.pseudo_label_id, v.pseudo_confidence, v.pseudo_changed, v.pseudo_contradicted, v.pseudo_needs_review,
                v.disputed
         FROM current_labels v WHERE v.clip_id = clip_states.clip_id)
    WHERE NEW.kind = 'retired';
"""


def upgrade() -> None:
    connection = op.get_bind()
    dialect = connection.dialect.name
    op.create_table(
        "label_changes",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("old_title", sa.Text(), nullable=True),
        sa.Column("new_title", sa.Text(), nullable=True),
        sa.Column("successor", sa.Text(), nullable=True),
        sa.Column("reviewer_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["reviewer_id"], ["reviewers.id"], name=op.f("fk_label_changes_reviewer_id_reviewers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_changes")),
    )
    op.create_table(
        "label_successors",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("successor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_label_successors")),
    )
    execute(
        connection,
        [
            "DROP VIEW current_labels",
            "DROP VIEW standing_decisions",
            _STANDING_DECISIONS,
            _CURRENT_LABELS,
            *on_change(dialect, "label_changes_insert_moves_states", "INSERT", "label_changes", _RETIRE),
        ],
    )
    for event in ("UPDATE", "DELETE"):
        execute(connection, refuse(dialect, f"label_changes_refuses_{event.lower()}", event, "label_changes", _STAYS))
    if dialect != "sqlite":
        execute(connection, refuse_truncate("label_changes_refuses_truncate", "label_changes", _STAYS))
