"""What became of action items and decisions by the end of the meeting. Of those that are stored already nobody knows."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_TABLES: Final = ("action_items", "decisions")


def upgrade() -> None:
    """Apply."""
    for name in _TABLES:
        op.add_column(name, sa.Column("status", sa.String(length=64), nullable=True))
        op.add_column(name, sa.Column("status_segment_id", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Undo."""
    for name in _TABLES:
        with op.batch_alter_table(name) as table:
            for column in ("status_segment_id", "status"):
                table.drop_column(column)
