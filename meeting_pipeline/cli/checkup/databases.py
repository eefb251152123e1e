"""Checks of the two databases: results and Dagster's storage. Nothing is created or upgraded.

Must not go here: how they are opened for use (``store/``, ``supervisor/``).
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from meeting_pipeline.cli.checkup.findings import Finding, fail, failed, ok, warn
from meeting_pipeline.cli.checkup.keys import key_file
from meeting_pipeline.cli.checkup.storage import nearest, remedy, writing_problem
from meeting_pipeline.domain.errors import PipelineError, StoreUnavailable
from meeting_pipeline.settings import VARIABLES, Settings
from meeting_pipeline.store.engine.connection_limits import too_few_connections
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.schema import SCHEMA_HEAD, works_with
from meeting_pipeline.store.engine.secrets import ENCRYPTION_KEY_FILE, Cipher
from meeting_pipeline.store.recordings.cli_queries import stored_secret
from meeting_pipeline.store.recordings.outage_filter import waits_for
from meeting_pipeline.store.recordings.outages import open_outages

_RESULTS = "results database"
_DAGSTER = "dagster storage"
_BUSY_SECONDS = 20.0
"""A busy daemon holds the write lock for milliseconds at a time."""
_SERVER = f"Check that the server runs, and address, user and password in {VARIABLES['database_url']}."
_FILE = "Check the disk, and that this user may write the file and its folder."


def results_database(settings: Settings) -> Iterator[Finding]:
    """Whether the results database responds and can be written, and the version of its schema."""
    file = _results_file(settings)
    if file is not None and not file.exists():
        yield ok(_RESULTS, f"{file} will be created at the first start.")
        return
    try:
        database = Database(settings.store_url)
    except PipelineError as error:
        yield failed(_RESULTS, error)
        return
    try:
        yield from _schema(database)
        yield from _connections(settings, database)
        yield from _secret(settings, database)
        yield from _outages(database)
    except DBAPIError as error:
        yield fail(
            _RESULTS,
            f"{database.errors.described}: {database.errors.reason(error)}",
            _SERVER if file is None else _FILE,
        )
    except StoreUnavailable as error:
        yield failed(_RESULTS, error)
    except OSError as error:
        yield fail(_RESULTS, f"{database.errors.described}: {error.strerror}.", _FILE)
    finally:
        database.close()


def _schema(database: Database) -> Iterator[Finding]:
    version = database.schema_version()
    if version is None:
        yield ok(_RESULTS, f"{database.errors.described} responds and is empty; the first start creates the tables.")
        return
    if version > SCHEMA_HEAD and works_with(database.engine, version):
        message = f"{database.errors.described} has schema {version} of a newer program, with which this one works."
        yield warn(_RESULTS, message, "Update this machine too; until then, doctor checks less.")
        return
    if version > SCHEMA_HEAD:
        message = f"{database.errors.described} has schema {version}; this version supports {SCHEMA_HEAD}."
        yield fail(_RESULTS, message, "Use a newer version of the program.")
        return
    database.require_writable()
    with database.engine.connect().execution_options(mode="write") as connection, connection.begin():
        # By now the transaction and SQLite's write lock have begun: a database that cannot be written would have refused.
        connection.execute(text("SELECT 1"))
    if version < SCHEMA_HEAD:
        yield warn(_RESULTS, f"It has schema {version}.", f"The next start upgrades it to {SCHEMA_HEAD}: back it up.")
    else:
        yield ok(_RESULTS, f"{database.errors.described} responds, schema {version}.")


def _connections(settings: Settings, database: Database) -> Iterator[Finding]:
    """Whether the server allows as many connections as a busy system may need."""
    lack = too_few_connections(database, settings.max_concurrent_runs)
    if lack is not None:
        yield warn("database connections", *lack)


def _outages(database: Database) -> Iterator[Finding]:
    """Providers that the running system found unavailable, and how many recordings wait for them."""
    if database.schema_version() != SCHEMA_HEAD:
        return
    outages = open_outages(database)
    waiting = [found.provider for found in waits_for(database, outages).values()]
    for outage in outages:
        many = waiting.count(outage.provider)
        yield warn(
            "outage", outage.line(), f"{outage.advice} Recordings that wait for {outage.provider}: {many}.".strip()
        )


def _secret(settings: Settings, database: Database) -> Iterator[Finding]:
    """Whether stored webhook secrets can be read with the current key."""
    if database.schema_version() != SCHEMA_HEAD:
        return
    token = stored_secret(database)
    path = key_file(settings, ENCRYPTION_KEY_FILE)
    if token is None:
        return
    try:
        if settings.encryption_key is not None:
            Cipher(settings.encryption_key.get_secret_value()).decrypt(token)
        elif path.is_file():
            Cipher(path.read_text(encoding="ascii").strip()).decrypt(token)
        else:
            yield fail("encryption key", f"Secrets are stored, and {path} is gone.", "Restore it from a backup.")
    except PipelineError as error:
        yield failed("encryption key", error)
    except ValueError:
        return  # the check of the key itself reports a file that is not text


def dagster_storage(settings: Settings) -> Iterator[Finding]:
    """Whether Dagster's storage responds and can be written."""
    if settings.database_url is not None:
        yield from _dagster_on_postgres(settings)
        return
    folder = settings.dagster_home / "storage"
    problem = writing_problem(nearest(folder))
    if problem is not None:
        yield fail(_DAGSTER, f"{nearest(folder)} is not writable: {problem}.", remedy(problem, _FILE))
        return
    found = [*sorted(folder.glob("*/*.db")), *sorted(folder.glob("history/runs/index.db"))]
    broken = [(file, reason) for file in found if (reason := _sqlite_problem(file)) is not None]
    for file, reason in broken:
        yield fail(_DAGSTER, f"{file}: {reason}.", _FILE)
    if not found:
        yield ok(_DAGSTER, f"{folder} will be created at the first start.")
    elif not broken:
        yield ok(_DAGSTER, f"{folder} responds and is writable.")


def _dagster_on_postgres(settings: Settings) -> Iterator[Finding]:
    try:
        database = Database(settings.store_url)
    except PipelineError:
        return  # reported by the check of the results database
    try:
        with database.engine.connect() as connection:
            made = inspect(connection).has_table("runs")
        where = "The same PostgreSQL database responds"
        yield ok(_DAGSTER, f"{where}." if made else f"{where}; the first start creates Dagster's tables.")
    except DBAPIError as error:
        yield fail(_DAGSTER, f"{database.errors.described}: {database.errors.reason(error)}", _SERVER)
    finally:
        database.close()


def _results_file(settings: Settings) -> Path | None:
    return None if settings.database_url is not None else settings.home / "meetings.sqlite3"


def _sqlite_problem(file: Path) -> str | None:
    try:
        connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=rw", uri=True, timeout=_BUSY_SECONDS)
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            connection.execute("BEGIN IMMEDIATE")  # refused if the file cannot be written
            connection.execute("ROLLBACK")
        finally:
            connection.close()
    except sqlite3.Error as error:
        return str(error)
    return None
