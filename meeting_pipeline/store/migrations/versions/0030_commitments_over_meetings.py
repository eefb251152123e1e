"""Commitments over meetings. What has an outcome is noted, so that the running system reads it; nothing is read here."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "commitments",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("series", sa.String(200), nullable=False),
        sa.Column("insight", sa.String(64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("owner_folded", sa.String(200), nullable=True),
        sa.Column("owner_first", sa.String(200), nullable=True),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("due_words", sa.Text(), nullable=True),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("said_state", sa.String(64), nullable=False),
        sa.Column("state_by", sa.Text(), nullable=True),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("candidate", sa.Boolean(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("sort_day", sa.Date(), nullable=False),
        sa.Column("recording_key", sa.String(80), nullable=False),
        sa.Column("segment_id", sa.Integer(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("untold", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=True),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_commitments_due", "commitments", ["closed", "sort_day", "id"])
    op.create_index("ix_commitments_kind", "commitments", ["insight", "closed", "sort_day", "id"])
    op.create_index("ix_commitments_owner", "commitments", ["owner_folded", "closed", "sort_day", "id"])
    op.create_index("ix_commitments_first_name", "commitments", ["owner_first", "closed", "sort_day", "id"])
    op.create_index("ix_commitments_series", "commitments", ["series", "closed", "sort_day", "id"])
    op.create_index("ix_commitments_untold", "commitments", ["untold", "id"])
    op.create_index("ix_commitments_last", "commitments", ["series", "last_day"])
    op.create_index("ix_commitments_recording_key", "commitments", ["recording_key"])
    op.create_table(
        "commitment_meetings",
        sa.Column("recording_key", sa.String(80), sa.ForeignKey("recordings.key"), nullable=False),
        sa.Column("series", sa.String(200), nullable=False),
        sa.Column("meeting_date", sa.Date(), nullable=False),
        sa.Column("people", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("recording_key"),
    )
    op.create_index("ix_commitment_meetings_series", "commitment_meetings", ["series", "meeting_date", "recording_key"])
    op.create_table(
        "commitment_parts",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("recording_key", sa.String(80), sa.ForeignKey("recordings.key"), nullable=False),
        sa.Column("commitment_id", sa.String(40), nullable=True),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("insight", sa.String(64), nullable=False),
        sa.Column("claim_id", sa.String(64), nullable=False),
        sa.Column("anchor", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("due_words", sa.Text(), nullable=True),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("segment_ids", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(64), nullable=True),
        sa.Column("status_segment_id", sa.Integer(), nullable=True),
        sa.Column("standing", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_commitment_parts_recording_key", "commitment_parts", ["recording_key"])
    op.create_index("ix_commitment_parts_commitment_id", "commitment_parts", ["commitment_id"])
    op.create_table(
        "commitment_reports",
        sa.Column("recording_key", sa.String(80), sa.ForeignKey("recordings.key"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("segment_id", sa.Integer(), nullable=False),
        sa.Column("speaker", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("due_words", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("recording_key", "position"),
    )
    op.create_table(
        "commitment_edits",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("part_id", sa.String(40), nullable=False),
        sa.Column("recording_key", sa.String(80), sa.ForeignKey("recordings.key"), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("state", sa.String(64), nullable=True),
        sa.Column("other_part_id", sa.String(40), nullable=True),
        sa.Column("other_recording_key", sa.String(80), nullable=True),
        sa.Column("said_on", sa.Date(), nullable=False),
        sa.Column("edited_by", sa.Text(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("number"),
        sqlite_autoincrement=True,
    )
    for column in ("part_id", "recording_key", "other_part_id", "other_recording_key"):
        op.create_index(f"ix_commitment_edits_{column}", "commitment_edits", [column])
    op.create_table(
        "commitment_changes",
        sa.Column("recording_key", sa.String(80), nullable=False),
        sa.Column("mark", sa.String(40), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("recording_key"),
    )
    op.execute(
        "INSERT INTO commitment_changes (recording_key, mark, noted_at) "
        "SELECT key, 'upgrade', updated_at FROM recordings WHERE status IN ('completed', 'failed')"
    )


def downgrade() -> None:
    """Undo."""
    for table in (
        "commitment_changes",
        "commitment_edits",
        "commitment_reports",
        "commitment_parts",
        "commitment_meetings",
        "commitments",
    ):
        op.drop_table(table)
