"""The engine: connections, transactions, and the schema brought up to date at start.

Belongs here: what differs between SQLite and PostgreSQL, so that no other module has to know. Add a pragma or a pool
setting here. Must not go here: queries.
"""

import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import OperatorError, PermanentError, StoreUnavailable
from meeting_pipeline.store.engine.commit_markers import Mark, leave_mark, stands
from meeting_pipeline.store.engine.db_liveness import DatabaseLiveness
from meeting_pipeline.store.engine.driver_errors import trouble
from meeting_pipeline.store.engine.transaction_retry import RetryBudget, pauses

_MIGRATIONS = "meeting_pipeline.store:migrations"
_MIGRATION_LOCK = 7_310_001
"""Number of the PostgreSQL advisory lock that lets one process migrate at a time. Any fixed number serves."""
AT_ONCE = 500
"""Values that one statement names: databases limit the parameters of a statement."""
_SQLITE = "sqlite:///"
VERSION_TABLE = "meeting_pipeline_version"
"""Where Alembic notes our version: Dagster's storage may be in the same database, with a version table of its own."""
SCHEMA_HEAD = "0011"
"""The newest migration; a test compares it with the files."""
_BUSY_SECONDS = 30
"""How long a writer waits for another on SQLite: transactions here take milliseconds, a disk may stall for seconds."""
_POOL_KEPT = 2
"""Idle connections that a process keeps. With a process for each run more would be most of the server's limit."""
_POOL_MOST = 12
"""Connections of a process at its busiest; ``connection_limits.py`` reckons with it."""
_INSTRUCTIONS = 1000
"""Of SQLite, between two looks at the clock while a database is rewritten: less than a millisecond."""
_CONNECT_SECONDS = 10
"""Connecting to PostgreSQL takes milliseconds or does not work; without a limit a lost packet costs minutes."""
_UNHEARD_SECONDS = 20
"""A server that is gone without a word is given up after this: the kernel would wait for a quarter of an hour."""
_LOCK_SECONDS = 30
"""How long a statement waits for a lock of another transaction, as on SQLite."""
_IDLE_SECONDS = 60
"""The server ends a transaction that says nothing for so long: a worker that was frozen must not keep its locks."""


def utc_now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


class Database:
    """One database, shared by the threads of a process. Connections open on first use."""

    def __init__(self, url: str) -> None:
        """Raises: PermanentError ``bad_setting`` if ``url`` is none."""
        try:
            self.url = _understood(url)
        except (ArgumentError, ValueError):  # not chained: the cause may quote the URL, password and all
            raise PermanentError(
                "bad_setting",
                "The database URL cannot be read.",
                "Write it as postgresql://user:password@host:5432/database, with special characters %-encoded.",
            ) from None
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self._engine: Engine | None = None
        self._lock = threading.Lock()
        self.retry_budget = RetryBudget()
        self.liveness = DatabaseLiveness()

    @property
    def engine(self) -> Engine:
        """The engine, made on first use."""
        with self._lock:
            if self._engine is None:
                self._engine = self._make_engine()
            return self._engine

    def _make_engine(self) -> Engine:
        # hide_parameters: the values of a failed statement are transcript text, and its exception ends in Dagster's log.
        if not self.sqlite:
            made = create_engine(
                self.url,
                hide_parameters=True,
                pool_size=_POOL_KEPT,
                max_overflow=_POOL_MOST - _POOL_KEPT,
                pool_pre_ping=True,
                connect_args={
                    "connect_timeout": _CONNECT_SECONDS,
                    "keepalives_idle": _UNHEARD_SECONDS // 2,
                    "keepalives_interval": _UNHEARD_SECONDS // 4,
                    "keepalives_count": 2,
                    "tcp_user_timeout": _UNHEARD_SECONDS * 1000,
                },
            )
            event.listen(made, "connect", _prepare_postgres)
            return made
        if self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(self.url, hide_parameters=True, connect_args={"timeout": _BUSY_SECONDS})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for queries, which all see one moment. Rows stay readable after it has ended.

        Raises: StoreUnavailable.
        """
        options: dict[str, Any] = {} if self.sqlite else {"isolation_level": "REPEATABLE READ"}
        with (
            self._translating_errors(),
            self.engine.connect().execution_options(mode="read", **options) as connection,
            Session(connection, expire_on_commit=False, autoflush=False) as session,
        ):
            yield session
        self.liveness.heard()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session in one transaction: commits at the end, rolls back on any exception.

        On SQLite it takes the write lock at its start, so that what it reads cannot change before it writes.
        Raises: StoreUnavailable; then nothing was changed, unless the database is still away after a lost answer.
        """
        with self._translating_errors(), self.engine.connect().execution_options(mode="write") as connection:
            transaction = connection.begin()
            try:
                with Session(connection, expire_on_commit=False, join_transaction_mode="rollback_only") as session:
                    yield session
                    session.flush()
                    mark = None if self.sqlite else leave_mark(session, connection, utc_now())
                    session.commit()  # of the session's own books; the transaction is ours
            except BaseException:
                with suppress(DBAPIError):  # a connection that is gone: the server has rolled back
                    if transaction.is_active:
                        transaction.rollback()
                raise
            try:
                transaction.commit()
            except DBAPIError as error:
                if mark is None or not self._was_committed(mark, error):
                    raise
        self.liveness.heard()

    @contextmanager
    def _translating_errors(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, PoolTimeout) as error:
            known = self.trouble(error)
            if known is None:
                raise
            raise known from error

    def trouble(self, error: Exception) -> StoreUnavailable | None:
        """What a driver's error says about the database, or ``None`` if its statement is at fault."""
        reason = self.reason(error) if isinstance(error, DBAPIError) else "all connections are in use"
        return trouble(error, self.described, reason)

    def _was_committed(self, mark: Mark, error: DBAPIError) -> bool:
        """Whether a commit whose answer did not come was done: asked for as long as the process keeps trying."""
        if not error.connection_invalidated:  # the server did answer: it refused
            return False
        until = time.monotonic() + max(self.retry_budget.seconds, policies.DATABASE_BLIP_SECONDS)
        for pause in pauses():
            try:
                with self.engine.connect().execution_options(mode="write") as connection, connection.begin():
                    return stands(connection, mark, utc_now())
            except (DBAPIError, PoolTimeout) as still:
                if self.trouble(still) is None or time.monotonic() + pause > until:
                    return False
            time.sleep(pause)
        raise AssertionError("pauses never end")

    def schema_version(self) -> str | None:
        """The migration that the database is at; ``None`` for an empty database."""
        with self.engine.connect().execution_options(mode="read") as connection:
            if not inspect(connection).has_table(VERSION_TABLE):
                return None
            query = text(f"SELECT version_num FROM {VERSION_TABLE}")  # noqa: S608 - our own constant
            return connection.execute(query).scalar()

    def migrate(self) -> None:
        """Bring the schema up to date. Cheap when it is; safe when several processes start at once.

        Raises: OperatorError ``database_unreachable``, ``database_unusable``, ``database_newer``; StoreUnavailable of
            the other codes.
        """
        try:
            self._migrate()
        except (OperationalError, OSError) as error:  # OSError: the folder of an SQLite file
            known = self.trouble(error)
            if known is not None and known.code != "database_unreachable":
                raise known from error
            raise OperatorError(
                "database_unreachable",
                f"The database at {self.described} does not answer: {self.reason(error)}",
                "Check that it runs, its address, user and password, and that the disk has room and may be written.",
            ) from error
        except DBAPIError as error:
            raise OperatorError(
                "database_unusable",
                f"The database at {self.described} cannot be brought up to date: {self.reason(error)}",
                "Check that it is this program's database and that its user may create tables in it.",
            ) from error

    def _migrate(self) -> None:
        version = self.schema_version()
        if version == SCHEMA_HEAD:
            return
        if version is not None and version > SCHEMA_HEAD:
            raise OperatorError(
                "database_newer",
                f"The database is at schema {version}, this program knows {SCHEMA_HEAD}.",
                "Start the newer version of the program, or restore a backup from before the upgrade.",
            )
        with self.engine.connect().execution_options(mode="write") as connection:
            self._migrate_locked(connection)

    def _migrate_locked(self, connection: Connection) -> None:
        config = Config()
        # By package, not by path: Alembic reads options with interpolation, and `%` in a path would be a mistake.
        config.set_main_option("script_location", _MIGRATIONS)
        config.attributes["connection"] = connection
        with connection.begin():
            if not self.sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _MIGRATION_LOCK})
            command.upgrade(config, "head")

    @property
    def described(self) -> str:
        """The URL without its password and its query, which may hold one too, for messages."""
        return self.url.set(query={}).render_as_string(hide_password=True)

    def reason(self, error: DBAPIError | OSError) -> str:
        """What the driver says, on one line, without the password."""
        lines = str(error.orig if isinstance(error, DBAPIError) else error.strerror).strip().splitlines()
        reason = lines[0] if lines else type(error).__name__
        for secret in (self.url.password, *self.url.query.values()):
            if secret:
                reason = reason.replace(str(secret), "***")
        return reason

    def compact(self, tables: Iterable[str]) -> str | None:
        """Overwrite the room of deleted rows: SQLite is written anew, PostgreSQL only frees it (``VACUUM``).

        Returns why that cannot be done now: somebody writes or reads for too long, or there is no room for a second copy.
        """
        try:
            if self.sqlite:
                return self._compact_sqlite()
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                for table in tables:
                    connection.execute(text(f'VACUUM "{table}"'))
        except (DBAPIError, sqlite3.Error, PoolTimeout):
            return "database_busy"
        return None

    def settle(self) -> None:
        """Write a SQLite journal into its file and empty it, so that pages as they were before are gone; else nothing.

        If somebody reads for too long the next write does it: no failure.
        """
        if not self.sqlite:
            return
        with suppress(DBAPIError, sqlite3.Error, PoolTimeout), closing(self.engine.raw_connection()) as raw:
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _compact_sqlite(self) -> str | None:
        raw = self.engine.raw_connection()  # outside of any transaction
        try:
            cursor = raw.cursor()
            cursor.execute("BEGIN IMMEDIATE")  # others may hold it; they wait for us only once we do
            cursor.execute("COMMIT")
            with _ends_in_time(raw.driver_connection):
                cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            [busy, *_] = cursor.fetchall()[0]
            cursor.close()
        finally:
            raw.close()
        return "database_busy" if busy else None

    def close(self) -> None:
        """Close all connections. The database can be used again afterwards."""
        with self._lock:
            if self._engine is not None:
                self._engine.dispose()
                self._engine = None


@contextmanager
def _ends_in_time(connection: Any) -> Iterator[None]:
    """Within it a statement of SQLite is interrupted before those who wait for it give up."""
    until = time.monotonic() + policies.COMPACTING_SECONDS
    connection.set_progress_handler(lambda: time.monotonic() > until, _INSTRUCTIONS)
    try:
        yield
    finally:
        connection.set_progress_handler(None, 0)


def _understood(url: str) -> URL:
    """The URL, taken apart. SQLAlchemy would cut the path of an SQLite file at a ``?``; ours have no query."""
    if url.startswith(_SQLITE):
        return URL.create("sqlite", database=url.removeprefix(_SQLITE))
    return make_url(url)


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
    cursor.execute("PRAGMA secure_delete = ON")  # what was deleted is overwritten, not left in free pages
    cursor.close()


def _write_ahead(cursor: Any) -> None:
    # SQLite refuses the change to WAL at once, whatever the busy timeout, while another process makes the same change
    # of a new file: https://sqlite.org/c3ref/busy_handler.html on when the handler is not called.
    until = time.monotonic() + _BUSY_SECONDS
    for pause in pauses():
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() + pause > until:
                raise
        time.sleep(pause)


def _begin_sqlite(connection: Connection) -> None:
    mode = connection.get_execution_options().get("mode", "write")
    connection.exec_driver_sql("BEGIN" if mode == "read" else "BEGIN IMMEDIATE")
