"""Resumes a worker that was stopped (SIGSTOP) in the middle of a write to SQLite: until it continues, no other process can write.

It cannot be ended in an orderly way either, because revoking its lease is a write. Only a stopped process is touched, and only
while it holds the lock; a process that waits for its disk is in another state. On Linux, the kernel shows both.
Must not go here: workers that hang otherwise (``ending.py``), who calls this (``keeper.py``).
"""

import logging
import os
import signal
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import Final

from meeting_pipeline.foundation.workers import Worker
from meeting_pipeline.launching import policies

_LOCKS: Final = Path("/proc/locks")
_WRITER: Final = 120
"""The byte of a ``-shm`` file that SQLite locks while it writes: ``WAL_WRITE_LOCK`` in https://sqlite.org/walformat.html."""
_log = logging.getLogger(__name__)


class LockHolders:
    """Remembers since when stopped workers have held a write lock. ``clock``: seconds that never go back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since: dict[Worker, float] = {}

    def resume(self, stopped: Collection[Worker]) -> bool:
        """Resume those of these workers that have held the lock for too long. Returns whether any holds one."""
        holders = writers() if stopped else frozenset()
        now = self._clock()
        self._since = {worker: self._since.get(worker, now) for worker in stopped if worker.pid in holders}
        for worker, since in self._since.items():
            if now - since >= policies.STOPPED_WRITER_SECONDS and worker.is_alive:
                _log.warning(
                    "resuming worker process %d: it was stopped while it held the lock of a database", worker.pid
                )
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(worker.pid, signal.SIGCONT)
        return bool(self._since)


def writers() -> frozenset[int]:
    """The processes that are writing to a SQLite database. Empty where the kernel does not tell."""
    try:
        lines = _LOCKS.read_text().splitlines()
    except OSError:
        return frozenset()
    # "1: POSIX  ADVISORY  WRITE 4711 00:1b:1099164 120 120"; a process that waits for a lock has "->" after the number.
    fields = (line.split() for line in lines)
    return frozenset(
        int(each[4])
        for each in fields
        if len(each) == 8 and each[1] == "POSIX" and each[3] == "WRITE" and _covers_writing(each[6], each[7])
    )


def _covers_writing(first: str, last: str) -> bool:
    """A checkpoint that empties the log also locks the adjacent bytes, and the kernel lists neighbours as one lock.

    A lock of a whole file has no end (``EOF``): it is of another program, which locks another file.
    """
    return last.isdigit() and int(first) <= _WRITER <= int(last)
