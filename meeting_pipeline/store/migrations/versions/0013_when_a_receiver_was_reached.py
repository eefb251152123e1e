"""An index that finds the newest delivery to a receiver, however many it has had."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_index("ix_deliveries_reached", "webhook_deliveries", ["target", "delivered_at"])


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_deliveries_reached", "webhook_deliveries")
