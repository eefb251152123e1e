"""Costs that do not grow: indexes for lists, sums that are kept instead of computed, and what the cross-meeting tables lack.

Triggers keep the sums: whatever changes a row, and wherever, the change is noted in the same transaction. They only insert, so
no two transactions wait for each other. ``store/metrics/kept_sums.py`` reads the notes and adds them up.

On SQLite, a later migration that rebuilds one of these tables loses its triggers and has to make them again.
"""

from typing import Final, NamedTuple

import sqlalchemy as sa
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
    ("ix_deliveries_host_created", "webhook_deliveries", ["host", "created_at"]),
)
_COLUMNS: Final = "name, labels, number, amount, input, cached, output"


class _Kept(NamedTuple):
    """A sum of rows, grouped by labels. Expressions are written with ``{row}`` for the row's name."""

    name: str
    table: str
    labels: tuple[str, ...]
    number: str = "1"
    amount: str = "0"
    tokens: tuple[str, str, str] = ("0", "0", "0")
    watched: tuple[str, ...] = ()
    """Columns whose update changes the sum."""
    counted: str = ""
    """Condition for a row to count; empty: always."""
    deleted: bool = False
    """Whether a deleted row is subtracted. Otherwise the sum is a total, which keeps it."""


_KEPT: Final = (
    _Kept(
        "recordings",
        "recordings",
        ("{row}.status", "{row}.stage", "coalesce({row}.error_code, '')"),
        watched=("status", "stage", "error_code"),
        deleted=True,
    ),
    _Kept(
        "orders_now",
        "transcription_orders",
        ("{row}.provider", "{row}.state"),
        watched=("provider", "state"),
        deleted=True,
    ),
    _Kept(
        "orders_placed",
        "transcription_orders",
        ("{row}.provider",),
        number="CASE WHEN {row}.ordered_at IS NULL THEN 0 ELSE 1 END",
        amount="{row}.cost_usd",
        watched=("provider", "ordered_at", "cost_usd"),
    ),
    _Kept(
        "calls",
        "paid_answers",
        ("{row}.insight", "{row}.model", "{row}.state", "coalesce({row}.error_code, '')"),
        amount="{row}.cost_usd",
        tokens=("{row}.input_tokens", "{row}.cached_tokens", "{row}.output_tokens"),
        watched=(
            "insight",
            "model",
            "state",
            "error_code",
            "cost_usd",
            "input_tokens",
            "cached_tokens",
            "output_tokens",
        ),
        counted="{row}.state <> 'asking'",
    ),
    _Kept(
        "attempts",
        "webhook_attempts",
        (
            "(SELECT host FROM webhook_deliveries WHERE id = {row}.delivery_id)",
            "CASE WHEN {row}.error_code IS NULL THEN 'delivered' ELSE 'failed' END",
        ),
        amount="{row}.duration_ms",
    ),
)


def upgrade() -> None:
    """Apply."""
    for name, table, columns in _INDEXES:
        op.create_index(name, table, columns)
    op.drop_index("ix_paid_answers_sums", table_name="paid_answers")  # both were for sums that are kept now
    op.drop_index("ix_recordings_status_stage", table_name="recordings")
    op.create_table(
        "tally_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.Float(), nullable=False),
        sa.Column("input", sa.BigInteger(), nullable=False),
        sa.Column("cached", sa.BigInteger(), nullable=False),
        sa.Column("output", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    _begin_catalog()
    sqlite = op.get_bind().dialect.name == "sqlite"
    for kept in _KEPT:
        # The trigger first: it waits for whoever is writing, and what is counted after it misses nothing.
        for statement in _made_on_sqlite(kept) if sqlite else _made_on_postgres(kept):
            op.execute(statement)
        op.execute(_of_all_rows(kept, sqlite=sqlite))


def downgrade() -> None:
    """Undo."""
    for kept in _KEPT:
        if op.get_bind().dialect.name == "sqlite":
            for event in ("insert", "update", "delete"):
                op.execute(f"DROP TRIGGER IF EXISTS tally_{kept.name}_{event}")
        else:
            op.execute(f"DROP TRIGGER tally_{kept.name} ON {kept.table}")
            op.execute(f"DROP FUNCTION meeting_pipeline_tally_{kept.name}()")
    op.execute("DELETE FROM tallies WHERE name LIKE 'kept.%'")  # a later upgrade counts again
    op.drop_table("tally_changes")
    op.drop_table("catalog_version")
    op.drop_table("catalog_changes")
    op.add_column("deleted_recordings", sa.Column("changes", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.create_index(
        "ix_paid_answers_sums",
        "paid_answers",
        ["insight", "model", "state", "error_code", "input_tokens", "cached_tokens", "output_tokens", "cost_usd"],
    )
    op.create_index("ix_recordings_status_stage", "recordings", ["status", "stage", "error_code"])
    for name, table, _ in _INDEXES:
        op.drop_index(name, table_name=table)


def _begin_catalog() -> None:
    """What the cross-meeting tables lack. Tables that exist already are written anew: they have no version."""
    op.create_table(
        "catalog_changes",
        sa.Column("recording_key", sa.String(length=80), nullable=False),
        sa.Column("mark", sa.String(length=40), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("recording_key"),
    )
    op.create_table(
        "catalog_version",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    known = "SELECT 1, 'none' WHERE EXISTS (SELECT 1 FROM recordings) OR EXISTS (SELECT 1 FROM deleted_recordings)"
    op.execute(f"INSERT INTO catalog_version (id, version) {known}")
    op.drop_column("deleted_recordings", "changes")


def _labels(kept: _Kept, row: str, *, sqlite: bool) -> str:
    listed = ", ".join(kept.labels).format(row=row)
    return f"json_array({listed})" if sqlite else f"CAST(json_build_array({listed}) AS text)"


def _note(kept: _Kept, row: str, *, sqlite: bool, sign: str = "") -> str:
    """The statement that notes a row."""
    measures = ", ".join(f"{sign}({value})" for value in (kept.number, kept.amount, *kept.tokens)).format(row=row)
    condition = f" WHERE {kept.counted.format(row=row)}" if kept.counted else ""
    return (
        f"INSERT INTO tally_changes ({_COLUMNS}) "
        f"SELECT '{kept.name}', {_labels(kept, row, sqlite=sqlite)}, {measures}{condition};"
    )


def _of_all_rows(kept: _Kept, *, sqlite: bool) -> str:
    """The statement that notes the sums of the rows that exist already."""
    names = ("number", "amount", "input", "cached", "output")
    values = (kept.number, kept.amount, *kept.tokens)
    measures = ", ".join(f"{value} AS {name}" for name, value in zip(names, values, strict=True)).format(row=kept.table)
    condition = f" WHERE {kept.counted.format(row=kept.table)}" if kept.counted else ""
    rows = f"SELECT {_labels(kept, kept.table, sqlite=sqlite)} AS labels, {measures} FROM {kept.table}{condition}"  # noqa: S608
    return (
        f"INSERT INTO tally_changes ({_COLUMNS}) "  # noqa: S608 - our own constants
        f"SELECT '{kept.name}', labels, {', '.join(f'sum({name})' for name in names)} FROM ({rows}) AS counted GROUP BY labels"
    )


def _made_on_sqlite(kept: _Kept) -> list[str]:
    """A trigger for each kind of change."""
    come, gone = (_note(kept, "NEW", sqlite=True), _note(kept, "OLD", sqlite=True, sign="-"))
    made = [_trigger(kept, "insert", "INSERT", come)]
    if kept.watched:
        changed = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in kept.watched)
        made.append(
            _trigger(kept, "update", f"UPDATE OF {', '.join(kept.watched)}", f"{gone} {come}", f" WHEN {changed}")
        )
    if kept.deleted:
        made.append(_trigger(kept, "delete", "DELETE", gone))
    return made


def _trigger(kept: _Kept, name: str, event: str, body: str, condition: str = "") -> str:
    return f"CREATE TRIGGER tally_{kept.name}_{name} AFTER {event} ON {kept.table}{condition} BEGIN {body} END"


def _made_on_postgres(kept: _Kept) -> list[str]:
    """One function and one trigger for all kinds of changes."""
    come, gone = (_note(kept, "NEW", sqlite=False), _note(kept, "OLD", sqlite=False, sign="-"))
    events, body = ["INSERT"], come
    if kept.watched:
        events.append(f"UPDATE OF {', '.join(kept.watched)}")
        changed = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in kept.watched)
        body = f"IF TG_OP = 'INSERT' THEN {come} ELSIF TG_OP = 'UPDATE' AND ({changed}) THEN {gone} {come} END IF;"
    if kept.deleted:
        events.append("DELETE")
        body = f"IF TG_OP = 'DELETE' THEN {gone} RETURN NULL; END IF; {body}"
    function = f"meeting_pipeline_tally_{kept.name}()"
    return [
        f"CREATE FUNCTION {function} RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$",
        f"CREATE TRIGGER tally_{kept.name} AFTER {' OR '.join(events)} ON {kept.table} "
        f"FOR EACH ROW EXECUTE FUNCTION {function}",
    ]
