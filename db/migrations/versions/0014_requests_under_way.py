"""Who is labeling a clip, requests that were sent, and videos that were uploaded, so that nothing is paid twice."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "labeling_claims",
        sa.Column("clip_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("work", sa.Text(), nullable=False),
        *_owner(),
        sa.Column("claimed_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name=op.f("fk_labeling_claims_clip_id_clips")),
        sa.PrimaryKeyConstraint("clip_id", "work", name=op.f("pk_labeling_claims")),
    )
    op.create_table(
        "sent_requests",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("clip_id", sa.Integer(), nullable=False),
        sa.Column("labeler", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("request_digest", sa.Text(), nullable=False),
        sa.Column("worst_usd", sa.Float(), nullable=False),
        *_owner(),
        sa.Column("sent_at", sa.DateTime(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name=op.f("fk_sent_requests_clip_id_clips")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sent_requests")),
    )
    under_way = sa.text("outcome IS NULL")
    op.create_index(
        "ix_sent_requests_under_way",
        "sent_requests",
        ["request_digest"],
        unique=True,
        sqlite_where=under_way,
        postgresql_where=under_way,
    )
    op.create_index("ix_sent_requests_labeler", "sent_requests", ["labeler", "outcome", "id"])
    op.create_table(
        "provider_uploads",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("clip_id", sa.Integer(), nullable=False),
        sa.Column("labeler", sa.Text(), nullable=False),
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        *_owner(),
        sa.Column("uploaded_at", sa.DateTime(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(), nullable=True),
        sa.Column("failure", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name=op.f("fk_provider_uploads_clip_id_clips")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_uploads")),
        sa.UniqueConstraint("receiver", "name", name=op.f("uq_provider_uploads_receiver_name")),
    )
    op.create_index("ix_provider_uploads_deleted_at", "provider_uploads", ["deleted_at", "id"])


def _owner() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("owner_host", sa.Text(), nullable=False),
        sa.Column("owner_pid", sa.Integer(), nullable=False),
        sa.Column("owner_started_at_s", sa.Float(), nullable=True),
        sa.Column("owner_run", sa.Text(), nullable=False),
    )
