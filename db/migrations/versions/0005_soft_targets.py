"""Rows of a curated set on whose label people differ keep the share of each answer."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("curated_rows", sa.Column("shares", sa.JSON(), nullable=True))
