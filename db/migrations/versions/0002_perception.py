"""What perception needs to remember: the person picked in a clip, when and with which times its words came, what
people marked in it, and its side in a protocol.

A transcript from before this schema has no row in `transcripts`: when it came is not known.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "picked_persons",
        sa.Column("clip_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("time_s", sa.Float(), nullable=True),
        sa.Column("x_px", sa.Float(), nullable=True),
        sa.Column("y_px", sa.Float(), nullable=True),
        sa.Column("picked_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name=op.f("fk_picked_persons_clip_id_clips")),
        sa.PrimaryKeyConstraint("clip_id", name=op.f("pk_picked_persons")),
    )
    op.create_table(
        "transcripts",
        sa.Column("clip_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stored_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name=op.f("fk_transcripts_clip_id_clips")),
        sa.PrimaryKeyConstraint("clip_id", name=op.f("pk_transcripts")),
    )
    op.create_table(
        "transcript_segments",
        sa.Column("clip_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("start_s", sa.Float(), nullable=True),
        sa.Column("end_s", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["clip_id"], ["transcripts.clip_id"], name=op.f("fk_transcript_segments_clip_id_transcripts")
        ),
        sa.PrimaryKeyConstraint("clip_id", "position", name=op.f("pk_transcript_segments")),
    )
    op.create_table(
        "annotated_cues",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("clip_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("cue", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=True),
        sa.Column("start_s", sa.Float(), nullable=False),
        sa.Column("end_s", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name=op.f("fk_annotated_cues_clip_id_clips")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annotated_cues")),
    )
    op.create_index("ix_annotated_cues_clip_id_start_s", "annotated_cues", ["clip_id", "start_s", "id"])
    op.create_index("ix_annotated_cues_source", "annotated_cues", ["source"])
    op.create_table(
        "protocol_sides",
        sa.Column("protocol", sa.Text(), nullable=False),
        sa.Column("clip_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name=op.f("fk_protocol_sides_clip_id_clips")),
        sa.PrimaryKeyConstraint("protocol", "clip_id", name=op.f("pk_protocol_sides")),
    )
