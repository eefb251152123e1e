"""One running system per home: a lock that the kernel releases when its holder dies, and a note about the holder.

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
from meeting_pipeline.foundation.atomic_files import remove_if_possible, write_durably
from meeting_pipeline.foundation.ui_token import read_ui_token

_log = logging.getLogger(__name__)
_LOCK = "up.lock"
_NOTE = "up.json"
_DAEMON_LOCK = "daemon.lock"
_DAEMON_ENDS_S = 12.0
"""The kernel signals a daemon whose `up` was killed, and it ends within some seconds. `up` itself gives it the same time."""
_LOOKS_S = 1.0
"""A process that holds the lock longer than this runs a system; checking the lock takes only microseconds."""
_TRY_S = 0.02
"""Between two attempts to get the lock: a check by another process is over by then."""


@dataclass(frozen=True)
class Owner:
    """The running system of a home."""

    pid: int
    url: str
    """Address of the Dagster UI."""
    api_url: str | None = None
    """Address of the HTTP service; unknown if an older version started the system."""
    ui_token: str | None = field(default=None, repr=False)
    """The secret with which this home's programs call the UI. It is kept in a separate file, not in the note."""


@contextmanager
def owning(home: Path) -> Iterator[None]:
    """Hold the lock of the home during the block. Raises: OperatorError ``already_running``, which names the holder."""
    home.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(home / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _locked(descriptor, _LOOKS_S):
            raise OperatorError(
                "already_running",
                f"Another system is running on {home}: {_holder(home)}.",
                "Stop it first, or set MEETING_PIPELINE_HOME to another folder.",
            )
        (home / _NOTE).unlink(missing_ok=True)  # left by a holder that was killed
        try:
            yield
        finally:
            remove_if_possible(home / _NOTE)
    finally:
        os.close(descriptor)


@contextmanager
def daemon_lock(home: Path) -> Iterator[int]:
    """A lock that the daemon inherits: it is held as long as the daemon lives, even if its `up` was killed.

    Waits for a daemon left by a killed `up` to end, and kills it if it does not: it was signalled to end when its `up`
    died, and the caller is the only live `up` of this home. Raises: OperatorError ``already_running``, which names the
    process that still holds the lock.
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
    """Take the lock. Waits for short holders: a command that only checks the lock holds a shared lock for an instant."""
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
    text = (home / _DAEMON_LOCK).read_text(encoding="ascii", errors="replace").strip()
    return int(text) if text.isdecimal() else None


def _end_daemon(home: Path) -> bool:
    """Kill the process named in the lock file, if it really has the file open. Its work resumes later."""
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
    _log.warning("the daemon of an earlier, killed system did not end and was killed: process %d", process.pid)
    return True


def note_owner(home: Path, url: str, api_url: str | None = None) -> None:
    """Write the note from which other commands learn the addresses of the system."""
    write_durably(home / _NOTE, json.dumps({"pid": os.getpid(), "url": url, "api_url": api_url}))


def is_noted(home: Path) -> bool:
    """Whether other commands can find the system that runs here."""
    return (home / _NOTE).is_file()


def running_owner(home: Path) -> Owner | None:
    """The running system of this home, if there is one."""
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
    try:
        found = json.loads((home / _NOTE).read_text(encoding="utf-8"))
        return Owner(int(found["pid"]), str(found["url"]), found.get("api_url"), read_ui_token(home))
    except FileNotFoundError:  # it is starting, or ending just now
        return None
    except (
        ValueError,
        TypeError,
        KeyError,
    ) as error:  # damaged by a crash of the file system: the owner writes another one
        _log.warning("%s cannot be read (%s)", home / _NOTE, type(error).__name__)
        return None


def _holder(home: Path) -> str:
    owner = _noted(home)
    return f"process {owner.pid}, UI at {owner.url}" if owner else "it is starting"
