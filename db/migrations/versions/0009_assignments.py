"""Clips are assigned to named coders, who judge them first; a draw for double coding asks for a second, blind judgment."""

import sqlalchemy as sa
from alembic import op

from db.migrations.trigger_ddl import execute, refuse, refuse_truncate

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TABLES = ("assignment_batches", "assignments", "assignment_withdrawals")


def upgrade() -> None:
    connection = op.get_bind()
    dialect = connection.dialect.name
    op.create_table(
        "assignment_batches",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("assigned_by", sa.Integer(), nullable=False),
        sa.Column("drawn_from", sa.Text(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assigned_by"], ["reviewers.id"], name=op.f("fk_assignment_batches_assigned_by_reviewers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment_batches")),
        sa.UniqueConstraint("token", name=op.f("uq_assignment_batches_token")),
    )
    op.create_table(
        "assignments",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("clip_id", sa.Integer(), nullable=False),
        sa.Column("coder_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["assignment_batches.id"], name=op.f("fk_assignments_batch_id_assignment_batches")
        ),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name=op.f("fk_assignments_clip_id_clips")),
        sa.ForeignKeyConstraint(["coder_id"], ["reviewers.id"], name=op.f("fk_assignments_coder_id_reviewers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignments")),
    )
    op.create_index(op.f("ix_assignments_batch_id"), "assignments", ["batch_id"])
    op.create_index("ix_assignments_clip_id_coder_id", "assignments", ["clip_id", "coder_id"])
    op.create_index("ix_assignments_coder_id_id", "assignments", ["coder_id", "id"])
    op.create_table(
        "assignment_withdrawals",
        sa.Column("assignment_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("withdrawn_by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignments.id"], name=op.f("fk_assignment_withdrawals_assignment_id_assignments")
        ),
        sa.ForeignKeyConstraint(
            ["withdrawn_by"], ["reviewers.id"], name=op.f("fk_assignment_withdrawals_withdrawn_by_reviewers")
        ),
        sa.PrimaryKeyConstraint("assignment_id", name=op.f("pk_assignment_withdrawals")),
    )
    for table in _TABLES:
        stays = f"{table} is append-only"
        for event in ("UPDATE", "DELETE"):
            execute(connection, refuse(dialect, f"{table}_refuses_{event.lower()}", event, table, stays))
        if dialect != "sqlite":
            execute(connection, refuse_truncate(f"{table}_refuses_truncate", table, stays))
