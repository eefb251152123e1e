"""One running system per home: a lock that the kernel gives back when its holder dies, and a note of who holds it.

Must not go here: what the owner runs (``supervisor/supervisor.py``).
"""

import fcntl
import json
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.foundation.atomic_files import write_durably
from meeting_pipeline.foundation.ui_token import read_ui_token

_log = logging.getLogger(__name__)
_LOCK = "up.lock"
_NOTE = "up.json"
_DAEMON_LOCK = "daemon.lock"
_DAEMON_ENDS_S = 12.0
"""A daemon whose `up` was killed is told so by the kernel, and ends within some seconds; `up` itself gives it as long."""
_LOOKS_S = 1.0
"""Who holds the lock for longer than this runs a system: a look takes microseconds."""
_TRY_S = 0.02


@dataclass(frozen=True)
class Owner:
    """The running system of a home."""

    pid: int
    url: str
    """Address of the Dagster UI."""
    api_url: str | None = None
    """Address of the HTTP service; unknown of a system that an older program started."""
    ui_token: str | None = field(default=None, repr=False)
    """The secret by which this home's programs call the UI; it is in a file of its own, not in the note."""


@contextmanager
def owning(home: Path) -> Iterator[None]:
    """Hold the home for as long as the block lasts. Raises: OperatorError ``already_running``, which names the holder."""
    home.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(home / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _locked(descriptor, _LOOKS_S):
            raise OperatorError(
                "already_running",
                f"Another system is running on {home}: {_holder(home)}.",
                "Stop it first, or set MEETING_PIPELINE_HOME to another folder.",
            )
        (home / _NOTE).unlink(missing_ok=True)  # of a holder that was killed
        try:
            yield
        finally:
            (home / _NOTE).unlink(missing_ok=True)
    finally:
        os.close(descriptor)


@contextmanager
def daemon_lock(home: Path) -> Iterator[int]:
    """A lock for the daemon to inherit: it is held for as long as the daemon lives, also when its `up` was killed.

    Waits for such a daemon to end, and ends it when it does not: it was asked to when its `up` died, and no `up` of this
    home but the caller lives. Raises: OperatorError ``already_running``, which names who holds the lock after all.
    """
    descriptor = os.open(home / _DAEMON_LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _locked(descriptor, _DAEMON_ENDS_S) and not (_end_daemon(home) and _locked(descriptor, _DAEMON_ENDS_S)):
            pid = _daemon_pid(home)
            raise OperatorError(
                "already_running",
                f"The daemon of a killed system is still running on {home}: process {pid or 'unknown'}.",
                f"Stop it: kill {pid}" if pid else "Stop it.",
            )
        yield descriptor
    finally:
        os.close(descriptor)


def _locked(descriptor: int, seconds: float) -> bool:
    """Take the lock, waiting out who lets go soon: a command that only looks holds a shared lock for an instant."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(_TRY_S)
        else:
            return True


def _daemon_pid(home: Path) -> int | None:
    text = (home / _DAEMON_LOCK).read_text(encoding="ascii").strip()
    return int(text) if text.isdecimal() else None


def _end_daemon(home: Path) -> bool:
    """Kill the process that the lock's file names, if it is the one that has the file open. Its work goes on later."""
    pid = _daemon_pid(home)
    try:
        process = psutil.Process(pid) if pid else None
        if process is None or str((home / _DAEMON_LOCK).resolve()) not in {file.path for file in process.open_files()}:
            return False
        process.kill()
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False
    _log.warning("the daemon of a system that was killed did not end and was killed: process %d", process.pid)
    return True


def note_owner(home: Path, url: str, api_url: str | None = None) -> None:
    """Tell other commands where the system is."""
    write_durably(home / _NOTE, json.dumps({"pid": os.getpid(), "url": url, "api_url": api_url}))


def is_noted(home: Path) -> bool:
    """Whether other commands find the system that runs here."""
    return (home / _NOTE).is_file()


def running_owner(home: Path) -> Owner | None:
    """The system that runs on this home, if one does."""
    lock = home / _LOCK
    if not lock.is_file() or not os.access(lock, os.R_OK):
        return None
    descriptor = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _noted(home)
    finally:
        os.close(descriptor)
    return None


def _noted(home: Path) -> Owner | None:
    note = home / _NOTE
    if not note.is_file():
        return None
    found = json.loads(note.read_text(encoding="utf-8"))
    return Owner(int(found["pid"]), str(found["url"]), found.get("api_url"), read_ui_token(home))


def _holder(home: Path) -> str:
    owner = _noted(home)
    return f"process {owner.pid}, UI at {owner.url}" if owner else "it is starting"
