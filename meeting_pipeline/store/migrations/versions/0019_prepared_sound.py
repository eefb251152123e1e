"""Recordings of which a prepared copy of the sound is used, and those with one speaker per channel."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("recordings", sa.Column("prepared_file", sa.Text(), nullable=True))
    op.add_column("recordings", sa.Column("multichannel", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Undo."""
    op.drop_column("recordings", "multichannel")
    op.drop_column("recordings", "prepared_file")
