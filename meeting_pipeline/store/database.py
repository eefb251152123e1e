"""The engine: connections, transactions, and the schema brought up to date at start.

Belongs here: what differs between SQLite and PostgreSQL, so that no other module has to know. Add a pragma or a pool
setting here. Must not go here: queries.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.orm import Session

from meeting_pipeline.domain.errors import OperatorError, PermanentError

_MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = 7_310_001
"""Number of the PostgreSQL advisory lock that lets one process migrate at a time. Any fixed number serves."""
VERSION_TABLE = "meeting_pipeline_version"
"""Where Alembic notes our version: Dagster's storage may be in the same database, with a version table of its own."""
SCHEMA_HEAD = "0002"
"""The newest migration; a test compares it with the files."""
_BUSY_SECONDS = 30
"""How long a writer waits for another on SQLite: transactions here take milliseconds, a disk may stall for seconds."""


_CONNECT_SECONDS = 10
"""Connecting to PostgreSQL takes milliseconds or does not work; without a limit a lost packet costs minutes."""


def utc_now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


class Database:
    """One database, shared by the threads of a process. Connections open on first use."""

    def __init__(self, url: str) -> None:
        """Raises: PermanentError ``bad_setting`` if ``url`` is none."""
        try:
            self.url = make_url(url)
        except (ArgumentError, ValueError):  # not chained: the cause may quote the URL, password and all
            raise PermanentError(
                "bad_setting",
                "The database URL cannot be read.",
                "Write it as postgresql://user:password@host:5432/database, with special characters %-encoded.",
            ) from None
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self._engine: Engine | None = None
        self._lock = threading.Lock()

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
            return create_engine(
                self.url,
                hide_parameters=True,
                pool_size=4,
                max_overflow=8,
                pool_pre_ping=True,
                connect_args={"connect_timeout": _CONNECT_SECONDS},
            )
        if self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(self.url, hide_parameters=True, connect_args={"timeout": _BUSY_SECONDS})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for queries, which all see one moment. Rows stay readable after it has ended."""
        options: dict[str, Any] = {} if self.sqlite else {"isolation_level": "REPEATABLE READ"}
        with (
            self.engine.connect().execution_options(mode="read", **options) as connection,
            Session(connection, expire_on_commit=False, autoflush=False) as session,
        ):
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session in one transaction: commits at the end, rolls back on any exception.

        On SQLite it takes the write lock at its start, so that what it reads cannot change before it writes.
        """
        with (
            self.engine.connect().execution_options(mode="write") as connection,
            Session(connection, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    def schema_version(self) -> str | None:
        """The migration that the database is at; ``None`` for an empty database."""
        with self.engine.connect().execution_options(mode="read") as connection:
            if not inspect(connection).has_table(VERSION_TABLE):
                return None
            query = text(f"SELECT version_num FROM {VERSION_TABLE}")  # noqa: S608 - our own constant
            return connection.execute(query).scalar()

    def migrate(self) -> None:
        """Bring the schema up to date. Cheap when it is; safe when several processes start at once.

        Raises: OperatorError ``database_unreachable``, ``database_unusable``, ``database_newer``.
        """
        try:
            self._migrate()
        except (OperationalError, OSError) as error:
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
        config.set_main_option("script_location", str(_MIGRATIONS))
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

    def close(self) -> None:
        """Close all connections. The database can be used again afterwards."""
        with self._lock:
            if self._engine is not None:
                self._engine.dispose()
                self._engine = None


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy begins transactions itself: see _begin_sqlite
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_SECONDS * 1000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # an accepted recording survives a power cut
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    mode = connection.get_execution_options().get("mode", "write")
    connection.exec_driver_sql("BEGIN" if mode == "read" else "BEGIN IMMEDIATE")
