"""Attempts: how often intake began with a file and did not live to say what became of it.

The note of a try is on the disk before anything of the file is read, and goes when intake has an answer or an error of its
own to show: only the death of its process leaves it. Kept as files below the home, because neither a database that is away
nor a full disk may count against a file. A file that was replaced is another file. Must not go here: setting aside.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.backoff import backoff_s
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.foundation.atomic_files import write_durably
from meeting_pipeline.steps.intake import policies
from meeting_pipeline.steps.intake.inbox import Candidate
from meeting_pipeline.steps.intake.notes import remove_old_notes

_FOLDER: Final = "intake"


@dataclass(frozen=True)
class _Noted:
    """A note. ``reason``: why the file could not be moved out of the drop folder, ``times`` in a row; not before ``due_s``."""

    died: int = 0
    reason: str = ""
    times: int = 0
    due_s: float = 0.0


class Attempt:
    """One try. ``died``: tries of this very file before it that ended with the death of their process."""

    def __init__(self, note: Path, before: _Noted) -> None:
        self._note = note
        self._before = before
        self._after: _Noted | None = _Noted(before.died)

    def begin(self) -> None:
        """Count it, durably. Raises: OSError."""
        if self._before.died < policies.INTAKE_TRIES:
            _write(self._note, replace(self._before, died=self._before.died + 1))

    def require_one(self) -> None:
        """Raises: PermanentError ``intake_gave_up`` if there were ``policies.INTAKE_TRIES`` already."""
        if self._before.died >= policies.INTAKE_TRIES:
            raise PermanentError(
                "intake_gave_up",
                f"Intake ended {self._before.died} times while it handled this file.",
                "Open it in a player; if it plays, export it again. If other files fail in the same way, read the log of the "
                "intake runs: the machine may have too little memory.",
            )

    def failed_before(self, reason: str) -> int:
        """How often in a row the file was put off for this reason."""
        return self._before.times if self._before.reason == reason else 0

    def settle(self) -> None:
        """The file was taken or set aside: whoever puts it back begins anew."""
        self._after = None

    def defer(self, reason: str, now_s: float) -> None:
        """The file can be neither taken nor set aside: it is looked at again later and later."""
        times = self._before.times + 1 if self._before.reason == reason else 1
        wait = backoff_s(
            times - 1, shared_policies.INTAKE_RETRY_FIRST_SECONDS, shared_policies.INTAKE_RETRY_MAX_SECONDS
        )
        self._after = _Noted(self._before.died, reason, times, now_s + wait)

    def end(self) -> None:
        """The process lives: this try does not count."""
        if self._after is None or self._after == _Noted():
            self._note.unlink(missing_ok=True)
        elif self._before.died < policies.INTAKE_TRIES or self._after.reason:
            with suppress(OSError):  # a full disk: one try too many is counted
                _write(self._note, self._after)


class Attempts:
    """The notes of one home."""

    def __init__(self, home: Path) -> None:
        self._folder = home / _FOLDER

    def died(self, candidate: Candidate) -> int:
        """How many tries of this very file ended with the death of their process."""
        return _read(self._note(candidate)).died

    def deferral_reason(self, candidate: Candidate, now_s: float) -> str | None:
        """Why the file is not looked at now; ``None`` if it is. Seconds since 1970."""
        found = _read(self._note(candidate))
        return (
            found.reason
            if found.reason and now_s < found.due_s <= now_s + shared_policies.INTAKE_RETRY_MAX_SECONDS
            else None
        )

    def stuck_because(self, candidate: Candidate) -> str | None:
        """Why the file could not be moved the last time."""
        return _read(self._note(candidate)).reason or None

    @contextmanager
    def trying(self, candidate: Candidate) -> Iterator[Attempt]:
        """Note a try for as long as the block lasts. Raises: OSError (the note cannot be written)."""
        note = self._note(candidate)
        attempt = Attempt(note, _read(note))
        attempt.begin()
        try:
            yield attempt
        finally:
            attempt.end()

    def tidy(self) -> None:
        """Remove notes of files that are gone for long."""
        remove_old_notes(self._folder)

    def _note(self, candidate: Candidate) -> Path:
        digest = hashlib.sha256()
        for path in candidate.files:
            digest.update(os.fsencode(path.absolute()) + b"\0")
            with suppress(FileNotFoundError):
                status = path.lstat()
                digest.update(f"{status.st_ino} {status.st_size} {status.st_mtime_ns}\0".encode())
        return self._folder / f"{digest.hexdigest()[:32]}.json"


def _read(note: Path) -> _Noted:
    try:
        found = json.loads(note.read_text(encoding="utf-8"))
        return _Noted(int(found["died"]), str(found["reason"]), int(found["times"]), float(found["due_s"]))
    except (OSError, ValueError, KeyError, TypeError):
        return _Noted()


def _write(note: Path, noted: _Noted) -> None:
    write_durably(note, json.dumps(asdict(noted)))
