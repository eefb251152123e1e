"""Waiting until the database may hold new events, for the single reader of a process.

SQLite: regular checks of ``PRAGMA data_version``, which changes with every commit of another connection and takes some
microseconds. PostgreSQL: LISTEN, plus regular checks, since notifications are not guaranteed (a pooler between us and the
server drops them).
Must not go here: reading events (``event_log.py``).
"""

import contextlib
import select
import socket
import time
from types import TracebackType
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.store import policies
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.row_helpers import FEED_CHANNEL


class FeedWatch:
    """A dedicated connection, open within ``with``, used by one thread. ``stop`` interrupts a wait from another thread.

    ``poll_s``: how often SQLite is asked for commits, in seconds.
    """

    def __init__(self, database: Database, *, poll_s: float = policies.EVENTS_POLL_SECONDS) -> None:
        self._database = database
        self._poll_s = poll_s
        self._connection: Any = None
        self._version = -1
        self._ears, self._voice = socket.socketpair()
        self._ears.setblocking(False)
        self.stopped = False

    def stop(self) -> None:
        """End the current wait and every later one."""
        self.stopped = True
        with contextlib.suppress(OSError):  # closed already
            self._voice.send(b"x")

    def __enter__(self) -> "FeedWatch":
        """Open the connection. Anything committed from now on ends a wait. Raises: StoreUnavailable."""
        try:
            self._connection = self._database.engine.raw_connection()
            self._connection.detach()
            if self._database.sqlite:
                self._version = self._read_version()
            else:
                self._connection.dbapi_connection.autocommit = True
                with self._connection.cursor() as cursor:
                    cursor.execute(f"LISTEN {FEED_CHANNEL}")
        except self._errors as error:
            self._drop()
            raise self._connection_error(error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._drop()

    def close(self) -> None:
        """Release the connection and the sockets."""
        self._drop()
        self._ears.close()
        self._voice.close()

    def _drop(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(*self._errors):
                self._connection.close()
            self._connection = None

    def wait(self, seconds: float) -> bool:
        """Wait until there may be new events, at most this long. Returns whether there may be some.

        Raises: StoreUnavailable when the connection is gone.
        """
        try:
            return self._wait_for_version(seconds) if self._database.sqlite else self._wait_for_word(seconds)
        except self._errors as error:
            raise self._connection_error(error) from error

    def pause(self, seconds: float) -> None:
        """Wait without checking for events, unless stopped."""
        if not self.stopped:
            select.select([self._ears], [], [], max(0.0, seconds))

    def _wait_for_version(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while not self.stopped:
            self.pause(min(self._poll_s, until - time.monotonic()))
            before, self._version = self._version, self._read_version()
            if self._version != before:
                return True
            if time.monotonic() >= until:
                break
        return False

    def _wait_for_word(self, seconds: float) -> bool:
        if self.stopped:
            return False
        driver = self._connection.dbapi_connection
        if not driver.notifies:
            select.select([driver, self._ears], [], [], max(0.0, seconds))
        driver.poll()
        notified = bool(driver.notifies)
        driver.notifies.clear()
        return notified

    def _read_version(self) -> int:
        cursor = self._connection.cursor()
        try:
            return int(cursor.execute("PRAGMA data_version").fetchone()[0])
        finally:
            cursor.close()

    @property
    def _errors(self) -> tuple[type[Exception], ...]:
        return (DBAPIError, PoolTimeout, self._database.engine.dialect.loaded_dbapi.Error, OSError)

    def _connection_error(self, error: Exception) -> StoreUnavailable:
        known = self._database.errors.typed_error(error) if isinstance(error, DBAPIError | PoolTimeout) else None
        return known or StoreUnavailable(
            "database_unreachable",
            f"The connection to the database at {self._database.errors.described} ended ({type(error).__name__}).",
            "Nothing to do: it is reopened.",
        )
