"""Jobs and labeling runs know the start of their process by no clock; a job its machine, and whether a terminal began it."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Older rows stay NULL: their jobs were begun on this machine, as far as anybody knew."""
    op.add_column("jobs", sa.Column("host", sa.Text(), nullable=True))
    op.add_column("jobs", sa.Column("process_mark", sa.Text(), nullable=True))
    op.add_column("jobs", sa.Column("in_terminal", sa.Boolean(), server_default=sa.false(), nullable=False))
    for table in ("labeling_claims", "sent_requests", "provider_uploads"):
        op.add_column(table, sa.Column("owner_mark", sa.Text(), nullable=True))
