"""People over meetings. Every recording is noted for the index, which reads its names; nothing is read here."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "person_names",
        sa.Column("recording_key", sa.String(80), sa.ForeignKey("recordings.key"), nullable=False),
        sa.Column("folded", sa.String(200), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("base_id", sa.String(40), nullable=False),
        sa.Column("person_id", sa.String(40), nullable=False),
        sa.Column("series", sa.String(200), nullable=False),
        sa.Column("meeting_date", sa.Date(), nullable=False),
        sa.Column("talk_ms", sa.Integer(), nullable=True),
        sa.Column("invited", sa.Boolean(), nullable=False),
        sa.Column("acts", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("recording_key", "folded"),
    )
    op.create_index("ix_person_names_person", "person_names", ["person_id", "meeting_date", "recording_key", "talk_ms"])
    op.create_index("ix_person_names_folded", "person_names", ["folded", "series"])
    op.create_index("ix_person_names_base_id", "person_names", ["base_id"])
    op.create_table(
        "person_edits",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("person_id", sa.String(40), nullable=False),
        sa.Column("other_id", sa.String(40), nullable=True),
        sa.Column("folded", sa.String(200), nullable=True),
        sa.Column("scope", sa.String(200), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("edited_by", sa.Text(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("number"),
        sqlite_autoincrement=True,
    )
    for column in ("person_id", "other_id", "folded"):
        op.create_index(f"ix_person_edits_{column}", "person_edits", [column])
    op.execute(
        "INSERT INTO search_pending (recording_key) SELECT key FROM recordings WHERE true "
        "ON CONFLICT (recording_key) DO NOTHING"
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("person_edits")
    op.drop_table("person_names")
