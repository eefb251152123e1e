"""Indexes for the orders in which recordings are listed, so that a page costs the same whatever came before it."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_INDEXES = (
    ("ix_recordings_created", "recordings", ["created_at", "key"]),
    ("ix_recordings_status_created", "recordings", ["status", "created_at", "key"]),
    ("ix_recordings_stage_created", "recordings", ["stage", "created_at", "key"]),
    ("ix_recordings_source_created", "recordings", ["source", "created_at", "key"]),
)


def upgrade() -> None:
    """Apply."""
    for name, table, columns in _INDEXES:
        op.create_index(name, table, columns)


def downgrade() -> None:
    """Undo."""
    for name, table, _ in _INDEXES:
        op.drop_index(name, table_name=table)
