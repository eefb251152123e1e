"""Removes the freed pages of a SQLite database, which hold deleted data until they are overwritten.

Must not go here: which databases (``dagster_tables.py``), our own (``store/engine/database.py``).
"""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from meeting_pipeline.defs import policies

_BUSY_S: Final = 30.0
"""How long it waits for a process that is writing."""
_INSTRUCTIONS: Final = 1000
"""SQLite instructions between two checks of the clock: less than a millisecond."""


def compact_sqlite(path: Path) -> None:
    """Rewrite a SQLite database without freed pages, and empty its journal. Readers continue, writers wait.

    It is aborted before waiting writers time out. Raises: sqlite3.Error if the database is locked, if it takes too long, or
    if the disk has no room for a second copy.
    """
    with closing(sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)) as connection:
        # Waiting for the lock is harmless. Others wait for us only once we have it, so the time limit starts there.
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("COMMIT")
        until = time.monotonic() + policies.COMPACTING_SECONDS
        connection.set_progress_handler(lambda: time.monotonic() > until, _INSTRUCTIONS)
        connection.execute("VACUUM")
        connection.set_progress_handler(None, 0)
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise sqlite3.OperationalError("database is locked: its journal is in use")
