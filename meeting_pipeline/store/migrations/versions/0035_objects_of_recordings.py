"""Where the files of a recording are in object storage, and uploads that belong to no recording yet."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("recordings", sa.Column("object_prefix", sa.String(64), nullable=True))
    op.create_table(
        "staged_objects",
        sa.Column("prefix", sa.String(64), nullable=False),
        sa.Column("stored_in", sa.String(40), nullable=False),
        sa.Column("removing", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("prefix"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("staged_objects")
    op.drop_column("recordings", "object_prefix")
