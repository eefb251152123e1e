"""What made the current result of each insight, so that those that would be made otherwise today are found by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_REPLACED = "transcript-replaced"
_CHANGED = "transcript_changed"
"""Code of the gap of an insight whose transcript was replaced."""


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "result_origins",
        sa.Column("recording_key", sa.String(length=80), nullable=False),
        sa.Column("result", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=80), nullable=False),
        sa.Column("provider", sa.String(length=64), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("input_tokens", sa.Integer(), nullable=False),
        sa.Column("cached_tokens", sa.Integer(), nullable=False),
        sa.Column("cache_write_tokens", sa.Integer(), nullable=False),
        sa.Column("output_tokens", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["recording_key"], ["recordings.key"]),
        sa.PrimaryKeyConstraint("recording_key", "result"),
    )
    op.create_table(
        "fingerprints_in_use",
        sa.Column("result", sa.String(length=64), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fingerprint", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("result", "since"),
    )
    _fill()
    op.create_index("ix_result_origins_fingerprint", "result_origins", ["result", "fingerprint", "recording_key"])


def downgrade() -> None:
    """Undo."""
    op.drop_table("fingerprints_in_use")
    op.drop_table("result_origins")


def _fill() -> None:
    """One row for each insight that has a result.

    A version that was carried over to a new transcript made no calls: what the result took is taken from the last version that
    made some.
    """
    bind = op.get_bind()
    text = "json_extract({}, '$.{}')" if bind.dialect.name == "sqlite" else "({}::json ->> '{}')"
    provider, model = text.format("a.provenance", "provider"), text.format("a.provenance", "model")
    op.execute(
        f"""
        INSERT INTO result_origins (recording_key, result, fingerprint, provider, model, since, calls, input_tokens,
                                    cached_tokens, cache_write_tokens, output_tokens)
        SELECT a.recording_key, a.kind,
               CASE WHEN g.insight IS NULL THEN a.prompt_version ELSE '{_REPLACED}' END,
               COALESCE({provider}, ''), COALESCE({model}, ''), COALESCE(g.since, a.created_at),
               COALESCE(p.calls, 0), COALESCE(p.input_tokens, 0), COALESCE(p.cached_tokens, 0),
               COALESCE(p.cache_write_tokens, 0), COALESCE(p.output_tokens, 0)
        FROM artifacts a
        JOIN (SELECT recording_key, kind, MAX(version) AS version FROM artifacts WHERE available
              GROUP BY recording_key, kind) newest
          ON newest.recording_key = a.recording_key AND newest.kind = a.kind AND newest.version = a.version
        LEFT JOIN (SELECT recording_key, kind, MAX(version) AS version FROM artifacts WHERE available AND calls > 0
                   GROUP BY recording_key, kind) asked
          ON asked.recording_key = a.recording_key AND asked.kind = a.kind
        LEFT JOIN artifacts p ON p.recording_key = asked.recording_key AND p.kind = asked.kind AND p.version = asked.version
        LEFT JOIN gaps g ON g.recording_key = a.recording_key AND g.insight = a.kind AND g.code = '{_CHANGED}'
        WHERE a.prompt_version IS NOT NULL
        """  # noqa: S608 - only constants of this file
    )
