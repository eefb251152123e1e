"""Carries the sequences of a database over to another one: no number is issued twice, not even that of a deleted row.

Must not go here: rows (``copying.py``).
"""

from collections.abc import Iterable

from sqlalchemy import Table, func, select, text
from sqlalchemy.orm import Session

_SQLITE = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
_SQLITE_RAISE = text("UPDATE sqlite_sequence SET seq = :last WHERE name = :name AND seq < :last")
_SQLITE_BEGIN = text(
    "INSERT INTO sqlite_sequence (name, seq) SELECT :name, :last WHERE NOT EXISTS "
    "(SELECT 1 FROM sqlite_sequence WHERE name = :name)"
)
_POSTGRES = text("SELECT coalesce(pg_sequence_last_value(CAST(pg_get_serial_sequence(:name, :column) AS regclass)), 0)")
_POSTGRES_RAISE = text("SELECT setval(pg_get_serial_sequence(:name, :column), :last)")


def carry_sequences(tables: Iterable[Table], source: Session, target: Session) -> None:
    """Continue each numbering of the target after the numbers of the source, and after those that it has given itself."""
    for one in tables:
        column = one.autoincrement_column
        if column is None:
            continue
        largest = target.scalar(select(func.max(column))) or 0
        last = max(largest, _last(source, one.name, column.name), _last(target, one.name, column.name))
        if last > 0:
            _raise(target, one.name, column.name, last)


def _is_sqlite(session: Session) -> bool:
    return session.connection().dialect.name == "sqlite"


def _last(session: Session, name: str, column: str) -> int:
    if _is_sqlite(session):
        return session.scalar(_SQLITE, {"name": name}) or 0
    return session.scalar(_POSTGRES, {"name": name, "column": column}) or 0


def _raise(session: Session, name: str, column: str, last: int) -> None:
    if _is_sqlite(session):
        session.execute(_SQLITE_RAISE, {"name": name, "last": last})
        session.execute(_SQLITE_BEGIN, {"name": name, "last": last})
    else:
        session.execute(_POSTGRES_RAISE, {"name": name, "column": column, "last": last})
