"""The database of a process: its connections, its transactions, and the time that it tells.

Belongs here, with ``connecting.py``, ``database_errors.py`` and ``schema.py``: the differences between SQLite and PostgreSQL,
so that no other module has to know them.
Must not go here: queries.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.store import policies
from meeting_pipeline.store.engine import schema
from meeting_pipeline.store.engine.clock import DatabaseClock, utc_now
from meeting_pipeline.store.engine.commit_markers import Mark, is_committed, leave_mark
from meeting_pipeline.store.engine.connecting import make_engine, read_url
from meeting_pipeline.store.engine.database_errors import DatabaseErrors
from meeting_pipeline.store.engine.db_liveness import DatabaseLiveness
from meeting_pipeline.store.engine.driver_errors import read_only
from meeting_pipeline.store.engine.transaction_retry import RetryBudget, pauses

AT_ONCE = 500
"""Maximum number of values in one statement: databases limit the parameters of a statement."""
_TURN_SECONDS = 30.0
"""How long a thread waits for the writing threads of its own process on SQLite. After that it competes with them for the lock."""


class Database:
    """One database, shared by the threads of a process. Connections open on first use."""

    def __init__(self, url: str) -> None:
        """Raises: PermanentError ``bad_setting`` if ``url`` is not a database URL."""
        try:
            self.url = read_url(url)
        except (ArgumentError, ValueError):  # not chained: the cause may quote the URL including its password
            raise PermanentError(
                "bad_setting",
                "The database URL cannot be read.",
                "Write it as postgresql://user:password@host:5432/database, with special characters %-encoded.",
            ) from None
        self.errors = DatabaseErrors(self.url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self._engine: Engine | None = None
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._local = threading.local()
        self.retry_budget = RetryBudget()
        self.liveness = DatabaseLiveness()
        self.clock = DatabaseClock()

    @property
    def engine(self) -> Engine:
        """The engine, made on first use."""
        with self._lock:
            if self._engine is None:
                self._engine = make_engine(self.url)
            return self._engine

    def use_at_most(self, connections: int) -> None:
        """Limit the connections of this process; its threads wait for one another. Before any thread uses the database."""
        with self._lock:
            if self._engine is not None:
                self._engine.dispose()
            self._engine = make_engine(self.url, at_most=connections)

    def now(self) -> datetime:
        """The time of the database: see ``clock.py``. Never raises: without a connection, the last known time continues."""
        if self.sqlite:
            return utc_now()
        # Not inside a transaction: it measured when it began, and a second connection could be one too many.
        inside = getattr(self._local, "connected", False)
        if not inside and self.clock.is_due() and self.clock.may_connect():
            try:
                with self.engine.connect() as connection:
                    self.clock.measure(connection)
            except (DBAPIError, PoolTimeout):
                self.clock.missed()
        return self.clock.now()

    @contextmanager
    def _in_time(self, connection: Connection) -> Iterator[None]:
        """Within a transaction, use its connection to keep the time of the database."""
        outer, self._local.connected = getattr(self._local, "connected", False), True
        try:
            if not self.sqlite and self.clock.is_due():
                self.clock.measure(connection)
            yield
        finally:
            self._local.connected = outer

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for queries, all on the same snapshot. Rows stay readable after the session has ended.

        Raises: StoreUnavailable.
        """
        options: dict[str, Any] = {} if self.sqlite else {"isolation_level": "REPEATABLE READ"}
        with (
            self.errors.typed(),
            self.engine.connect().execution_options(mode="read", **options) as connection,
            self._in_time(connection),
            Session(connection, expire_on_commit=False, autoflush=False) as session,
        ):
            yield session
        self.liveness.note_success()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session in one transaction: commits at the end, rolls back on any exception.

        On SQLite it takes the write lock at its start, so what it reads cannot change before it writes.
        Raises: StoreUnavailable; nothing was changed then, unless the response to the commit was lost and the database is still
            unavailable.
        """
        with (
            self._turn(),
            self.errors.typed(),
            self.engine.connect().execution_options(mode="write") as connection,
        ):
            transaction = connection.begin()
            try:
                with (
                    self._in_time(connection),
                    Session(connection, expire_on_commit=False, join_transaction_mode="rollback_only") as session,
                ):
                    yield session
                    session.flush()
                    mark = None if self.sqlite else leave_mark(session, connection, self.now())
                    session.commit()  # ends the session's part; the transaction is ours
            except BaseException:
                with suppress(DBAPIError):  # the connection is gone: the server has rolled back
                    if transaction.is_active:
                        transaction.rollback()
                raise
            try:
                transaction.commit()
            except DBAPIError as error:
                if mark is None or not self._was_committed(mark, error):
                    raise
        self.liveness.note_success()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Let the threads of this process write one after the other on SQLite, which has one writer at a time.

        They wake one another at once. At the database's own lock, each would look for itself whether it is free.
        """
        taken = False
        try:
            taken = self.sqlite and self._writing.acquire(timeout=_TURN_SECONDS)
            yield
        finally:
            if taken:
                self._writing.release()

    def _was_committed(self, mark: Mark, error: DBAPIError) -> bool:
        """Whether a commit without a response was executed; checked repeatedly for as long as the process retries."""
        if not error.connection_invalidated:  # the server did respond: it refused
            return False
        until = time.monotonic() + max(self.retry_budget.seconds, policies.DATABASE_BLIP_SECONDS)
        for pause in pauses():
            try:
                with self.engine.connect().execution_options(mode="write") as connection, connection.begin():
                    return is_committed(connection, mark, self.clock.now())
            except (DBAPIError, PoolTimeout) as still:
                if self.errors.typed_error(still) is None or time.monotonic() + pause > until:
                    return False
            time.sleep(pause)
        raise AssertionError("pauses never end")

    def require_writable(self) -> None:
        """Check that a server accepts writes: a standby, or the former primary after a failover, responds but accepts none.

        A file of SQLite is not checked: its lock would have to be taken. Raises: StoreUnavailable ``database_read_only``.
        """
        if self.sqlite:
            return
        with self.errors.typed(), self.engine.connect().execution_options(mode="write") as connection:
            if connection.scalar(text("SELECT current_setting('transaction_read_only')")) == "on":
                raise read_only(self.errors.described)

    def schema_version(self) -> str | None:
        """The migration that the database is at; ``None`` for an empty database."""
        return schema.version_of(self.engine)

    def has_tables(self) -> bool:
        """Whether there is any table, ours or not. Raises as ``version_as_it_is``."""
        with self.errors.reaching():
            return schema.has_tables(self.engine)

    def migrate(self) -> None:
        """Bring the schema up to date. Cheap if it is; safe when several processes start at once.

        Raises: OperatorError ``database_unreachable``, ``database_unusable``, ``database_newer``; StoreUnavailable with the
            other codes.
        """
        with self.errors.reaching():
            schema.bring_up_to_date(self.engine)

    def version_as_it_is(self) -> str | None:
        """As ``schema_version``, for a process that must not migrate. Raises as ``migrate``, but for ``database_newer``."""
        with self.errors.reaching():
            return self.schema_version()

    def close(self) -> None:
        """Close all connections. The database can be used again afterwards."""
        with self._lock:
            if self._engine is not None:
                self._engine.dispose()
                self._engine = None
