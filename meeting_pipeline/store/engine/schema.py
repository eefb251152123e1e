"""The schema: the version of a database, and bringing it up to date with Alembic's migrations.

Must not go here: the migrations (``store/migrations``), what their errors mean to people (``database.py``).
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, inspect, text

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.store.contract.views import create_views, drop_views

_MIGRATIONS = "meeting_pipeline.store:migrations"
_MIGRATION_LOCK = 7_310_001
"""Number of the PostgreSQL advisory lock that lets one process migrate at a time. Any fixed number works."""
VERSION_TABLE = "meeting_pipeline_version"
"""Where Alembic stores our version: Dagster's storage may be in the same database, with a separate version table."""
SCHEMA_HEAD = "0043"
"""The newest migration; a test compares it with the files."""
OLDEST_SCHEMA = "0040"
"""The oldest schema whose programs work with the newest one, so that their runs in progress outlive an upgrade. Programs before
0040 do not look at it. A migration that takes away or requires something that they use sets it to its own number: a test says
when."""


def version_of(engine: Engine) -> str | None:
    """The migration that the database is at; ``None`` for an empty database."""
    with engine.connect().execution_options(mode="read") as connection:
        if not inspect(connection).has_table(VERSION_TABLE):
            return None
        query = text(f"SELECT version_num FROM {VERSION_TABLE}")  # noqa: S608 - our own constant
        return connection.execute(query).scalar()


def has_tables(engine: Engine) -> bool:
    """Whether the database has any table."""
    with engine.connect().execution_options(mode="read") as connection:
        return bool(inspect(connection).get_table_names())


def bring_up_to_date(engine: Engine) -> None:
    """Apply the missing migrations; one process at a time.

    A newer one stays as it is, if it works with this version of the program.

    Raises: OperatorError ``database_newer``; any error of the driver.
    """
    version = version_of(engine)
    if version == SCHEMA_HEAD:
        return
    if version is not None and version > SCHEMA_HEAD:
        if works_with(engine, version):
            return
        raise OperatorError(
            "database_newer",
            f"The database has schema {version}; this version supports {SCHEMA_HEAD}.",
            "Start a newer version of the program, or restore a backup from before the upgrade.",
        )
    # What was changed in a database is worth a line each; that a new one was made is not.
    quiet = _quiet("alembic" if version is None else "alembic.runtime.plugins")
    with quiet, engine.connect().execution_options(mode="write") as connection:
        _upgrade(connection)


def works_with(engine: Engine, version: str) -> bool:
    """Whether the newer program that made this schema says that this version of the program works with it."""
    with engine.connect().execution_options(mode="read") as connection:
        if not inspect(connection).has_table("compatible_schemas"):
            return False
        query = text("SELECT oldest FROM compatible_schemas WHERE version = :version")
        oldest = connection.execute(query, {"version": version}).scalar()
        return oldest is not None and oldest <= SCHEMA_HEAD


@contextmanager
def _quiet(name: str) -> Iterator[None]:
    """Without what a logger and those below it only inform about."""
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(before)


def _upgrade(connection: Connection) -> None:
    from alembic import command  # 10 MB of memory, which most processes never need
    from alembic.config import Config

    config = Config()
    # By package, not by path: Alembic interpolates options, so a `%` in a path would be an error.
    config.set_main_option("script_location", _MIGRATIONS)
    config.attributes["connection"] = connection
    with connection.begin():
        if connection.dialect.name != "sqlite":
            connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _MIGRATION_LOCK})
        drop_views(connection)  # they would hold back changes of the tables that they show
        command.upgrade(config, "head")
        connection.execute(text("DELETE FROM compatible_schemas WHERE version = :version"), {"version": SCHEMA_HEAD})
        values = {"version": SCHEMA_HEAD, "oldest": OLDEST_SCHEMA}
        connection.execute(text("INSERT INTO compatible_schemas (version, oldest) VALUES (:version, :oldest)"), values)
        create_views(connection)
