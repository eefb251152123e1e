"""Voices of speakers, for suggestions of people. Both tables stay empty unless somebody turns it on."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "voice_sets",
        sa.Column("recording_key", sa.String(length=80), nullable=False),
        sa.Column("model", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["recording_key"], ["recordings.key"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("recording_key"),
    )
    op.create_table(
        "speaker_voices",
        sa.Column("recording_key", sa.String(length=80), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("folded", sa.String(length=200), nullable=False),
        sa.Column("model", sa.String(length=64), nullable=False),
        sa.Column("heard_ms", sa.Integer(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["recording_key"], ["recordings.key"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("recording_key", "label"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("speaker_voices")
    op.drop_table("voice_sets")
