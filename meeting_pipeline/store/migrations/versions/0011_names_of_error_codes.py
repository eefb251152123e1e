"""The error code that was renamed, in what is shown: a recording that waits keeps its reason, by the new name.

Events and counters stay as they were written: they are history, and nothing acts on their codes.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0009"
branch_labels = None
depends_on = None

_OLD, _NEW = "machine_trouble", "infrastructure_error"


def upgrade() -> None:
    """Apply."""
    _rename(_OLD, _NEW)


def downgrade() -> None:
    """Undo."""
    _rename(_NEW, _OLD)


def _rename(old: str, new: str) -> None:
    code = sa.column("error_code", sa.String)
    op.execute(sa.update(sa.table("recordings", code)).where(code == old).values(error_code=new))
