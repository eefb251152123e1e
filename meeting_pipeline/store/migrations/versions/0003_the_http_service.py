"""What the HTTP service needs: keys, repeated requests, one feed of events, edits of speakers, deleted recordings."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("recordings", sa.Column("registered_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE recordings SET registered_at = created_at")
    op.create_index("ix_recordings_registered", "recordings", ["registered_at"])
    op.add_column("recording_events", sa.Column("status", sa.String(length=64), nullable=True))
    op.add_column("recording_events", sa.Column("stage", sa.String(length=64), nullable=True))
    op.create_table(
        "feed",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("transaction", sa.BigInteger(), nullable=False),
        sa.Column("recording_key", sa.String(length=80), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("position"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_feed_order", "feed", ["transaction", "position"])
    op.create_index("ix_feed_recording_key", "feed", ["recording_key"])
    _feed_what_happened(op.get_bind())
    op.create_table(
        "speaker_edits",
        sa.Column("recording_key", sa.String(length=80), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("merged_into", sa.String(length=200), nullable=True),
        sa.Column("edited_by", sa.Text(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["recording_key"], ["recordings.key"]),
        sa.PrimaryKeyConstraint("recording_key", "label"),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key_hash"),
    )
    op.create_table(
        "idempotent_requests",
        sa.Column("caller", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=True),
        sa.Column("claim", sa.String(length=40), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", sa.JSON(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("caller", "key"),
    )
    op.create_index("ix_idempotent_requests_created_at", "idempotent_requests", ["created_at"])
    op.create_table(
        "deleted_recordings",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("deleted_by", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("speech_usd", sa.Float(), nullable=False),
        sa.Column("answers_usd", sa.Float(), nullable=False),
        sa.Column("references", sa.JSON(), nullable=False),
        sa.Column("unregistered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_deleted_recordings_due_at", "deleted_recordings", ["due_at"])
    op.create_table(
        "tallies",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("labels", sa.String(length=400), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("name", "labels"),
    )
    op.create_index(
        "ix_paid_answers_sums",
        "paid_answers",
        ["insight", "model", "state", "error_code", "input_tokens", "cached_tokens", "output_tokens", "cost_usd"],
    )
    op.create_index("ix_recordings_status_stage", "recordings", ["status", "stage", "error_code"])


def _feed_what_happened(connection: sa.Connection) -> None:
    """Events of an older database come first, in order of time."""
    connection.execute(
        sa.text(
            'INSERT INTO feed ("transaction", recording_key, seq) '
            "SELECT 0, recording_key, seq FROM recording_events ORDER BY at, recording_key, seq"
        )
    )


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_recordings_status_stage", "recordings")
    op.drop_index("ix_paid_answers_sums", "paid_answers")
    for table in ("tallies", "deleted_recordings", "idempotent_requests", "api_keys", "speaker_edits", "feed"):
        op.drop_table(table)
    op.drop_column("recording_events", "stage")
    op.drop_column("recording_events", "status")
    op.drop_index("ix_recordings_registered", "recordings")
    op.drop_column("recordings", "registered_at")
