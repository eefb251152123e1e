"""What people changed in items, segments and details of a recording, with its history, and the day that due dates count from."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_EDITED: Final = ("action_items", "decisions", "segments")


def upgrade() -> None:
    """Apply."""
    for name in _EDITED:
        op.add_column(name, sa.Column("edited_by", sa.Text(), nullable=True))
    op.add_column("claim_edits", sa.Column("anchor", sa.JSON(), nullable=True))
    op.add_column("artifacts", sa.Column("meeting_date", sa.Date(), nullable=True))
    op.create_table(
        "record_edits",
        sa.Column("recording_key", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("insight", sa.String(length=64), nullable=True),
        sa.Column("added", sa.Boolean(), nullable=False),
        sa.Column("anchor", sa.JSON(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("edited_by", sa.Text(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["recording_key"], ["recordings.key"]),
        sa.PrimaryKeyConstraint("recording_key", "subject"),
    )
    op.create_table(
        "edit_history",
        sa.Column("recording_key", sa.String(length=80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("insight", sa.String(length=64), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("restore", sa.JSON(), nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.Column("edited_by", sa.Text(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["recording_key"], ["recordings.key"]),
        sa.PrimaryKeyConstraint("recording_key", "number"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("edit_history")
    op.drop_table("record_edits")
    for name, column in (("artifacts", "meeting_date"), ("claim_edits", "anchor")):
        op.drop_column(name, column)
    for name in _EDITED:
        op.drop_column(name, "edited_by")
