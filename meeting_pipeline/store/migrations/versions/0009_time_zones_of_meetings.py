"""The time zone of each meeting. What was dated before was dated in UTC, unless the submitter gave the date."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("recordings", sa.Column("timezone", sa.String(length=64), nullable=True))
    op.execute("UPDATE recordings SET timezone = 'UTC'")


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("recordings") as table:
        table.drop_column("timezone")
