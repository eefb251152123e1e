"""PostgreSQL in a backup: dumped and restored with its own programs, in one snapshot for results and Dagster.

Must not go here: files of recordings (``recording_copies.py``, ``restoring.py``).
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import make_url

from meeting_pipeline.backup import layout
from meeting_pipeline.backup.sqlite import StoredRecording, recordings_query
from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.settings import VARIABLES, Settings
from meeting_pipeline.store.engine.schema import VERSION_TABLE

_CONNECT_SECONDS: Final = 10
"""A server that does not respond for this long is reported: a person waits for the command."""
_PACKAGED: Final = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin")
"""Where distributions install several versions in parallel; the one on PATH may be older than the server."""


@dataclass(frozen=True)
class Server:
    """A database: its connection string without the password, and the password for the environment of a program."""

    dsn: str
    environment: dict[str, str]
    major: int
    """Major version of the server."""


@dataclass(frozen=True)
class Snapshot:
    """A snapshot of a database, which `pg_dump` can join while this is open."""

    name: str
    schema_revision: str | None
    size_bytes: int
    recordings: tuple[StoredRecording, ...]


@contextmanager
def connected(settings: Settings) -> Iterator[tuple[Server, Any]]:
    """The server and an open connection. Raises: OperatorError ``database_unreachable``."""
    import psycopg2

    arguments = _arguments(settings)
    try:
        connection = psycopg2.connect(**arguments, connect_timeout=_CONNECT_SECONDS)
    except psycopg2.OperationalError as error:
        raise OperatorError(
            "database_unreachable",
            f"The database in {VARIABLES['database_url']} does not respond.",
            "`meeting-pipeline doctor` says what is wrong.",
        ) from error
    with closing(connection):
        password = {"PGPASSWORD": arguments.pop("password")} if "password" in arguments else {}
        dsn = psycopg2.extensions.make_dsn(**arguments)
        yield Server(dsn, password, connection.server_version // 10_000), connection


def _arguments(settings: Settings) -> dict[str, str]:
    url = make_url(settings.store_url)
    found = url.translate_connect_args(username="user", database="dbname")
    return {name: str(value) for name, value in {**found, **url.query}.items() if value is not None}


@contextmanager
def snapshot(connection: Any) -> Iterator[Snapshot]:
    """Hold a snapshot of the database for the duration of the block, and read which recordings it has."""
    connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
    with connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = 0")
        cursor.execute("SELECT pg_export_snapshot(), pg_database_size(current_database())")
        name, size = cursor.fetchone()
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", (VERSION_TABLE,))
        revision: str | None = None
        recordings: tuple[StoredRecording, ...] = ()
        if cursor.fetchone()[0]:
            cursor.execute(f"SELECT version_num FROM {VERSION_TABLE}")  # noqa: S608 - our own constant
            row = cursor.fetchone()
            revision = None if row is None else str(row[0])
            cursor.execute(recordings_query(revision or ""))
            recordings = tuple(StoredRecording(*row) for row in cursor)
        yield Snapshot(name, revision, size, recordings)
    connection.rollback()


def has_tables(connection: Any) -> bool:
    """Whether the database contains anything but the server's system tables."""
    query = "SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    with connection.cursor() as cursor:
        cursor.execute(query)
        found = bool(cursor.fetchone()[0])
    connection.rollback()
    return found


def dump(server: Server, taken: Snapshot, target: Path) -> int:
    """Write the database as of the snapshot, but for ``LEFT_OUT``; returns the major version of the program.

    Raises: OperatorError ``postgres_tools_missing``, ``postgres_tool_failed``.
    """
    program, major = find_program("pg_dump", server.major)
    options = ["--format=custom", "--no-owner", "--no-privileges", "--lock-wait-timeout=60s"]
    options += [f"--exclude-table-data=*.{name}" for name in layout.LEFT_OUT]
    _run([program, *options, f"--snapshot={taken.name}", f"--file={target}", f"--dbname={server.dsn}"], server)
    return major


def restore(server: Server, source: Path, written_by: int) -> None:
    """Restore a dump into an empty database, all of it or nothing.

    Raises: OperatorError ``postgres_tools_missing``, ``postgres_tool_failed``.
    """
    program, _ = find_program("pg_restore", max(server.major, written_by))
    options = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]
    _run([program, *options, f"--dbname={server.dsn}", str(source)], server)


def problem_of(path: Path, written_by: int) -> str | None:
    """The problem with a dump, as far as its table of contents shows; ``None`` if there is none."""
    program, _ = find_program("pg_restore", written_by)
    done = subprocess.run([program, "--list", str(path)], capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else _last_line(done.stderr)


def find_program(name: str, at_least: int) -> tuple[str, int]:
    """A PostgreSQL program of at least version ``at_least``, and its major version; the nearest version is chosen.

    Raises: OperatorError ``postgres_tools_missing``.
    """
    found = sorted({(major, path) for path in _candidates(name) if (major := _major(path)) is not None})
    for major, path in found:
        if major >= at_least:
            return path, major
    present = f" Found: version {', '.join(str(major) for major, _ in found)}." if found else ""
    raise OperatorError(
        "postgres_tools_missing",
        f"`{name}` of PostgreSQL {at_least} or newer is needed and was not found.{present}",
        f"Install it (Debian and Ubuntu: postgresql-client-{at_least}) or put its folder on PATH.",
    )


def _candidates(name: str) -> Iterator[str]:
    on_path = shutil.which(name)
    if on_path:
        yield on_path
    folders = [folder for pattern in _PACKAGED for folder in Path("/").glob(pattern.removeprefix("/"))]
    for folder in folders:
        if os.access(folder / name, os.X_OK):
            yield str(folder / name)


def _major(path: str) -> int | None:
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False, timeout=20).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"(\d+)(?:\.|$|\D)", said.rpartition(") ")[2])
    return int(found.group(1)) if found else None


def _run(command: list[str], server: Server) -> None:
    environment = {**os.environ, **server.environment, "LC_ALL": "C"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OperatorError(
            "postgres_tool_failed",
            f"`{Path(command[0]).name}` failed: {_last_line(done.stderr)}",
            "Check rights and space in the database, and the version of PostgreSQL's programs.",
        )


def _last_line(said: str) -> str:
    lines = [line for line in said.strip().splitlines() if line]
    return next((line for line in lines if "error:" in line), lines[-1] if lines else "it gave no reason")
