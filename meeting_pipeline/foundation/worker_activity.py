"""Whether a worker's process is at work, as others can see it: it is there, nobody stopped it, and it uses the CPU.

A worker says itself every few seconds that it is alive, unless it computes in a library that holds Python's lock: then it is
silent, and at work. One that waits is not silent. So a silent process that uses no CPU hangs.
Must not go here: what follows (``launching/keeper.py``, ``steps/operations/recover.py``).
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
"""Places in ``/proc/<pid>/stat`` after the command's closing bracket: proc(5) fields 14 to 17, its own CPU and its children's."""
_TICKS_PER_S: Final = 100


class Activity(enum.Enum):
    """What a process was seen to do."""

    UNKNOWN = "unknown"
    """It is on another host."""
    FIRST_LOOK = "first look"
    """It lives; what it does is known at the next look."""
    GONE = "gone"
    STOPPED = "stopped"
    """By a signal; it does nothing until somebody lets it go on."""
    WORKING = "working"
    IDLE = "idle"
    """It used no CPU since the last look."""


class Watcher:
    """Compares looks at the same workers. One per process that looks."""

    def __init__(self) -> None:
        self._seen: dict[Worker, int] = {}

    def look(self, worker: Worker) -> Activity:
        """What the worker did since the last look at it. Takes microseconds."""
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
        """Forget all others: the next look at one of them is a first one."""
        self._seen = {worker: ticks for worker, ticks in self._seen.items() if worker in workers}


def _state_and_ticks(pid: int) -> tuple[str, int]:
    """Letter of its state as in ``ps``, and CPU ticks of it and its children so far; an empty letter if it is gone."""
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
    """Its living children: what they do, they do for it. None where the kernel does not list them."""
    found: list[int] = []
    for listed in (_PROC / str(pid) / "task").glob("*/children"):
        with suppress(OSError):  # a thread that has ended
            found += [int(child) for child in listed.read_text().split()]
    return found
