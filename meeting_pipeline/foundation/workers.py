"""Which process executes a run, written so that any process on the same host can find it again.

Belongs here: the worker tag, and how to tell a living worker from a dead one or from a stranger with its pid.
Must not go here: Dagster, or anything that starts or stops a process.
"""

import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

WORKER_TAG: Final = "meeting_pipeline/worker"
"""Run tag that names the worker, as ``host:pid:started``."""

PROCESS_TAG: Final = "meeting_pipeline/process"
"""Run tag that names the worker of a run that another launcher started, in the same form."""

_PROC: Final = Path("/proc")
_STATE: Final = 0
_START_TICKS: Final = 19
"""Places in ``/proc/<pid>/stat`` after the command's closing bracket; proc(5) counts them as fields 3 and 22."""


@dataclass(frozen=True)
class Worker:
    """A process, told apart from later ones with the same pid by when it started.

    Attributes:
        host: host name of the machine or container.
        pid: process id there.
        started: opaque; equal for as long as the process lives, also when somebody sets the clock.
    """

    host: str
    pid: int
    started: str

    def __str__(self) -> str:
        """The value of the worker tag."""
        return f"{self.host}:{self.pid}:{self.started}"

    @property
    def is_local(self) -> bool:
        """Whether it runs, or ran, where this process could see it. A host that was renamed is still the same."""
        return self.host == socket.gethostname() or self.started.partition("@")[2] == process_table()

    @property
    def is_alive(self) -> bool:
        """Whether it still runs. Only a worker on this host can be judged."""
        return started_at(self.pid) == self.started


def this_worker() -> Worker:
    """The process that asks."""
    return Worker(socket.gethostname(), os.getpid(), started_at(os.getpid()) or "?")


def parse_worker(tag: str | None) -> Worker | None:
    """Read a worker tag; ``None`` if there is none, or if it is not one of ours."""
    host, _, rest = (tag or "").partition(":")
    pid, _, started = rest.partition(":")
    return Worker(host, int(pid), started) if host and pid.isdecimal() and started else None


def started_at(pid: int) -> str | None:
    """When a process started; ``None`` if there is no such process, or if it is dead and only not yet reaped.

    On Linux in clock ticks since boot with the name of the process table: a start time in seconds of the wall clock moves
    when the clock is set, and a living worker would be taken for dead.
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
    """Names the set of processes that this one can see: one boot of a machine, one container of it. Empty if unknown."""
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
