"""The schema: the version of a database, and bringing it up to date with Alembic's migrations.

Must not go here: the migrations (``store/migrations``), what their errors mean to people (``database.py``).
"""

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, inspect, text

from meeting_pipeline.domain.errors import OperatorError

_MIGRATIONS = "meeting_pipeline.store:migrations"
_MIGRATION_LOCK = 7_310_001
"""Number of the PostgreSQL advisory lock that lets one process migrate at a time. Any fixed number works."""
VERSION_TABLE = "meeting_pipeline_version"
"""Where Alembic stores our version: Dagster's storage may be in the same database, with a separate version table."""
SCHEMA_HEAD = "0028"
"""The newest migration; a test compares it with the files."""


def version_of(engine: Engine) -> str | None:
    """The migration that the database is at; ``None`` for an empty database."""
    with engine.connect().execution_options(mode="read") as connection:
        if not inspect(connection).has_table(VERSION_TABLE):
            return None
        query = text(f"SELECT version_num FROM {VERSION_TABLE}")  # noqa: S608 - our own constant
        return connection.execute(query).scalar()


def bring_up_to_date(engine: Engine) -> None:
    """Apply the missing migrations; one process at a time.

    Raises: OperatorError ``database_newer``; any error of the driver.
    """
    version = version_of(engine)
    if version == SCHEMA_HEAD:
        return
    if version is not None and version > SCHEMA_HEAD:
        raise OperatorError(
            "database_newer",
            f"The database has schema {version}; this version supports {SCHEMA_HEAD}.",
            "Start a newer version of the program, or restore a backup from before the upgrade.",
        )
    with engine.connect().execution_options(mode="write") as connection:
        _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    config = Config()
    # By package, not by path: Alembic interpolates options, so a `%` in a path would be an error.
    config.set_main_option("script_location", _MIGRATIONS)
    config.attributes["connection"] = connection
    with connection.begin():
        if connection.dialect.name != "sqlite":
            connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _MIGRATION_LOCK})
        command.upgrade(config, "head")
