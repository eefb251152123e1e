"""Vectors of what was said, for search by meaning. All recordings that are indexed are noted: they get theirs once it is on."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "search_vectors",
        sa.Column("recording_key", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_segment", sa.Integer(), nullable=False),
        sa.Column("last_segment", sa.Integer(), nullable=False),
        sa.Column("start_character", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["recording_key"], ["recordings.key"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("recording_key", "position"),
    )
    op.create_table(
        "search_vector_sets",
        sa.Column("recording_key", sa.String(length=80), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("signs", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["recording_key"], ["recordings.key"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("recording_key"),
    )
    op.create_index("ix_search_vector_sets_due", "search_vector_sets", ["due_at", "recording_key"])
    op.create_index("ix_search_vector_sets_model", "search_vector_sets", ["model"])
    if op.get_bind().dialect.name != "sqlite":  # numbers do not get smaller, and trying to costs time
        op.execute("ALTER TABLE search_vectors ALTER COLUMN vector SET STORAGE EXTERNAL")
        op.execute("ALTER TABLE search_vector_sets ALTER COLUMN signs SET STORAGE EXTERNAL")
    op.execute(
        "INSERT INTO search_vector_sets (recording_key, due_at, failures, model, digest) "
        "SELECT recording_key, '2000-01-01 00:00:00.000000', 0, '', '' FROM search_meetings"
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("search_vector_sets")
    op.drop_table("search_vectors")
