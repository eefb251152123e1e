"""What submitters say about how speech becomes text, and the ledger of transcriptions that are bought in parts."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("recordings", sa.Column("speech_options", sa.JSON(), nullable=True))
    op.create_table(
        "transcription_parts",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("recording_key", sa.String(length=80), sa.ForeignKey("recordings.key"), nullable=False),
        sa.Column("order_id", sa.String(length=40), sa.ForeignKey("transcription_orders.id"), nullable=False),
        sa.Column("start_ms", sa.Integer(), nullable=False),
        sa.Column("end_ms", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("lost_calls", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(length=64), nullable=True),
        sa.Column("server", sa.String(length=64), nullable=False),
        sa.Column("variant", sa.String(length=64), nullable=True),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.Column("cost_usd", sa.Float(), nullable=False),
        sa.Column("unpriced", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_transcription_parts_ended_at", "transcription_parts", ["ended_at"])
    op.create_index("ix_transcription_parts_order", "transcription_parts", ["order_id", "start_ms"])
    op.create_index("ix_transcription_parts_recording_key", "transcription_parts", ["recording_key"])
    op.create_index("ix_transcription_parts_server", "transcription_parts", ["server", "ended_at"])


def downgrade() -> None:
    """Undo."""
    op.drop_table("transcription_parts")
    op.drop_column("recordings", "speech_options")
