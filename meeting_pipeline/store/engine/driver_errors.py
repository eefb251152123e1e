"""The meaning of a driver's error: whether the database is unavailable, busy or out of space, and the message for people.

Belongs here: the codes of SQLite and PostgreSQL for which the machine, not the statement, is at fault.
Must not go here: the reaction to them (``transaction_retry.py``).
"""

import sqlite3
from typing import Final

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from meeting_pipeline.domain.errors import StoreUnavailable

_ADVICE: Final = {
    "database_unreachable": "Start the database, or repair the connection to it. Recordings wait and resume automatically.",
    "database_connections": "Raise max_connections or the limit of the role, or process fewer recordings in parallel. "
    "`meeting-pipeline doctor` says how many are needed. Recordings wait and resume automatically.",
    "database_busy": "Look for a program that holds a lock on it. Recordings wait and resume automatically.",
    "database_read_only": "Make it writable, or point the settings at the primary server. Recordings wait.",
    "disk_full": "Free some space. Recordings wait and resume automatically; nothing is lost.",
    "disk_error": "Check the disk and its mount (`dmesg` says more). Recordings wait and resume automatically.",
}
_STATES: Final = {
    "database_unreachable": "does not respond",
    "database_connections": "accepts no more connections",
    "database_busy": "is busy: another program, or another transaction, holds a lock on it",
    "database_read_only": "is read-only",
    "disk_full": "has no space left on its disk",
    "disk_error": "has a problem with its disk",
}
_SQLITE: Final = {
    sqlite3.SQLITE_BUSY: "database_busy",
    sqlite3.SQLITE_LOCKED: "database_busy",
    sqlite3.SQLITE_READONLY: "database_read_only",
    sqlite3.SQLITE_FULL: "disk_full",
    sqlite3.SQLITE_IOERR: "disk_error",
    sqlite3.SQLITE_CANTOPEN: "database_unreachable",
}
"""By primary result code: https://sqlite.org/rescode.html."""
_SQLITE_NO_ROOM: Final = (sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_WRITE)
"""Extended codes caused by a full disk where SQLite does not report it: the shared-memory file, and a short write."""
_POSTGRES: Final = {
    "08": "database_unreachable",
    "57P": "database_unreachable",  # shut down, crashed, starting up
    "53300": "database_connections",
    "25P03": "database_unreachable",  # our transaction was idle for too long and the server ended the connection
    "40": "database_busy",  # serialization failure, deadlock: the transaction was rolled back
    "55P03": "database_busy",
    "57014": "database_busy",  # statement timeout
    "25006": "database_read_only",
    "53100": "disk_full",
    "58030": "disk_error",
}
"""By SQLSTATE or its prefix: https://www.postgresql.org/docs/current/errcodes-appendix.html."""
_NO_CONNECTION: Final = ("too many clients", "too many connections", "remaining connection slots are reserved")
"""PostgreSQL's messages in English: psycopg2 gives no SQLSTATE for a refused connection."""


def typed_error(error: Exception, described: str, reason: str) -> StoreUnavailable | None:
    """The typed error, or ``None`` if the statement is at fault. ``reason``: the driver's message, without secrets."""
    code = _code(error)
    if code is None:
        return None
    return StoreUnavailable(code, f"The database at {described} {_STATES[code]} ({reason}).", _ADVICE[code])


def read_only(described: str) -> StoreUnavailable:
    """The error for a server that accepts no writes."""
    code = "database_read_only"
    reason = "its transactions are read-only: a standby server, or default_transaction_read_only"
    return StoreUnavailable(code, f"The database at {described} {_STATES[code]} ({reason}).", _ADVICE[code])


def _code(error: Exception) -> str | None:
    if isinstance(error, PoolTimeout):
        return "database_busy"
    if not isinstance(error, DBAPIError):
        return None
    if isinstance(error.orig, sqlite3.Error):
        return _sqlite_code(error.orig)
    state = getattr(error.orig, "pgcode", None) or ""
    known = next((code for start, code in _POSTGRES.items() if state.startswith(start)), None)
    if known is None and (error.connection_invalidated or not state) and _is_about_the_connection(error):
        refused = any(words in str(error.orig) for words in _NO_CONNECTION)
        return "database_connections" if refused else "database_unreachable"
    return known


def _sqlite_code(error: sqlite3.Error) -> str | None:
    full = getattr(error, "sqlite_errorcode", None)
    if full is None:
        return None
    return "disk_full" if full in _SQLITE_NO_ROOM else _SQLITE.get(full & 0xFF)


def _is_about_the_connection(error: DBAPIError) -> bool:
    """Without a SQLSTATE there was no response from the server: psycopg2 uses these types for it."""
    return type(error.orig).__name__ in ("OperationalError", "InterfaceError") or error.connection_invalidated
