"""Words in parts (`e-mail`, `1,500`) are found as one, and the other way round: all recordings are indexed again."""

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute(
        "INSERT INTO search_pending (recording_key) SELECT key FROM recordings WHERE true "
        "ON CONFLICT (recording_key) DO NOTHING"
    )


def downgrade() -> None:
    """Nothing to undo: what is noted is indexed, whatever the words are."""
