"""SQLAlchemy engines of Dagster's SQLite databases: one per file in each process, with its connections kept open.

Dagster itself creates an engine for every statement. Each engine compiles its SQL again, and each close of the last connection
writes the whole journal back into the database. Here both are done once.

A file that was replaced, as by a restored backup, gets a new engine.
Belongs here: opening databases. Must not go here: what is in them, engines and forks (``kept_engines.py``).
"""

import fcntl
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from meeting_pipeline.dagster_storage.kept_engines import KeptEngines
from meeting_pipeline.dagster_storage.policies import (
    BUSY_SECONDS,
    KEPT_CONNECTIONS,
    PREPARING_SECONDS,
)
from meeting_pipeline.domain.errors import OperatorError

if TYPE_CHECKING:
    import sqlalchemy as sa

_Identity = tuple[int, int]
"""Device and inode of a file."""
_LOCK_FILE: Final = ".preparing"
_LOOK_SECONDS: Final = 0.05
"""Between two attempts to get the lock."""


class SqliteEngines(KeptEngines[Path]):
    """The engines of one process. Use the module's functions, which share one object."""

    def __init__(self) -> None:
        super().__init__(_new_engine)
        self._identities: dict[Path, _Identity | None] = {}
        self._prepared: set[tuple[Path, _Identity]] = set()

    def of(self, path: Path) -> "sa.Engine":
        """The engine of a database file. Creates the file if it does not exist."""
        with self._lock:
            identity, known = _identity(path), self._identities.get(path)
            if path in self._kept and known is not None and known != identity:
                self._kept.pop(path).dispose()  # the file was removed or replaced
            self._identities[path] = identity
            return self._keep(path)

    def is_prepared(self, path: Path) -> bool:
        """Whether this process, or the one that it was forked from, has checked the tables of this file."""
        identity = _identity(path)
        return identity is not None and (path, identity) in self._prepared

    def mark_prepared(self, path: Path) -> None:
        """Remember that the tables of this file exist."""
        identity = _identity(path)
        if identity is not None:
            self._prepared.add((path, identity))


@contextmanager
def connected(path: Path) -> Iterator["sa.Connection"]:
    """A transaction on this database, committed at the end."""
    with _engines.of(path).connect() as connection, connection.begin():
        yield connection


@contextmanager
def preparing(path: Path) -> Iterator[bool]:
    """Check or create the tables of a database: true for the first user in this process, whom other processes wait for."""
    if _engines.is_prepared(path):
        yield False
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent / _LOCK_FILE).open("a") as lock:
        _take(lock, path)
        _make(path)
        yield True
        with _engines.of(path).connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")  # a restored database has another journal
        _engines.mark_prepared(path)


def _make(path: Path) -> None:
    """Create a missing database so that its freed pages can be given back one by one: possible only before its first table."""
    if path.exists() and path.stat().st_size:
        return
    with closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as connection:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")


def _take(lock: IO[str], path: Path) -> None:
    until = time.monotonic() + PREPARING_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > until:
                raise OperatorError(
                    "database_unusable",
                    f"Another process has been preparing {path} for {PREPARING_SECONDS:g} s.",
                    f"End the process that holds {path.parent / _LOCK_FILE} (`fuser` names it): it may be frozen.",
                ) from error
            time.sleep(_LOOK_SECONDS)
        else:
            return


def _new_engine(path: Path) -> "sa.Engine":
    import sqlalchemy as sa

    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        pool_size=KEPT_CONNECTIONS,
        max_overflow=-1,  # a thread never waits for another's connection
        connect_args={"timeout": BUSY_SECONDS},
    )

    @sa.event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _: Any) -> None:
        # What a power failure can lose is made again from the results (`meeting-pipeline reconcile`).
        connection.execute("PRAGMA synchronous = NORMAL")

    return engine


def _identity(path: Path) -> _Identity | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


_engines: Final = SqliteEngines()
