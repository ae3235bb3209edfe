"""New coders practice on clips with known answers; their answers lie beside the log of decisions and count nowhere."""

import sqlalchemy as sa
from alembic import op

from db.migrations.trigger_ddl import execute, refuse, refuse_truncate

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_TABLES = ("practice_clips", "practice_withdrawals", "practice_answers", "practice_releases")


def upgrade() -> None:
    _create_clips()
    _create_answers()
    connection = op.get_bind()
    dialect = connection.dialect.name
    for table in _TABLES:
        stays = f"{table} is append-only"
        for event in ("UPDATE", "DELETE"):
            execute(connection, refuse(dialect, f"{table}_refuses_{event.lower()}", event, table, stays))
        if dialect != "sqlite":
            execute(connection, refuse_truncate(f"{table}_refuses_truncate", table, stays))


def _create_clips() -> None:
    op.create_table(
        "practice_clips",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("clip_id", sa.Integer(), nullable=False),
        sa.Column("known_label", sa.Text(), nullable=False),
        sa.Column("known_from", sa.Text(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("marked_by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name=op.f("fk_practice_clips_clip_id_clips")),
        sa.ForeignKeyConstraint(["marked_by"], ["reviewers.id"], name=op.f("fk_practice_clips_marked_by_reviewers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_clips")),
        sa.UniqueConstraint("token", name=op.f("uq_practice_clips_token")),
    )
    op.create_index(op.f("ix_practice_clips_clip_id"), "practice_clips", ["clip_id"])
    op.create_table(
        "practice_withdrawals",
        sa.Column("practice_clip_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("withdrawn_by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_clip_id"],
            ["practice_clips.id"],
            name=op.f("fk_practice_withdrawals_practice_clip_id_practice_clips"),
        ),
        sa.ForeignKeyConstraint(
            ["withdrawn_by"], ["reviewers.id"], name=op.f("fk_practice_withdrawals_withdrawn_by_reviewers")
        ),
        sa.PrimaryKeyConstraint("practice_clip_id", name=op.f("pk_practice_withdrawals")),
    )


def _create_answers() -> None:
    op.create_table(
        "practice_answers",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("practice_clip_id", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("rater_confidence", sa.Integer(), nullable=False),
        sa.Column("seconds_spent", sa.Float(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_clip_id"],
            ["practice_clips.id"],
            name=op.f("fk_practice_answers_practice_clip_id_practice_clips"),
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["reviewers.id"], name=op.f("fk_practice_answers_reviewer_id_reviewers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_answers")),
        sa.UniqueConstraint("token", name=op.f("uq_practice_answers_token")),
        sa.UniqueConstraint(
            "practice_clip_id", "reviewer_id", name=op.f("uq_practice_answers_practice_clip_id_reviewer_id")
        ),
    )
    op.create_index(op.f("ix_practice_answers_reviewer_id"), "practice_answers", ["reviewer_id"])
    op.create_table(
        "practice_releases",
        sa.Column("reviewer_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("released_by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["reviewers.id"], name=op.f("fk_practice_releases_reviewer_id_reviewers")
        ),
        sa.ForeignKeyConstraint(
            ["released_by"], ["reviewers.id"], name=op.f("fk_practice_releases_released_by_reviewers")
        ),
        sa.PrimaryKeyConstraint("reviewer_id", name=op.f("pk_practice_releases")),
    )
