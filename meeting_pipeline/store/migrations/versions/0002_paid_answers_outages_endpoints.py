"""The ledger of paid answers, providers that are down, and webhook endpoints that were given up."""

import sqlalchemy as sa
from alembic import op

from meeting_pipeline.store.outbox.webhook_urls import host_of, target_of

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "paid_answers",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("recording_key", sa.String(length=80), nullable=False),
        sa.Column("insight", sa.String(length=64), nullable=False),
        sa.Column("question_hash", sa.String(length=64), nullable=False),
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("prompt_version", sa.String(length=64), nullable=False),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.Column("input_tokens", sa.Integer(), nullable=False),
        sa.Column("cached_tokens", sa.Integer(), nullable=False),
        sa.Column("output_tokens", sa.Integer(), nullable=False),
        sa.Column("cost_usd", sa.Float(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["recording_key"], ["recordings.key"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_paid_answers_question", "paid_answers", ["recording_key", "question_hash"])
    op.create_index("ix_paid_answers_state", "paid_answers", ["state", "created_at"])
    _carry_over_what_was_paid(op.get_bind())
    op.add_column("run_leases", sa.Column("host", sa.String(length=255), nullable=True))
    op.create_table(
        "provider_outages",
        sa.Column("provider", sa.String(length=64), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("advice", sa.Text(), nullable=False),
        sa.Column("operator", sa.Boolean(), nullable=False),
        sa.Column("witness", sa.String(length=80), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("probe_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trial", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("provider", "service"),
    )
    op.create_table(
        "write_marks",
        sa.Column("writer", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("writer"),
    )
    op.create_table(
        "webhook_endpoints",
        sa.Column("target", sa.String(length=64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("target"),
    )
    op.add_column(
        "webhook_deliveries", sa.Column("target", sa.String(length=64), nullable=False, server_default=sa.text("''"))
    )
    op.add_column("webhook_deliveries", sa.Column("host", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.drop_index("ix_webhook_deliveries_recording_key", table_name="webhook_deliveries")
    op.create_index("ix_deliveries_recording", "webhook_deliveries", ["recording_key", "target", "state"])
    _name_targets(op.get_bind())


def _name_targets(connection: sa.Connection) -> None:
    """Deliveries of an older database get the target that their submission names."""
    targets = "SELECT id, webhook_url FROM submissions WHERE webhook_url IS NOT NULL"
    rows = [
        {"id": submission, "target": target_of(url), "host": host_of(url)}
        for submission, url in connection.execute(sa.text(targets)).all()
    ]
    if rows:
        change = "UPDATE webhook_deliveries SET target = :target, host = :host WHERE submission_id = :id"
        connection.execute(sa.text(change), rows)


def _carry_over_what_was_paid(connection: sa.Connection) -> None:
    """Answers of an older database count in the ledger: with their cost, without their text, so they are not reused."""
    artifacts = sa.table(
        "artifacts",
        *(sa.column(name) for name in ("id", "recording_key", "kind", "input_hash", "run_id", "prompt_version")),
        *(sa.column(name) for name in ("calls", "input_tokens", "cached_tokens", "output_tokens", "cost_usd")),
        sa.column("created_at"),
        sa.column("provenance", sa.JSON()),
    )
    columns = artifacts.c
    paid = sa.select(
        columns.id,
        columns.recording_key,
        columns.kind,
        sa.func.coalesce(columns.input_hash, ""),
        columns.run_id,
        sa.literal("answered"),
        sa.func.coalesce(columns.provenance["model"].as_string(), ""),
        sa.func.coalesce(columns.prompt_version, ""),
        columns.input_tokens,
        columns.cached_tokens,
        columns.output_tokens,
        columns.cost_usd,
        columns.created_at,
        columns.created_at,
    ).where(columns.calls > 0)
    names = ("id", "recording_key", "insight", "question_hash", "run_id", "state", "model", "prompt_version")
    counts = ("input_tokens", "cached_tokens", "output_tokens", "cost_usd", "created_at", "ended_at")
    answers = sa.table("paid_answers", *(sa.column(name) for name in (*names, *counts)))
    connection.execute(sa.insert(answers).from_select([*names, *counts], paid))


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_deliveries_recording", table_name="webhook_deliveries")
    op.create_index("ix_webhook_deliveries_recording_key", "webhook_deliveries", ["recording_key"])
    op.drop_column("webhook_deliveries", "host")
    op.drop_column("webhook_deliveries", "target")
    op.drop_column("run_leases", "host")
    op.drop_table("webhook_endpoints")
    op.drop_table("write_marks")
    op.drop_table("provider_outages")
    op.drop_index("ix_paid_answers_state", table_name="paid_answers")
    op.drop_index("ix_paid_answers_question", table_name="paid_answers")
    op.drop_table("paid_answers")
