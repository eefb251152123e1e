"""The error code and the service of a provider that were renamed: what waits keeps its reason, by the new name.

Events and counters stay as they were written: they are history, and nothing acts on their codes.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_RENAMED = (
    ("recordings", "error_code", "machine_trouble", "infrastructure_error"),
    ("provider_outages", "service", "answers", "llm_calls"),
)


def upgrade() -> None:
    """Apply."""
    for table, column, old, new in _RENAMED:
        _rename(table, column, old, new)


def downgrade() -> None:
    """Undo."""
    for table, column, old, new in _RENAMED:
        _rename(table, column, new, old)


def _rename(table: str, name: str, old: str, new: str) -> None:
    column = sa.column(name, sa.String)
    op.execute(sa.update(sa.table(table, column)).where(column == old).values({name: new}))
