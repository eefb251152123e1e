"""Which process executes a run, recorded so that any process on the same host can find it.

Belongs here: the worker tag, and how to tell a live worker from a dead one or from another process with its pid.
Must not go here: Dagster, or anything that starts or stops a process.
"""

import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from meeting_pipeline.foundation.run_tags import folded_tag

WORKER_TAG: Final = folded_tag("worker")
"""Run tag that identifies the worker, as ``host:pid:started``."""

PROCESS_TAG: Final = folded_tag("process")
"""Run tag that identifies the worker of a run started by another launcher, in the same form."""

_PROC: Final = Path("/proc")
_STATE: Final = 0
_START_TICKS: Final = 19
"""Positions in ``/proc/<pid>/stat`` after the closing bracket of the command; fields 3 and 22 in proc(5)."""


@dataclass(frozen=True)
class Worker:
    """A process. The start time distinguishes it from later processes with the same pid.

    Attributes:
        host: host name of the machine or container.
        pid: process id on that host.
        started: opaque; stays the same as long as the process lives, even if the clock is set.
    """

    host: str
    pid: int
    started: str

    def __str__(self) -> str:
        """The value of the worker tag."""
        return f"{self.host}:{self.pid}:{self.started}"

    @property
    def is_local(self) -> bool:
        """Whether it runs, or ran, where this process could see it. A renamed host still counts as the same.

        Two machines, or two containers, may have one host name. A worker of the other would look dead here, so the table of
        processes decides, and the name only where there is none.
        """
        table = self.started.partition("@")[2]
        return table == process_table() if table else self.host == socket.gethostname()

    @property
    def is_alive(self) -> bool:
        """Whether it still runs. Valid only for a worker on this host."""
        return started_at(self.pid) == self.started


def this_worker() -> Worker:
    """The current process."""
    return Worker(socket.gethostname(), os.getpid(), started_at(os.getpid()) or "?")


def parse_worker(tag: str | None) -> Worker | None:
    """Parse a worker tag; ``None`` if there is none or it does not have our format."""
    host, _, rest = (tag or "").partition(":")
    pid, _, started = rest.partition(":")
    return Worker(host, int(pid), started) if host and pid.isdecimal() and started else None


def started_at(pid: int) -> str | None:
    """When a process started; ``None`` if there is no such process, or if it is dead but not yet reaped.

    On Linux it is given in clock ticks since boot, with the name of the process table. A wall-clock start time changes when
    the clock is set, so a live worker would look dead.
    """
    if not (_PROC / "self/stat").exists():
        return _started_by_psutil(pid)
    try:
        fields = (_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    if fields[_STATE] in "ZX":
        return None
    return f"{fields[_START_TICKS]}@{process_table()}"


def process_table() -> str:
    """Identifies the set of processes visible to this one: a boot of the machine and a container. Empty if unknown."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text()[:8]
        return f"{boot}.{(_PROC / 'self/ns/pid').readlink().name.strip('pid:[]')}"
    except OSError:
        return ""


def _started_by_psutil(pid: int) -> str | None:
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.2f}"
    except psutil.NoSuchProcess:
        return None
