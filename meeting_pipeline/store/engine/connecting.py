"""How a process connects to SQLite and to PostgreSQL, and how connections are set up.

Add a pragma or a pool setting here. Must not go here: transactions (``database.py``), the schema (``schema.py``).
"""

import random
import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url

from meeting_pipeline.foundation.postgres_timeouts import TIMEOUTS
from meeting_pipeline.store.engine.transaction_retry import pauses

_SQLITE = "sqlite:///"
_BUSY_SECONDS = 30
"""How long a writer waits for another on SQLite: transactions here take milliseconds, but a disk may stall for seconds."""
_BUSY_LOOK_SECONDS = 0.003
"""How often it looks whether it is its turn. SQLite itself would look less and less often, up to every 0.1 s: with many writers,
most of the time nobody writes then, and single ones wait for seconds (``benchmarks/README.md``)."""
_POOL_KEPT = 2
"""Idle connections that a process keeps. Each run is a process, so more would use up most of the server's limit."""
_POOL_MOST = 12
"""Connections of a process at peak load; ``connection_limits.py`` relies on it."""
_LOCK_SECONDS = 30
"""How long a statement waits for another transaction's lock, as on SQLite."""
_IDLE_SECONDS = 60
"""The server ends a transaction that is idle for this long: a frozen worker must not keep its locks."""


def read_url(url: str) -> URL:
    """Parse the URL. SQLAlchemy would cut the path of an SQLite file at a ``?``; our SQLite URLs have no query.

    Raises: ArgumentError, ValueError.
    """
    if url.startswith(_SQLITE):
        return URL.create("sqlite", database=url.removeprefix(_SQLITE))
    return make_url(url)


def make_engine(url: URL, *, at_most: int | None = None) -> Engine:
    """Create an engine, which connects on first use. ``at_most``: its connections at peak load, if not the usual number."""
    # hide_parameters: the values of a failed statement are transcript text, and its exception appears in Dagster's log.
    if url.get_backend_name() != "sqlite":
        made = create_engine(
            url,
            hide_parameters=True,
            pool_size=_POOL_KEPT,
            max_overflow=(at_most or _POOL_MOST) - _POOL_KEPT,
            pool_pre_ping=True,
            connect_args=dict(TIMEOUTS),
        )
        event.listen(made, "connect", _prepare_postgres)
        return made
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    pool = {} if at_most is None else {"pool_size": at_most, "max_overflow": 0}
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": _BUSY_SECONDS}, **pool)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_postgres(connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SET lock_timeout = '{_LOCK_SECONDS}s'; SET idle_in_transaction_session_timeout = '{_IDLE_SECONDS}s'"
        )
    connection.commit()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy begins transactions itself: see _begin_sqlite
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_SECONDS * 1000}")
    _write_ahead(cursor)
    cursor.execute("PRAGMA synchronous = FULL")  # an accepted recording survives a power cut
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA secure_delete = ON")  # deleted data is overwritten, not left in free pages
    cursor.close()


def _write_ahead(cursor: Any) -> None:
    # SQLite refuses the change to WAL at once, regardless of the busy timeout, while another process makes the same
    # change to a new file: https://sqlite.org/c3ref/busy_handler.html explains when the handler is not called.
    until = time.monotonic() + _BUSY_SECONDS
    for pause in pauses():
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() + pause > until:
                raise
        time.sleep(pause)


def _begin_sqlite(connection: Connection) -> None:
    if connection.get_execution_options().get("mode", "write") == "read":
        connection.exec_driver_sql("BEGIN")
    elif not _begin_writing(connection.connection.driver_connection):
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # raises what a writer gets that waited in vain


def _begin_writing(connection: Any) -> bool:
    """Wait for the write lock. Returns whether this transaction has it; if not, ``BEGIN IMMEDIATE`` says why."""
    until = time.monotonic() + _BUSY_SECONDS
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        while time.monotonic() < until:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.Error as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    return False
            else:
                return True
            time.sleep(_BUSY_LOOK_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
    finally:
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_SECONDS * 1000}")
    return False
