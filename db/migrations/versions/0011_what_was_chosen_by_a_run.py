"""Each decision names the queue that brought its clip up, and each curated set keeps the labels of the test split."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Older rows stay NULL: nobody knows what brought their clip up, or what the test labels of their day were."""
    op.add_column("decisions", sa.Column("queue", sa.Text(), nullable=True))
    op.add_column("curated_sets", sa.Column("test_labels", sa.JSON(), nullable=True))
