"""A worker that is stopped in the middle of a write must not hold up everybody."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing import Pipe
from pathlib import Path

import psutil
import pytest

from meeting_pipeline.foundation.workers import Worker, started_at, this_worker
from meeting_pipeline.installation import Installation
from meeting_pipeline.launching import policies
from meeting_pipeline.launching.keeper import Keeper
from meeting_pipeline.launching.lock_holders import LockHolders, writers
from meeting_pipeline_tests.launching.support import wait_until

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(not Path("/proc/locks").exists(), reason="the kernel does not tell who holds a lock"),
]
WRITES = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA journal_mode = WAL")
connection.execute("CREATE TABLE IF NOT EXISTS told (word TEXT)")
if sys.argv[2] == "writing":
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO told VALUES ('all of it')")
print("ready", flush=True)
sys.stdin.readline()
if sys.argv[2] == "writing":
    connection.execute("COMMIT")
print("over", flush=True)
"""


class Clock:
    """Seconds that the test advances."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Writer:
    """A process that has begun a write, or does nothing."""

    def __init__(self, database: Path, what: str) -> None:
        command = [sys.executable, "-c", WRITES, str(database), what]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._said() == "ready\n"
        self.worker = Worker(this_worker().host, self.process.pid, started_at(self.process.pid) or "?")

    def _said(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def stop(self) -> None:
        """Freeze it."""
        os.kill(self.process.pid, signal.SIGSTOP)
        wait_until(lambda: self.is_stopped, "it to be stopped")

    @property
    def is_stopped(self) -> bool:
        return psutil.Process(self.process.pid).status() == psutil.STATUS_STOPPED

    def finish(self) -> None:
        """Let it end its write; it must run."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        assert self._said() == "over\n"

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "of-somebody.sqlite3"


@pytest.fixture
def writer(database: Path) -> Iterator[Writer]:
    found = Writer(database, "writing")
    yield found
    found.end()


def test_a_stopped_worker_that_holds_the_lock_is_resumed_after_a_while_and_its_write_is_whole(
    installation: Installation, writer: Writer, database: Path
) -> None:
    clock = Clock()
    keeper = Keeper(installation, Pipe(duplex=False)[0], holders=LockHolders(clock))
    keeper.add("run", writer.worker)
    keeper.check()
    assert writer.process.pid in writers()
    writer.stop()
    keeper.check()
    clock.now += policies.STOPPED_WRITER_SECONDS - 1
    keeper.check()
    assert writer.is_stopped, "whoever stopped it may continue it"
    clock.now += 1
    keeper.check()
    wait_until(lambda: not writer.is_stopped, "it to run again")
    writer.finish()
    assert sqlite3.connect(database).execute("SELECT word FROM told").fetchall() == [("all of it",)]
    assert writer.process.pid not in writers()


@pytest.mark.parametrize(
    ("first", "length", "writes"), [(120, 1, True), (120, 8, True), (119, 2, True), (121, 7, False), (0, 0, False)]
)
def test_a_checkpoint_that_locks_the_bytes_beside_it_too_is_a_writer(
    tmp_path: Path, first: int, length: int, writes: bool
) -> None:
    """The kernel lists locks of one process on neighbouring bytes as one. A length of 0: the whole file."""
    place = tmp_path / "some.sqlite3-shm"
    place.write_bytes(bytes(200))
    locks = f"import fcntl, sys; file = open(sys.argv[1], 'r+b'); fcntl.lockf(file, fcntl.LOCK_EX, {length}, {first})"
    command = [sys.executable, "-c", f"{locks}; print('ready', flush=True); sys.stdin.readline()", str(place)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        found = process.pid in writers()
        process.communicate("\n")
    assert found == writes


def test_a_stopped_worker_without_a_lock_stays_as_it_is(database: Path) -> None:
    idle, clock = Writer(database, "idle"), Clock()
    try:
        idle.stop()
        holders = LockHolders(clock)
        assert not holders.resume([idle.worker])
        clock.now += 10 * policies.STOPPED_WRITER_SECONDS
        assert not holders.resume([idle.worker])
        assert idle.is_stopped
    finally:
        idle.end()


def test_the_time_counts_anew_after_it_ran(writer: Writer) -> None:
    clock = Clock()
    holders = LockHolders(clock)
    writer.stop()
    assert holders.resume([writer.worker])
    clock.now += policies.STOPPED_WRITER_SECONDS
    assert not holders.resume([]), "it runs again"
    assert holders.resume([writer.worker])
    assert writer.is_stopped


def test_another_process_with_its_id_is_not_touched(writer: Writer) -> None:
    clock = Clock()
    holders, other = LockHolders(clock), Worker(writer.worker.host, writer.worker.pid, "another start")
    writer.stop()
    holders.resume([other])
    clock.now += policies.STOPPED_WRITER_SECONDS
    holders.resume([other])
    assert writer.is_stopped
