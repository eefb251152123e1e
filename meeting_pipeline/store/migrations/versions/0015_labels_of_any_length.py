"""Labels of a total may be as long as their values are: 400 characters were too few for a long name of a model.

Only this table is rebuilt on SQLite; no trigger is on it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("tallies") as table:
        table.alter_column("labels", existing_type=sa.String(400), type_=sa.Text(), existing_nullable=False)


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("tallies") as table:
        table.alter_column("labels", existing_type=sa.Text(), type_=sa.String(400), existing_nullable=False)
