"""The views of the contract with analysts, which ``store/engine/schema.py`` creates after every migration."""

from alembic import op

from meeting_pipeline.store.contract.views import drop_views

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""


def downgrade() -> None:
    """Undo: the views would hold back changes of the tables that they show."""
    drop_views(op.get_bind())
