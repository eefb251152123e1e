"""Attempts: how often the intake process died while it handled a file.

The note of an attempt is on disk before the file is read, and is removed when intake ends with a result or an error: only
the death of the process leaves it. Notes are files below the home, because neither an unavailable database nor a full disk
may count against a file. A replaced file counts as a different file. Must not go here: rejecting files.
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
    """A note. ``reason``: why the file could not be handled, ``times`` in a row. It is not retried before ``due_s``."""

    died: int = 0
    reason: str = ""
    times: int = 0
    due_s: float = 0.0


class Attempt:
    """One attempt. ``before``: the note of the earlier attempts at this file."""

    def __init__(self, note: Path, before: _Noted) -> None:
        self._note = note
        self._before = before
        self._after: _Noted | None = _Noted(before.died)

    def begin(self) -> None:
        """Count the attempt, durably. Raises: OSError."""
        if self._before.died < policies.INTAKE_TRIES:
            _write(self._note, replace(self._before, died=self._before.died + 1))

    def require_one(self) -> None:
        """Raises: PermanentError ``intake_gave_up`` if ``policies.INTAKE_TRIES`` processes have died on this file."""
        if self._before.died >= policies.INTAKE_TRIES:
            raise PermanentError(
                "intake_gave_up",
                f"Intake ended {self._before.died} times while it handled this file.",
                "Open it in a player; if it plays, export it again. If other files fail in the same way, read the log of the "
                "intake runs: the machine may have too little memory.",
            )

    def failed_before(self, reason: str) -> int:
        """How often in a row the file was deferred for this reason."""
        return self._before.times if self._before.reason == reason else 0

    def settle(self) -> None:
        """The file was accepted or rejected: if it is dropped again, its attempts start at zero."""
        self._after = None

    def defer(self, reason: str, now_s: float) -> None:
        """The file can be neither accepted nor rejected: retry it with back-off."""
        times = self._before.times + 1 if self._before.reason == reason else 1
        wait = backoff_s(
            times - 1, shared_policies.INTAKE_RETRY_FIRST_SECONDS, shared_policies.INTAKE_RETRY_MAX_SECONDS
        )
        self._after = _Noted(self._before.died, reason, times, now_s + wait)

    def end(self) -> None:
        """The process is alive: this attempt does not count."""
        if self._after is None or self._after == _Noted():
            self._note.unlink(missing_ok=True)
        elif self._before.died < policies.INTAKE_TRIES or self._after.reason:
            with suppress(OSError):  # a full disk: one attempt too many is counted
                _write(self._note, self._after)


class Attempts:
    """The notes of one installation."""

    def __init__(self, home: Path) -> None:
        self._folder = home / _FOLDER

    def died(self, candidate: Candidate) -> int:
        """How many attempts at this file ended with the death of their process."""
        return _read(self._note(candidate)).died

    def deferral_reason(self, candidate: Candidate, now_s: float) -> str | None:
        """Why the file is deferred at ``now_s`` (seconds since 1970); ``None`` if it is due."""
        found = _read(self._note(candidate))
        return (
            found.reason
            if found.reason and now_s < found.due_s <= now_s + shared_policies.INTAKE_RETRY_MAX_SECONDS
            else None
        )

    def stuck_because(self, candidate: Candidate) -> str | None:
        """Why the file was deferred the last time; ``None`` if it was not."""
        return _read(self._note(candidate)).reason or None

    @contextmanager
    def trying(self, candidate: Candidate) -> Iterator[Attempt]:
        """Keep the note of an attempt while the block runs. Raises: OSError (the note cannot be written)."""
        note = self._note(candidate)
        attempt = Attempt(note, _read(note))
        attempt.begin()
        try:
            yield attempt
        finally:
            attempt.end()

    def tidy(self) -> None:
        """Remove old notes, whose files are gone."""
        remove_old_notes(self._folder)

    def _note(self, candidate: Candidate) -> Path:
        digest = hashlib.sha256()
        if candidate.origin is not None:
            digest.update(candidate.origin.identity.encode())
        for path in candidate.files if candidate.origin is None else ():
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
