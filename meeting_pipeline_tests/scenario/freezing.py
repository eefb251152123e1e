"""Freeze a process of a running system. Must not go here: which process, and what must happen to its work."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import psutil

from meeting_pipeline_tests.canaries import files_below
from meeting_pipeline_tests.scenario.system import System


def freeze(system: System, pid: int) -> None:
    """Freeze a worker between two writes.

    Within a write it would hold SQLite's lock: all others would wait until it is resumed to end it, and it could end its work.
    """
    process = psutil.Process(pid)
    for _ in range(100):
        process.suspend()
        while process.status() != psutil.STATUS_STOPPED:
            time.sleep(0.01)
        if all(can_be_written(path) for path in files_below(system.home) if path.suffix in (".sqlite3", ".db")):
            return
        try:
            process.resume()
        except psutil.NoSuchProcess:
            return  # looking took so long that somebody has ended it, as a frozen process is
        time.sleep(0.2)
    raise AssertionError("the worker holds a lock whenever it is looked at")


def can_be_written(path: Path) -> bool:
    """Whether no process keeps the lock of this database for longer than a write takes."""
    connection = sqlite3.connect(path, timeout=2.0, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()
    return True
