"""Purchases whose price is unknown, tokens written to a provider's cache, and what was spent on the day of a deletion.

Costs that are stored already were computed from the settings of their time, and stay as they are.
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_NUMBERS: Final = {
    "paid_answers": ("cache_write_tokens", "unpriced_calls"),
    "artifacts": ("cache_write_tokens", "unpriced_calls"),
    "transcription_orders": ("unpriced",),
    "deleted_recordings": ("unpriced",),
}


def upgrade() -> None:
    """Apply."""
    for table, names in _NUMBERS.items():
        for name in names:
            op.add_column(table, sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.add_column("transcription_orders", sa.Column("expected_usd", sa.Float(), nullable=False, server_default="0"))
    op.add_column("deleted_recordings", sa.Column("day_usd", sa.Float(), nullable=False, server_default="0"))
    op.create_index("ix_orders_ordered_at", "transcription_orders", ["ordered_at"])


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_orders_ordered_at", "transcription_orders")
    op.drop_column("deleted_recordings", "day_usd")
    op.drop_column("transcription_orders", "expected_usd")
    for table, names in _NUMBERS.items():
        for name in names:
            op.drop_column(table, name)
