"""What is visible from outside while the system runs: its database, its processes, the services' own logs.

The observer keeps a separate log and shares no code with the system. Belongs here: polling, and recording at once what
must never happen. Must not go here: what must be true in the end (``invariants.py``).
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa

from meeting_pipeline_tests.processes import has_ended

TERMINAL = ("completed", "failed", "cancelled")
LOOK_EVERY_S = 0.5
WORKER_TAG, PARTITION_TAG = "dagster/meeting_pipeline_worker", "dagster/partition"
RUNS = f"""SELECT r.run_id, r.status, w.value AS worker, p.value AS partition_key FROM runs r
    JOIN run_tags w ON w.run_id = r.run_id AND w.key = '{WORKER_TAG}'
    LEFT JOIN run_tags p ON p.run_id = r.run_id AND p.key = '{PARTITION_TAG}'
    WHERE r.status IN ('STARTING', 'STARTED', 'CANCELING')"""  # noqa: S608 - our own constants
UNREADABLE = (sa.exc.SQLAlchemyError, sqlite3.Error, OSError)


@dataclass(frozen=True)
class Handed:
    """A submitted file. ``at``: Unix seconds. ``kind`` and ``number`` come from the plan."""

    number: int
    kind: str
    name: str
    sha256: str
    hook: str
    secret: str
    at: float


@dataclass
class Disturbance:
    """A fault that was applied, from ``at`` to ``until`` (Unix seconds). ``pids``: the processes that it killed."""

    at: float
    until: float
    kind: str
    detail: str = ""
    pids: tuple[int, ...] = ()


@dataclass
class Sighting:
    """A run's worker. ``gone_at``: when it was first found to have ended."""

    run_id: str
    pid: int
    key: str | None
    gone_at: float | None = None


@dataclass
class Log:
    """The observer's own log."""

    handed: list[Handed] = field(default_factory=list)
    disturbances: list[Disturbance] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    looks: int = 0
    blind: int = 0
    """Number of polls that could not read the database."""


class Reader:
    """Reads the results database and Dagster's, each time over a separate read-only connection."""

    def __init__(self, home: Path, database_url: str | None) -> None:
        self.home = home
        if database_url:
            url = database_url.replace("postgresql://", "postgresql+psycopg2://")
            self.results = self.dagster = sa.create_engine(
                url, poolclass=sa.NullPool, execution_options={"postgresql_readonly": True}
            )
        else:
            self.results = _read_only(home / "meetings.sqlite3")
            self.dagster = _read_only(home / "dagster" / "storage" / "history" / "runs.db")

    def rows(self, query: str) -> list[dict[str, Any]]:
        """Rows of the results database; times as Unix seconds, JSON decoded."""
        return _rows(self.results, query)

    def run_rows(self, query: str) -> list[dict[str, Any]]:
        """Rows of Dagster's run storage."""
        return _rows(self.dagster, query)


def _read_only(path: Path) -> sa.Engine:
    return sa.create_engine(f"sqlite:///file:{path}?mode=ro&uri=true", poolclass=sa.NullPool)


def _rows(engine: sa.Engine, query: str) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        return [
            {name: plain(name, value) for name, value in row.items()}
            for row in connection.execute(sa.text(query)).mappings()
        ]


def plain(name: str, value: Any) -> Any:
    """A column's value: times as Unix seconds, JSON decoded, for either database."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    if isinstance(value, str) and (name == "at" or name.endswith("_at")):
        return datetime.fromisoformat(value).replace(tzinfo=UTC).timestamp()
    if isinstance(value, str) and name in ("data", "payload"):
        return json.loads(value)
    return bytes(value) if isinstance(value, memoryview) else value


class Observer:
    """Polls periodically in a separate thread."""

    def __init__(self, reader: Reader, notes: Path | None = None) -> None:
        self.reader = reader
        self.notes = notes
        self.log = Log()
        self.workers: dict[str, Sighting] = {}
        self._processes: dict[str, psutil.Process] = {}
        self._seen: dict[str, dict[str, Any]] = {}
        self._delivered: set[str] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="observer", daemon=True)

    def start(self) -> None:
        """Start polling."""
        self._thread.start()

    def stop(self) -> None:
        """Stop polling."""
        self._stop.set()
        self._thread.join(300)

    def note(self, text: str) -> None:
        """Add a line to the log, and to the notes file that people can follow."""
        line = f"{datetime.now(UTC):%H:%M:%S} {text}"
        self.log.notes.append(line)
        if self.notes is not None:
            with self.notes.open("a", encoding="utf-8") as file:
                file.write(line + "\n")

    def violation(self, text: str) -> None:
        """Record something that must never happen."""
        self.log.violations.append(text)
        self.note(f"VIOLATION {text}")

    def _watch(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            self.log.looks += 1
            self._look_at_processes()
            try:
                self._look_at_recordings()
                self._look_at_deliveries()
                self._look_at_runs()
            except UNREADABLE:
                self.log.blind += 1

    def _look_at_recordings(self) -> None:
        query = "SELECT key, sha256, status, stage, revision, event_seq FROM recordings"
        rows = {row["key"]: row for row in self.reader.rows(query)}
        times = Counter(one.sha256 for one in self.log.handed)
        for key, before in self._seen.items():
            for problem in unhappened(before, rows.get(key), handed_in_again=times[before["sha256"]] > 1):
                self.violation(f"I9 {key}: {problem}")
        self._seen = rows

    def _look_at_deliveries(self) -> None:
        query = "SELECT id FROM webhook_deliveries WHERE state = 'delivered'"
        delivered = {row["id"] for row in self.reader.rows(query)}
        for lost in self._delivered - delivered:
            self.violation(f"I9 delivery {lost} was delivered and is not any more")
        self._delivered = delivered

    def _look_at_runs(self) -> None:
        for row in self.reader.run_rows(RUNS):
            host_pid = row["worker"].split(":")
            if row["run_id"] in self.workers or len(host_pid) < 2 or not host_pid[1].isdecimal():
                continue
            pid = int(host_pid[1])
            self.workers[row["run_id"]] = Sighting(row["run_id"], pid, row["partition_key"])
            try:
                self._processes[row["run_id"]] = psutil.Process(pid)
            except psutil.NoSuchProcess:
                self.workers[row["run_id"]].gone_at = time.time()

    def _look_at_processes(self) -> None:
        for run_id, process in list(self._processes.items()):
            if has_ended(process):
                self.workers[run_id].gone_at = time.time()
                del self._processes[run_id]


def unhappened(before: dict[str, Any], after: dict[str, Any] | None, *, handed_in_again: bool = False) -> Iterator[str]:
    """Facts about a recording that were observed and are no longer true, although nobody requested that.

    Submitting a failed recording again requests it.
    """
    if after is None:
        yield "its row is gone"
        return
    asked = handed_in_again and before["status"] == "failed"
    if before["status"] in TERMINAL and after["status"] != before["status"] and not asked:
        yield f"was {before['status']}, is {after['status']}"
    for column in ("revision", "event_seq"):
        if after[column] < before[column]:
            yield f"{column} went from {before[column]} back to {after[column]}"
