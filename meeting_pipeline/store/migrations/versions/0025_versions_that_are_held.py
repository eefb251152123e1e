"""Versions of results that are held, and what people did with versions. All versions that are stored already became current."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("artifacts", sa.Column("hold", sa.String(length=64), nullable=True))
    op.create_table(
        "version_changes",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("recording_key", sa.String(length=80), nullable=False),
        sa.Column("insight", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("change", sa.String(length=64), nullable=False),
        sa.Column("from_version", sa.Integer(), nullable=True),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["recording_key"], ["recordings.key"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_version_changes_recording_key", "version_changes", ["recording_key"])


def downgrade() -> None:
    """Undo."""
    op.drop_table("version_changes")
    op.drop_column("artifacts", "hold")
