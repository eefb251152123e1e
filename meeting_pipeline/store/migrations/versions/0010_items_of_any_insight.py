"""Current items of the insights that have no table of their own, such as those that a user describes in a file."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "insight_items",
        sa.Column("recording_key", sa.String(length=80), nullable=False),
        sa.Column("insight", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=True),
        sa.Column("segment_ids", sa.JSON(), nullable=False),
        sa.Column("candidate", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["recording_key"], ["recordings.key"]),
        sa.PrimaryKeyConstraint("recording_key", "insight", "position"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("insight_items")
