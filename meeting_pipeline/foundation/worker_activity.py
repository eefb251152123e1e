"""Whether a worker's process is working, observed from outside: it exists, it is not stopped, and it uses the CPU.

A worker sends a heartbeat every few seconds, unless it computes in a library that holds Python's lock: then it is silent
although it works. A worker that waits is not silent. So a silent process that uses no CPU hangs.
Must not go here: what happens next (``launching/keeper.py``, ``steps/operations/recover.py``).
"""

import enum
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

from meeting_pipeline.foundation import policies
from meeting_pipeline.foundation.workers import Worker

_PROC: Final = Path("/proc")
_STATE: Final = 0
_CPU_FIELDS: Final = slice(11, 15)
"""Positions in ``/proc/<pid>/stat`` after the closing bracket of the command: the CPU time of the process and its children,
fields 14 to 17 in proc(5)."""
_TICKS_PER_S: Final = 100
"""Where there is no ``/proc``: the ticks that Linux counts in a second, so that both are compared alike."""


class Activity(enum.Enum):
    """The observed activity of a process."""

    UNKNOWN = "unknown"
    """It is on another host."""
    FIRST_LOOK = "first look"
    """It is alive; its activity is known after the next check."""
    GONE = "gone"
    STOPPED = "stopped"
    """Stopped by a signal; it does nothing until it is continued."""
    WORKING = "working"
    IDLE = "idle"
    """It used no CPU since the last check."""


class Watcher:
    """Compares successive checks of the same workers. Each observing process has one."""

    def __init__(self) -> None:
        self._seen: dict[Worker, int] = {}

    def check(self, worker: Worker) -> Activity:
        """What the worker has done since its last check. This takes microseconds."""
        if not worker.is_local:
            return Activity.UNKNOWN
        if not worker.is_alive:
            self._seen.pop(worker, None)
            return Activity.GONE
        state, ticks = _state_and_ticks(worker.pid)
        if state in ("", "Z", "X"):
            return Activity.GONE
        before = self._seen.get(worker)
        self._seen[worker] = ticks
        if state == "T":
            return Activity.STOPPED
        if before is None:
            return Activity.FIRST_LOOK
        return Activity.WORKING if ticks - before >= policies.WORKER_PROGRESS_TICKS else Activity.IDLE

    def keep_only(self, workers: Collection[Worker]) -> None:
        """Forget all other workers: their next check counts as the first."""
        self._seen = {worker: ticks for worker, ticks in self._seen.items() if worker in workers}


def _state_and_ticks(pid: int) -> tuple[str, int]:
    """State letter as in ``ps``, and CPU ticks used so far by the process and its children; an empty letter if it is gone."""
    try:
        if not (_PROC / "self/stat").exists():
            process = psutil.Process(pid)
            times, stopped = process.cpu_times(), process.status() == psutil.STATUS_STOPPED
            return "T" if stopped else "S", int((times.user + times.system) * _TICKS_PER_S)
        fields = (_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except (OSError, psutil.NoSuchProcess):
        return "", 0
    own = sum(int(field) for field in fields[_CPU_FIELDS])
    return fields[_STATE], own + sum(_state_and_ticks(child)[1] for child in _children(pid))


def _children(pid: int) -> list[int]:
    """The live children of a process, whose work counts as its work. Empty if the kernel does not list them."""
    found: list[int] = []
    for listed in (_PROC / str(pid) / "task").glob("*/children"):
        with suppress(OSError):  # a thread that has ended
            found += [int(child) for child in listed.read_text().split()]
    return found
