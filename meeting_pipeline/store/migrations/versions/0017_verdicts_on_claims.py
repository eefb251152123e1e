"""Verdicts on single claims, what people said about them, and the transcript that each result rests on.

What is stored already was not checked.
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_TABLES: Final = ("speakers", "action_items", "decisions", "insight_items")


def upgrade() -> None:
    """Apply."""
    for name in _TABLES:
        op.add_column(name, sa.Column("verdict", sa.String(length=64), nullable=True))
        op.add_column(name, sa.Column("reasons", sa.JSON(), nullable=True))
        op.add_column(name, sa.Column("accepted_by", sa.Text(), nullable=True))
        rows = sa.table(name, sa.column("verdict", sa.String), sa.column("reasons", sa.JSON))
        op.execute(sa.update(rows).values(verdict="not_checked", reasons=sa.text("'[]'")))
        with op.batch_alter_table(name) as table:
            table.alter_column("verdict", existing_type=sa.String(length=64), nullable=False)
            table.alter_column("reasons", existing_type=sa.JSON(), nullable=False)
    op.add_column("artifacts", sa.Column("transcript_version", sa.Integer(), nullable=True))
    op.create_table(
        "claim_edits",
        sa.Column("recording_key", sa.String(length=80), nullable=False),
        sa.Column("claim_id", sa.String(length=64), nullable=False),
        sa.Column("insight", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("judgement", sa.String(length=64), nullable=False),
        sa.Column("edited_by", sa.Text(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["recording_key"], ["recordings.key"]),
        sa.PrimaryKeyConstraint("recording_key", "claim_id"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("claim_edits")
    op.drop_column("artifacts", "transcript_version")
    for name in _TABLES:
        with op.batch_alter_table(name) as table:
            for column in ("accepted_by", "reasons", "verdict"):
                table.drop_column(column)
