"""Mails with the minutes, and the addresses that a submission names."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("submissions", sa.Column("mail_to", sa.JSON(), nullable=True))
    op.create_table(
        "mail_deliveries",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("recording_key", sa.String(80), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_token", sa.String(40), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unsure", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("last_error", sa.String(64), nullable=True),
        sa.Column("last_detail", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["recording_key"], ["recordings.key"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("recording_key", "revision", "address", name="uq_mail_revision_address"),
    )
    op.create_index("ix_mail_state_next", "mail_deliveries", ["state", "next_at"])
    op.create_index("ix_mail_created", "mail_deliveries", ["created_at"])


def downgrade() -> None:
    """Undo."""
    op.drop_table("mail_deliveries")
    op.drop_column("submissions", "mail_to")
