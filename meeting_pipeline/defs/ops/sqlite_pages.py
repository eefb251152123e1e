"""Freed pages of a SQLite database hold what was deleted until they are overwritten.

Must not go here: which databases (``dagster_storage.py``), our own (``store/engine/database.py``).
"""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from meeting_pipeline import policies

_BUSY_S: Final = 30.0
"""As long as Dagster itself waits for a SQLite database that somebody else writes."""
_INSTRUCTIONS: Final = 1000
"""Of SQLite, between two looks at the clock: less than a millisecond."""


def compact_sqlite(path: Path) -> None:
    """Write a SQLite database anew, without freed pages, and empty its journal. Readers go on, writers wait.

    It is given up before writers give up. Raises: sqlite3.Error if it is locked or takes too long, or the disk has no room
    for a second copy.
    """
    with closing(sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)) as connection:
        # The lock may be waited for; the time in which others wait for us begins when we have it.
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("COMMIT")
        until = time.monotonic() + policies.COMPACTING_SECONDS
        connection.set_progress_handler(lambda: time.monotonic() > until, _INSTRUCTIONS)
        connection.execute("VACUUM")
        connection.set_progress_handler(None, 0)
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise sqlite3.OperationalError("database is locked: its journal is in use")
