"""When a provider said that an order is finished, and an index that finds an order by the provider's id."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("transcription_orders", sa.Column("announced_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_orders_provider_id", "transcription_orders", ["provider_id"])


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_orders_provider_id", "transcription_orders")
    with op.batch_alter_table("transcription_orders") as table:
        table.drop_column("announced_at")
