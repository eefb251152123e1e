"""Campaigns, their recordings, what was done with them, and for each paid call the campaign that bought it."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "campaigns",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("pause_code", sa.String(length=64), nullable=True),
        sa.Column("pause_reason", sa.Text(), nullable=True),
        sa.Column("hold", sa.Boolean(), nullable=False),
        sa.Column("cap_usd", sa.Float(), nullable=True),
        sa.Column("service_tier", sa.String(length=64), nullable=True),
        sa.Column("insights", sa.JSON(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("portions", sa.Integer(), nullable=False),
        sa.Column("counted_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone", sa.Integer(), nullable=False),
        sa.Column("gone_usd", sa.Float(), nullable=False),
        sa.Column("gone_calls", sa.Integer(), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index("ix_campaigns_state", "campaigns", ["state", "started_at"])
    op.create_table(
        "campaign_recordings",
        sa.Column("campaign", sa.String(length=64), nullable=False),
        sa.Column("recording_key", sa.String(length=80), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("assets", sa.JSON(), nullable=False),
        sa.Column("portion", sa.Integer(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease", sa.String(length=64), nullable=True),
        sa.Column("leases", sa.JSON(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(length=64), nullable=True),
        sa.Column("changes", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["campaign"], ["campaigns.name"]),
        sa.ForeignKeyConstraint(["recording_key"], ["recordings.key"]),
        sa.PrimaryKeyConstraint("campaign", "recording_key"),
    )
    op.create_index("ix_campaign_recordings_state", "campaign_recordings", ["campaign", "state", "place"])
    op.create_index("ix_campaign_recordings_ended", "campaign_recordings", ["campaign", "ended_at"])
    op.create_index("ix_campaign_recordings_key", "campaign_recordings", ["recording_key"])
    op.create_table(
        "campaign_changes",
        sa.Column("campaign", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("change", sa.String(length=64), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("recordings", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["campaign"], ["campaigns.name"]),
        sa.PrimaryKeyConstraint("campaign", "number"),
    )
    op.add_column("paid_answers", sa.Column("campaign", sa.String(length=64), nullable=True))
    op.create_index(
        "ix_paid_answers_campaign",
        "paid_answers",
        ["campaign", "state", "created_at", "cost_usd", "unpriced_calls"],
        postgresql_where=sa.text("campaign IS NOT NULL"),
        sqlite_where=sa.text("campaign IS NOT NULL"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_paid_answers_campaign", "paid_answers")
    op.drop_column("paid_answers", "campaign")
    for name in ("campaign_changes", "campaign_recordings", "campaigns"):
        op.drop_table(name)
