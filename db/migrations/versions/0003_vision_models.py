"""What labelling by a model's server needs to remember: every call and what it cost, consent to send, leaks, and doubt.

An answer from before this schema has no leak and no doubt on record: nobody looked for them.
"""

import sqlalchemy as sa
from alembic import op

from db.migrations.trigger_ddl import execute, on_change, refuse, refuse_truncate

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_COLUMNS = """
                p.id AS pseudo_label_id,
                p.confidence AS pseudo_confidence,
                p.first_label <> p.label AS pseudo_changed,
                p.contradicted_claims AS pseudo_contradicted,
                p.doubt <> '' AS pseudo_doubtful
"""


def upgrade() -> None:
    op.add_column("claims", sa.Column("leak", sa.Text(), server_default="", nullable=False))
    op.add_column("pseudo_labels", sa.Column("leak", sa.Text(), server_default="", nullable=False))
    op.add_column("pseudo_labels", sa.Column("held_back", sa.Text(), server_default="", nullable=False))
    op.add_column("pseudo_labels", sa.Column("doubt", sa.Text(), server_default="", nullable=False))
    op.add_column("pseudo_labels", sa.Column("thinking_tokens", sa.Integer(), server_default="0", nullable=False))
    op.add_column("clip_states", sa.Column("pseudo_doubtful", sa.Boolean(), nullable=True))
    op.create_index("ix_clip_states_doubtful", "clip_states", ["state", "pseudo_doubtful", "clip_id"])
    op.create_table(
        "model_calls",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("clip_id", sa.Integer(), nullable=False),
        sa.Column("labeler", sa.Text(), nullable=False),
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("request_digest", sa.Text(), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("input_tokens", sa.Integer(), nullable=False),
        sa.Column("output_tokens", sa.Integer(), nullable=False),
        sa.Column("thinking_tokens", sa.Integer(), nullable=False),
        sa.Column("cost_usd", sa.Float(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name=op.f("fk_model_calls_clip_id_clips")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_calls")),
    )
    op.create_index("ix_model_calls_request_digest_answered", "model_calls", ["request_digest", "answered", "id"])
    op.create_index("ix_model_calls_model_id", "model_calls", ["model_id", "answered", "id"])
    op.create_index("ix_model_calls_clip_id", "model_calls", ["clip_id", "id"])
    op.create_table(
        "prompts",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_prompts")),
    )
    op.create_table(
        "sending_consents",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("with_sound", sa.Boolean(), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sending_consents")),
    )
    _show_doubt_in_current_labels()
    _make_triggers()


def _show_doubt_in_current_labels() -> None:
    execute(
        op.get_bind(),
        [
            "DROP VIEW current_labels",
            f"""
            CREATE VIEW current_labels AS
            SELECT
                c.id AS clip_id,
                CASE WHEN j.id IS NOT NULL AND j.kind = 'unclear' THEN 'unclear'
                     WHEN j.id IS NOT NULL THEN 'reviewed'
                     WHEN p.id IS NOT NULL THEN 'labelled'
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
                c.split AS split,{_COLUMNS}
            FROM clips c
            LEFT JOIN gold_labels g ON g.clip_id = c.id
            LEFT JOIN pseudo_labels p ON p.id = (SELECT MAX(q.id) FROM pseudo_labels q WHERE q.clip_id = c.id)
            LEFT JOIN decisions j ON j.id = (
                SELECT s.id FROM standing_decisions s WHERE s.clip_id = c.id
                ORDER BY CASE WHEN s.kind = 'adjudicate' THEN 1 ELSE 0 END DESC, s.id DESC LIMIT 1
            )
            """,
            "UPDATE clip_states SET pseudo_doubtful = FALSE WHERE pseudo_label_id IS NOT NULL",
        ],
    )


def _make_triggers() -> None:
    bind = op.get_bind()
    dialect = bind.dialect.name
    statements = on_change(
        dialect,
        "pseudo_labels_insert_marks_doubt",
        "INSERT",
        "pseudo_labels",
        "UPDATE clip_states SET pseudo_doubtful = (NEW.doubt <> '') WHERE clip_id = NEW.clip_id;",
    )
    for table in ("model_calls", "sending_consents"):
        sentence = f"{table} is append-only"
        for event in ("UPDATE", "DELETE"):
            statements += refuse(dialect, f"{table}_refuses_{event.lower()}", event, table, sentence)
        if dialect == "sqlite":
            when = f"EXISTS (SELECT 1 FROM {table} t WHERE t.id = NEW.id)"
            statements += refuse(dialect, f"{table}_refuses_replace", "INSERT", table, sentence, when=when)
        else:
            statements += refuse_truncate(f"{table}_refuses_truncate", table, sentence)
    execute(bind, statements)
