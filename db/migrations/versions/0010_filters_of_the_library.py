"""What the Library filters by is kept up by the writes: whether people differ on a clip, and which cues it shows."""

import sqlalchemy as sa
from alembic import op

from db.migrations.trigger_ddl import drop, execute, on_change

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

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
        p.review_reason <> '' AS pseudo_needs_review,
        {_DISPUTED.strip()}
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
_STATE_AFTER_A_DECISION = """
    UPDATE clip_states
    SET (state, label, source, conflict, decision_id,
         pseudo_label_id, pseudo_confidence, pseudo_changed, pseudo_contradicted, disputed) =
        (SELECT v.state, v.label, v.source, v.conflict, v.decision_id,
                v.pseudo_label_id, v.pseudo_confidence, v.pseudo_changed, v.pseudo_contradicted, v.disputed
         FROM current_labels v WHERE v.clip_id = NEW.clip_id)
    WHERE clip_id = NEW.clip_id;
    INSERT INTO counters (name, n) SELECT 'decision:' || NEW.kind, 1 WHERE NEW.kind IS NOT NULL
    ON CONFLICT (name) DO UPDATE SET n = counters.n + 1;
"""
_DISPUTES_SO_FAR = """
    UPDATE clip_states
    SET disputed = (SELECT v.disputed FROM current_labels v WHERE v.clip_id = clip_states.clip_id)
    WHERE clip_id IN (SELECT d.clip_id FROM decisions d GROUP BY d.clip_id HAVING COUNT(DISTINCT d.reviewer_id) > 1)
"""
_CUES_SO_FAR = {
    "sqlite": """
        INSERT INTO clip_cues (clip_id, cue)
        SELECT DISTINCT m.clip_id, json_extract(one.value, '$[0]')
        FROM cue_measurements m, json_each(m.measurement, '$.cues') one
    """,
    "postgresql": """
        INSERT INTO clip_cues (clip_id, cue)
        SELECT DISTINCT m.clip_id, one.value ->> 0
        FROM cue_measurements m, json_array_elements(m.measurement -> 'cues') one
    """,
}


def _count(row: str, step: int) -> str:
    return f"""
        INSERT INTO counters (name, n) SELECT 'cue:' || {row}.cue, {step} WHERE {row}.cue IS NOT NULL
        ON CONFLICT (name) DO UPDATE SET n = counters.n + {step};
    """


def upgrade() -> None:
    connection = op.get_bind()
    dialect = connection.dialect.name
    op.create_table(
        "clip_cues",
        sa.Column("clip_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("cue", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name=op.f("fk_clip_cues_clip_id_clips")),
        sa.PrimaryKeyConstraint("clip_id", "cue", name=op.f("pk_clip_cues")),
    )
    op.create_index("ix_clip_cues_cue", "clip_cues", ["cue", "clip_id"])
    op.add_column("clip_states", sa.Column("disputed", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index("ix_clip_states_disputed", "clip_states", ["disputed", "clip_id"])
    op.create_index("ix_clip_states_conflict", "clip_states", ["conflict", "clip_id"])
    op.create_index("ix_pseudo_labels_labeler_id_clip_id", "pseudo_labels", ["labeler_id", "clip_id"])
    execute(
        connection,
        [
            "DROP VIEW current_labels",
            _CURRENT_LABELS,
            *drop(dialect, "decisions_insert_moves_the_state", "decisions"),
            *on_change(dialect, "decisions_insert_moves_the_state", "INSERT", "decisions", _STATE_AFTER_A_DECISION),
            *on_change(dialect, "clip_cues_insert_counts", "INSERT", "clip_cues", _count("NEW", +1)),
            *on_change(dialect, "clip_cues_delete_counts", "DELETE", "clip_cues", _count("OLD", -1)),
            _DISPUTES_SO_FAR,
            _CUES_SO_FAR[dialect],
        ],
    )
