"""What submitters attach to a submission, with its index; the form of webhook bodies; signing secrets of endpoints."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("recordings", sa.Column("attached", sa.JSON(), nullable=True))
    op.add_column("submissions", sa.Column("reference", sa.Text(), nullable=True))
    op.add_column("submissions", sa.Column("metadata", sa.JSON(), nullable=True))
    op.add_column("submissions", sa.Column("webhook_body", sa.String(length=64), nullable=True))
    op.create_table(
        "submission_index",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recording_key", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["recording_key"], ["recordings.key"]),
        sa.PrimaryKeyConstraint("digest", "created_at", "recording_key"),
    )
    op.create_index("ix_submission_index_recording_key", "submission_index", ["recording_key"])
    op.create_table(
        "webhook_signing_secrets",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("target", sa.String(length=64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_webhook_signing_secrets_target", "webhook_signing_secrets", ["target"])


def downgrade() -> None:
    """Undo."""
    op.drop_table("webhook_signing_secrets")
    op.drop_table("submission_index")
    for column in ("webhook_body", "metadata", "reference"):
        op.drop_column("submissions", column)
    op.drop_column("recordings", "attached")
