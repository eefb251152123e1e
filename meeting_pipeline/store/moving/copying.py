"""Copies every row of the store into an empty database of the other kind, in one transaction, and compares each with its copy.

A table that is added later is copied without a change here. Must not go here: sequences (``numbering.py``).
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    LargeBinary,
    Select,
    Table,
    TableClause,
    Text,
    TextClause,
    cast,
    column,
    delete,
    insert,
    literal,
    select,
    table,
    text,
)
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.metrics.counters import count_from_here, count_new
from meeting_pipeline.store.moving.numbering import carry_sequences
from meeting_pipeline.store.search.rebuilding import note_all
from meeting_pipeline.store.tables import (
    Base,
    CompatibleSchema,
    FeedEntry,
    MachineRow,
    SearchLine,
    SearchMeeting,
    SearchName,
    SearchPending,
    Tally,
    TallyChange,
    WriteMark,
)

_NOT_COPIED: Final = frozenset(
    model.__tablename__
    for model in (
        SearchLine, SearchMeeting, SearchName, SearchPending,  # rebuilt: each kind of database stores its own form of words
        CompatibleSchema,  # written by the migrations
        MachineRow,  # of processes that have stopped
        WriteMark,  # of connections to the old database
    )
)  # fmt: skip
_SUMS: Final = frozenset({Tally.__tablename__, TallyChange.__tablename__})
"""Triggers of the new database count the copied rows; the counts of the old database replace theirs."""
_ROWS: Final = 500
"""Rows in memory at a time ..."""
_LONG_ROWS: Final = 20
"""... of tables with JSON or bytes: one of these rows can hold a whole transcript."""
_NO_IDLE_LIMIT: Final = text("SET LOCAL idle_in_transaction_session_timeout = 0")
"""One database does nothing while the copy of a large table is read from the other."""

Copied = Callable[[str, int], None]
"""Is called with the name of a table and the number of its rows."""


def copy_rows(source: Database, target: Database, tell: Copied) -> int:
    """Copy all rows; returns how many. Both have the newest schema, and nothing else writes into either.

    Raises: OperatorError ``database_not_empty``, ``row_refused``, ``row_unreadable``, ``copy_differs``; StoreUnavailable.
        Nothing was written then.
    """
    with source.write() as session:
        while count_new(session):
            pass  # so that the next event to count is the next one that happens, in whatever order databases number them
    total = 0
    # SQLite: nothing may write into the file meanwhile, because the data would be gone with the file afterwards.
    with source.write() if source.sqlite else source.read() as reading, target.write() as writing:
        (writing if source.sqlite else reading).execute(_NO_IDLE_LIMIT)
        if not target.sqlite:
            writing.execute(_lock_tables())
        _require_empty(writing, target)
        tables = [one for one in Base.metadata.sorted_tables if one.name not in _NOT_COPIED]
        for one in sorted(tables, key=lambda one: one.name in _SUMS):  # stable: the sums come last
            total += _copy(one, source, reading, writing, target, tell)
        carry_sequences(tables, reading, writing)
        count_from_here(writing)
        note_all(writing)
    return total


def _lock_tables() -> TextClause:
    """Keeps other processes from writing into PostgreSQL's tables: another move, whose rows would mix with these, or `up`."""
    names = ", ".join(f'"{one.name}"' for one in Base.metadata.sorted_tables if one.name not in _NOT_COPIED)
    return text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE")


def _require_empty(session: Session, target: Database) -> None:
    for one in Base.metadata.sorted_tables:
        if one.name not in _NOT_COPIED and session.execute(select(literal(1)).select_from(one).limit(1)).first():
            raise OperatorError(
                "database_not_empty",
                f"The database {target.errors.described} has rows already, in the table {one.name}.",
                "Create a new database and name that.",
            )


def _copy(one: Table, source: Database, reading: Session, writing: Session, target: Database, tell: Copied) -> int:
    plain, query, count, expected = _plain(one), _selected(one, target), 0, 0
    number = _LONG_ROWS if any(isinstance(each.type, JSON | LargeBinary) for each in one.columns) else _ROWS
    if one.name in _SUMS:
        writing.execute(delete(plain))
    for found_rows in _read(one, source, lambda: _batches(reading, query, number)):
        rows = found_rows if target.sqlite else [_storable(row) for row in found_rows]
        try:
            writing.execute(insert(plain), [dict(zip(plain.columns.keys(), row, strict=True)) for row in rows])
        except (DataError, IntegrityError) as error:
            raise OperatorError(
                "row_refused",
                f"The new database refuses a row of the table {one.name}: {target.errors.reason(error)}",
                "The old database is unchanged. Report this: it is a bug.",
            ) from error
        count, expected = count + len(rows), expected + sum(map(_digest, rows))
    tell(one.name, count)
    found = sum(_digest(row) for rows in _batches(writing, query, number) for row in rows)
    if found != expected:
        raise OperatorError(
            "copy_differs",
            f"The copy of the table {one.name} differs from the original.",
            "The old database is unchanged. Check the disk; if it happens again, report it.",
        )
    return count


def _plain(one: Table) -> TableClause:
    """The table with JSON as text instead of values, so that it is copied unchanged, even a ``null``."""
    return table(one.name, *(column(each.name, Text() if _is_json(each.type) else each.type) for each in one.columns))


def _is_json(kind: object) -> bool:
    return isinstance(kind, JSON)


def _selected(one: Table, target: Database) -> Select[Any]:
    columns: list[Any] = []
    for each in one.columns:
        if target.sqlite and each.table.name == FeedEntry.__tablename__ and each.name == "transaction":
            # PostgreSQL's numbers; on SQLite the order is just the position.
            columns.append(literal(0).label(each.name))
        else:
            columns.append(cast(each, Text).label(each.name) if _is_json(each.type) else each)
    return select(*columns)


def _batches(session: Session, query: Select[Any], number: int) -> Iterator[Sequence[Any]]:
    return session.execute(query, execution_options={"yield_per": number}).partitions()


def _read(one: Table, source: Database, batches: Callable[[], Iterator[Sequence[Any]]]) -> Iterator[Sequence[Any]]:
    try:
        yield from batches()
    except DBAPIError as error:
        if source.errors.typed_error(error) is not None:
            raise
        raise OperatorError(  # ``from None``: the driver quotes the text
            "row_unreadable",
            f"A row of the table {one.name} cannot be read: its text is damaged.",
            "Nothing was changed. Restore a backup, or delete that recording.",
        ) from None


def _storable(row: Sequence[Any]) -> Sequence[Any]:
    """PostgreSQL's texts have no NUL, SQLite's can: a sign that stands for what cannot be shown takes its place."""
    return [value.replace("\0", "\ufffd") if isinstance(value, str) and "\0" in value else value for value in row]


def _digest(row: Sequence[Any]) -> int:
    """The same for the same values, whatever the database. Digests are added: the order of rows differs."""
    values = repr([_comparable(value) for value in row])
    return int.from_bytes(hashlib.sha256(values.encode("utf-8", "surrogatepass")).digest(), "big")


def _comparable(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
