"""When a lease was fenced: its worker must stop, but may be alive."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("run_leases", sa.Column("fenced_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Undo."""
    op.execute("UPDATE run_leases SET state = 'lost' WHERE state = 'fenced'")
    with op.batch_alter_table("run_leases") as table:
        table.drop_column("fenced_at")
