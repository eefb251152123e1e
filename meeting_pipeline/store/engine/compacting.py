"""Overwrites deleted data: a database keeps the contents of freed pages, and of its journal, until they are used again.

Must not go here: deleting, and when it is time to compact (``steps/operations/delete.py``).
"""

import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from meeting_pipeline.store import policies
from meeting_pipeline.store.engine.database import Database

_INSTRUCTIONS = 1000
"""SQLite instructions between two checks of the clock while a database is compacted: less than a millisecond."""


def compact(database: Database, tables: Iterable[str]) -> str | None:
    """Overwrite the space of deleted rows: rewrites an SQLite file; on PostgreSQL only frees the space (``VACUUM``).

    Returns why this is not possible now: another process writes or reads for too long, or there is no space for a second
    copy.
    """
    try:
        if database.sqlite:
            return _compact_sqlite(database)
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in tables:
                connection.execute(text(f'VACUUM "{table}"'))
    except (DBAPIError, sqlite3.Error, PoolTimeout):
        return "database_busy"
    return None


def empty_journal(database: Database) -> None:
    """Write an SQLite journal into its file and empty it, so that old page contents are gone; no effect on PostgreSQL.

    If a reader blocks it for too long, the next write does it: not an error.
    """
    if not database.sqlite:
        return
    with suppress(DBAPIError, sqlite3.Error, PoolTimeout), closing(database.engine.raw_connection()) as raw:
        raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _compact_sqlite(database: Database) -> str | None:
    raw = database.engine.raw_connection()  # outside of any transaction
    try:
        cursor = raw.cursor()
        cursor.execute("BEGIN IMMEDIATE")  # others may hold the lock; they wait for us only once we do
        cursor.execute("COMMIT")
        with _ends_in_time(raw.driver_connection):
            cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [busy, *_] = cursor.fetchall()[0]
        cursor.close()
    finally:
        raw.close()
    return "database_busy" if busy else None


@contextmanager
def _ends_in_time(connection: Any) -> Iterator[None]:
    """Interrupt an SQLite statement inside the block before other writers run into their timeout."""
    until = time.monotonic() + policies.COMPACTING_SECONDS
    connection.set_progress_handler(lambda: time.monotonic() > until, _INSTRUCTIONS)
    try:
        yield
    finally:
        connection.set_progress_handler(None, 0)
