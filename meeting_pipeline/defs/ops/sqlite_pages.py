"""Removes the freed pages of a SQLite database, which hold deleted data until they are overwritten.

Either at once and completely by rewriting the file, while others wait (``compact_sqlite``), or page by page in very short
transactions (``give_back``), in files that were created for that.
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
_PATIENCE_MS: Final = 1000
"""How long emptying the journal waits for readers: writers wait for it meanwhile."""
_INCREMENTAL: Final = 2
"""SQLite's number for ``auto_vacuum = INCREMENTAL``."""
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
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # takes effect with the rewrite: see `give_back`
        connection.execute("VACUUM")
        connection.set_progress_handler(None, 0)
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise sqlite3.OperationalError("database is locked: its journal is in use")


def give_back(path: Path, until: float) -> bool:
    """Give the freed pages of a SQLite database back to the file system, a few at a time, with pauses for other writers.

    Returns false if the file was made without that ability (by 0.1.0, or by Dagster itself); rewriting it adds it.
    ``until``: when to stop, on the monotonic clock. Raises: sqlite3.Error.
    """
    with closing(sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)) as connection:
        if connection.execute("PRAGMA auto_vacuum").fetchone()[0] != _INCREMENTAL:
            return False
        connection.execute("PRAGMA synchronous = NORMAL")
        before = None
        while (free := connection.execute("PRAGMA freelist_count").fetchone()[0]) and time.monotonic() < until:
            if before is not None and free >= before:
                break  # a reader of an old state holds them
            before, began = free, time.monotonic()
            # As a script: `execute` ends after the first row of a statement, and this one frees a page for each.
            connection.executescript(f"PRAGMA incremental_vacuum({policies.PRUNE_PAGES})")
            time.sleep(min(time.monotonic() - began, policies.PRUNE_PAUSE_SECONDS))
        # The file is as long as before until its journal is written back. If readers are in the way, it happens later.
        connection.execute(f"PRAGMA busy_timeout = {_PATIENCE_MS}")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return True


def freed_share(path: Path) -> float:
    """The share of a SQLite database that is freed pages. Raises: sqlite3.Error."""
    with closing(sqlite3.connect(path, timeout=_BUSY_S)) as connection:
        freed, pages = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("freelist_count", "page_count"))
    return float(freed / pages) if pages else 0.0
