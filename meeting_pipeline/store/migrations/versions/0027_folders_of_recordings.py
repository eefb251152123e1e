"""Which folder the files of a recording were put into, and on which host."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("recordings", sa.Column("stored_in", sa.String(40), nullable=True))
    op.add_column("recordings", sa.Column("stored_on", sa.String(255), nullable=True))


def downgrade() -> None:
    """Undo."""
    op.drop_column("recordings", "stored_on")
    op.drop_column("recordings", "stored_in")
