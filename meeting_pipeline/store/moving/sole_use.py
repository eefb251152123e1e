"""Whether another process has an SQLite database open: if it keeps writing to a file that was moved, its data is lost.

Must not go here: what follows from it (``backup/moving.py``).
"""

import sqlite3
from contextlib import closing
from pathlib import Path


def is_used_by_others(file: Path) -> bool:
    """Whether another connection has it open, of this process or any. If not, everything is in the one file afterwards.

    SQLite leaves the mode with a log next to the file (WAL) only for the last connection. The next one returns to it.
    """
    with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as connection:
        try:
            [mode] = connection.execute("PRAGMA journal_mode = DELETE").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                return True
            raise
    return bool(mode != "delete")
