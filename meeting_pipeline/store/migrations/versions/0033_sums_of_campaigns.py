"""What campaigns have spent: kept whole when a recording is deleted, and kept as a sum when they are over."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    for column in ("gone_unpriced", "gone_refused"):
        op.add_column("campaigns", sa.Column(column, sa.Integer(), nullable=False, server_default="0"))
    op.add_column("campaigns", sa.Column("settled", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Undo."""
    for column in ("settled", "gone_refused", "gone_unpriced"):
        op.drop_column("campaigns", column)
