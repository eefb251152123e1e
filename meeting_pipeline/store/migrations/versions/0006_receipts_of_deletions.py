"""A receipt for each deletion, and what the search for copies needs to know."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. What was deleted before is looked for again: its words were left in places that nobody searched."""
    for name in ("receipt", "traces"):
        op.add_column("deleted_recordings", sa.Column(name, sa.JSON(), nullable=True))
    op.add_column("deleted_recordings", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE deleted_recordings SET receipt = '{}', traces = '{}'")
    op.execute("UPDATE deleted_recordings SET due_at = deleted_at, unregistered_at = NULL, tries = 0")


def downgrade() -> None:
    """Undo."""
    for name in ("erased_at", "traces", "receipt"):
        op.drop_column("deleted_recordings", name)
