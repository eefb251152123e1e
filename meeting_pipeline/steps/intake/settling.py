"""When a file of the drop folder has come to rest: it looked the same in two looks some seconds apart, and nobody writes it.

A file is compared with itself: neither its time stamps (a file server's clock may differ from ours by hours, copy tools set
old ones) nor our wall clock count. Looks are kept in a note below the home, so that the intake run, another process than the
sensor, need not wait again. Must not go here: which files there are (``inbox.py``).
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
    """What a file looked like. Moments in seconds of the clock that the looks are made by."""

    state: State
    since_s: float
    first_s: float


class Looks:
    """What the files of a drop folder looked like the last time. ``note``: where that is kept for other processes."""

    def __init__(self, note: Path | None = None) -> None:
        self._note = note
        self._seen: dict[str, _Look] = {}
        self._now_s = 0.0

    def look(self, paths: Iterable[Path], now_s: float) -> None:
        """Look at these files, which are all there are. Files that are gone are forgotten."""
        before = self._seen or _read(self._note)
        seen = {}
        for path in paths:
            try:
                state = state_of(path)
            except OSError:
                continue  # gone again, or out of reach: the next look decides
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
        """Use what was noted before, without a look of one's own."""
        self._seen, self._now_s = self._seen or _read(self._note), now_s

    def is_settled(self, path: Path) -> bool:
        """Whether it looked the same for ``SETTLE_SECONDS``, still does, and nobody has it open for writing."""
        last = self._seen.get(str(path))
        if last is None or self._now_s - last.since_s < policies.SETTLE_SECONDS:
            return False
        try:
            return last.state == state_of(path) and not is_being_written(path)
        except OSError:
            return False

    def seconds_seen(self, path: Path) -> float:
        """How long it has been there, as far as is known."""
        last = self._seen.get(str(path))
        return self._now_s - last.first_s if last is not None else 0.0


def looks_of(home: Path) -> Looks:
    """The looks that the processes of one home share. To be made by ``time.monotonic``."""
    return Looks(home / _NOTE)


def state_of(path: Path) -> State:
    """What differs once a file was written to, replaced or renamed. Raises: OSError."""
    status = path.lstat()
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def is_being_written(path: Path) -> bool:
    """Ask the kernel: a read lease is refused with EAGAIN while anybody can write to the file (Linux, own files)."""
    if not hasattr(fcntl, "F_SETLEASE") or not stat.S_ISREG(path.lstat().st_mode):
        return False
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False  # unreadable: intake says so
    try:
        # Who opens the file for writing while we hold the lease makes the kernel signal us: SIGIO would end the process.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    finally:
        os.close(descriptor)
    return False


def _boot() -> str:
    """Which clock the moments of a note belong to: a monotonic clock starts with the machine."""
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
        return {}  # the first look of all, or half a note: the files are looked at twice more


def _write(note: Path, seen: dict[str, _Look]) -> None:
    """Replace the note in one step. It is no promise: when it is lost, files are taken some seconds later."""
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
