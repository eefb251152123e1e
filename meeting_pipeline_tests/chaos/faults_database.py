"""Database faults: terminated connections, a server that stops without warning, another writer on SQLite.

Belongs here: a PostgreSQL server that keeps its commits and restarts at the same address, and the writer. Must not go
here: a server for ordinary tests (``meeting_pipeline_tests/postgres.py``).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from meeting_pipeline_tests import postgres
from meeting_pipeline_tests.ports import free_port

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    # Power loss is not tested, so nothing waits for the disk; a commit must survive a sudden stop of the server.
    "fsync": "off",
    "synchronous_commit": "on",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "120",
}
DATABASE = "chaos"


class Server:
    """A PostgreSQL server that can be stopped immediately and restarted on its data."""

    def __init__(self) -> None:
        installation = postgres.find_installation()
        self._home = Path(tempfile.mkdtemp(prefix=f"{postgres.FOLDER}{os.getpid()}-"))
        self._identity: dict[str, Any] = {}
        if os.geteuid() == 0:
            self._identity = {"user": postgres.UNPRIVILEGED, "group": postgres.UNPRIVILEGED, "extra_groups": []}
            installation = postgres._readable_copy(installation, self._home / "binaries")
            os.chown(self._home, postgres.UNPRIVILEGED, postgres.UNPRIVILEGED)
        self._installation = installation
        postgres._run_initdb(installation, self._home / "data", self._identity)
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.start()
        self._command(f"CREATE DATABASE {DATABASE}")

    @property
    def url(self) -> str:
        """URL of the database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{DATABASE}"

    def start(self) -> None:
        """Start it and wait until it has recovered and accepts connections."""
        if self._process is not None and self._process.poll() is None:
            return
        command = [str(self._installation / "bin" / "postgres"), "-D", str(self._home / "data"), "-p", str(self.port)]
        for name, value in SETTINGS.items():
            command += ["-c", f"{name}={value}"]
        with (self._home / "server.log").open("ab") as output:
            streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output}
            self._process = subprocess.Popen(
                command, cwd=self._home, env=postgres._environment(), **streams, **self._identity
            )
        if not postgres._answers(self._process, self.port):
            raise RuntimeError((self._home / "server.log").read_text(errors="replace")[-2000:])

    def end_at_once(self) -> None:
        """Like ``pg_ctl stop -m immediate``: no notice to clients, no checkpoint."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(postgres.STOP_SECONDS)

    def end_connections(self) -> None:
        """Terminate every connection except our own."""
        self._command("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")

    def _command(self, sql: str) -> None:
        with contextlib.closing(postgres.connect(self.port)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql)

    def close(self) -> None:
        """Stop it and remove everything."""
        if self._process is not None:
            postgres._stop(self._process)
        shutil.rmtree(self._home, ignore_errors=True)


class OutsideWriter:
    """Another process that holds the write lock of a SQLite database."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def hold(self) -> bool:
        """Acquire the lock, waiting up to 5 s for another writer. False if that failed."""
        if self._connection is not None or not self._path.is_file():
            return False
        connection = sqlite3.connect(self._path, timeout=5.0, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            connection.close()
            return False
        self._connection = connection
        return True

    def let_go(self) -> None:
        """Release the lock; nothing was written."""
        if self._connection is not None:
            with contextlib.suppress(sqlite3.OperationalError):  # the disk may be full: closing rolls back too
                self._connection.execute("ROLLBACK")
            self._connection.close()
            self._connection = None
