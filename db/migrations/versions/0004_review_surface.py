"""What the review surface reads and keeps: likely label errors, leaks, the audit slice, and who has which clip open."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_LEAKY = sa.text("leak <> ''")


def upgrade() -> None:
    op.add_column("predictions", sa.Column("label_quality", sa.Float(), nullable=True))
    op.add_column("predictions", sa.Column("label_issue", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index("ix_predictions_label_issue", "predictions", ["run_id", "label_issue", "label_quality", "clip_id"])
    op.create_index("ix_clips_audit", "clips", ["audit", "id"])
    op.create_index("ix_pseudo_labels_leaks", "pseudo_labels", ["id"], sqlite_where=_LEAKY, postgresql_where=_LEAKY)
    op.create_index("ix_claims_leaks", "claims", ["pseudo_label_id"], sqlite_where=_LEAKY, postgresql_where=_LEAKY)
    op.create_table(
        "clip_leases",
        sa.Column("clip_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reviewer_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name=op.f("fk_clip_leases_clip_id_clips")),
        sa.ForeignKeyConstraint(["reviewer_id"], ["reviewers.id"], name=op.f("fk_clip_leases_reviewer_id_reviewers")),
        sa.PrimaryKeyConstraint("clip_id", "reviewer_id", name=op.f("pk_clip_leases")),
    )
    op.create_index("ix_clip_leases_until", "clip_leases", ["until"])
