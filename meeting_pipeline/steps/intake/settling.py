"""Decides when a file of the drop folder is settled: unchanged between two checks seconds apart, and not open for writing.

A file is compared with its earlier state only. Its time stamps are not trusted (a file server's clock may differ from ours by
hours, and copy tools set old ones), and neither is our wall clock. Checks are kept in a note below the home, so the intake run,
which is a different process than the sensor, need not wait again. Must not go here: which files there are (``inbox.py``).
"""

import errno
import fcntl
import json
import os
import signal
import stat
import time
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from meeting_pipeline.steps.intake import policies

_NOTE: Final = "drop-folder-looks.json"
_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")

State = tuple[int, int, int, int]


@dataclass(frozen=True)
class _Look:
    """The state of a file at a look. Times are seconds of the clock that ``look`` is given."""

    state: State
    since_s: float
    first_s: float


class Looks:
    """The last known state of the files in a drop folder. ``note``: the file that shares it with other processes."""

    def __init__(self, note: Path | None = None) -> None:
        self._note = note
        self._seen: dict[str, _Look] = {}
        self._now_s = 0.0

    def check(self, paths: Iterable[Path], now_s: float) -> None:
        """Look at these files; they must be all files of the folder. Files that are gone are forgotten."""
        before = self._seen or _read(self._note)
        seen = {}
        for path in paths:
            try:
                state = state_of(path)
            except OSError:
                continue  # gone again, or inaccessible: the next look decides
            name = str(path)
            last = before.get(name)
            if last is None or last.first_s > now_s:  # new, or the clock was set back
                seen[name] = _Look(state, now_s, now_s)
            elif last.state != state or last.since_s > now_s:
                seen[name] = _Look(state, now_s, last.first_s)
            else:
                seen[name] = last
        if self._note is not None and seen != before:
            _write(self._note, seen)
        self._seen, self._now_s = seen, now_s

    def compare(self, now_s: float) -> None:
        """Use the earlier looks from the note, without a new look."""
        self._seen, self._now_s = self._seen or _read(self._note), now_s

    def is_settled(self, path: Path) -> bool:
        """Whether the file has been unchanged for ``SETTLE_SECONDS`` and is not open for writing."""
        last = self._seen.get(str(path))
        if last is None or self._now_s - last.since_s < policies.SETTLE_SECONDS:
            return False
        try:
            return last.state == state_of(path) and not is_being_written(path)
        except OSError:
            return False

    def seconds_seen(self, path: Path) -> float:
        """How long ago the file was first seen."""
        last = self._seen.get(str(path))
        return self._now_s - last.first_s if last is not None else 0.0


def looks_of(home: Path) -> Looks:
    """The looks that the processes of one installation share. Their clock is ``time.monotonic``."""
    return Looks(home / _NOTE)


def state_of(path: Path) -> State:
    """A value that changes when the file is written to, replaced or renamed. Raises: OSError."""
    status = path.lstat()
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def is_being_written(path: Path) -> bool:
    """Ask the kernel: it refuses a read lease with EAGAIN while the file is open for writing (Linux, own files only)."""
    if not hasattr(fcntl, "F_SETLEASE") or not stat.S_ISREG(path.lstat().st_mode):
        return False
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False  # unreadable: intake reports it
    try:
        # If a process opens the file for writing while we hold the lease, the kernel signals us: SIGIO would end this process.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    finally:
        os.close(descriptor)
    return False


def _boot() -> str:
    """Identifies the clock of a note's times: a monotonic clock restarts at every boot."""
    with suppress(OSError):
        return _BOOT.read_text().strip()
    return f"{round(time.time() - time.monotonic(), -2):.0f}"


def _read(note: Path | None) -> dict[str, _Look]:
    if note is None:
        return {}
    try:
        found = json.loads(note.read_text(encoding="ascii"))
        if found["boot"] != _boot():
            return {}
        return {name: _Look((a, b, c, d), since, first) for name, (a, b, c, d, since, first) in found["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}  # the very first look, or a damaged note: two new looks are needed


def _write(note: Path, seen: dict[str, _Look]) -> None:
    """Replace the note atomically. It is not durable: if it is lost, files are taken some seconds later."""
    text = json.dumps(
        {"boot": _boot(), "files": {name: [*look.state, look.since_s, look.first_s] for name, look in seen.items()}}
    )
    draft = note.with_name(f".{note.name}.{uuid.uuid4().hex[:8]}")
    try:
        draft.write_text(text, encoding="ascii")
        draft.replace(note)
    except OSError:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
