"""Follows a submission until it has an outcome, and reports its progress from the store's events.

Must not go here: submitting it (``drop.py``).
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from meeting_pipeline.cli.drop import DroppedFile
from meeting_pipeline.cli.errors import ExitCode
from meeting_pipeline.domain.event_sentences import describe
from meeting_pipeline.domain.keys import hash_file
from meeting_pipeline.domain.recording import RecordingStatus
from meeting_pipeline.domain.text import one_line
from meeting_pipeline.installation import Installation

if TYPE_CHECKING:
    from meeting_pipeline.store.tables import Recording

_LOOK_SECONDS = 0.5
"""Each check is two small queries."""
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """How it ended: the exit code, and the recording's key if it was accepted."""

    code: ExitCode
    key: str | None
    message: str


class Follower:
    """Follows one submission."""

    def __init__(self, installation: Installation, tell: Tell) -> None:
        self._installation = installation
        self._tell = tell
        self._seen = 0

    def follow(self, handed: DroppedFile, known: "Recording | None", timeout_s: float) -> Outcome:
        """Wait for the outcome, at most ``timeout_s``. ``known``: the row with this content before the submission, if any."""
        started = time.monotonic()
        self._seen = known.event_seq if known is not None else 0
        row = known
        while time.monotonic() - started < timeout_s:
            taken = not handed.path.exists()  # read before the row: intake writes the row, then removes the file
            row = self._installation.store.recordings.find_by_hash(handed.sha256)
            outcome = self._look(handed, row, taken, isnew=known is None)
            if outcome is not None:
                return outcome
            time.sleep(_LOOK_SECONDS)
        where = f"{row.key} is {row.status}, {row.stage}" if row is not None else "intake has not accepted the file yet"
        return Outcome(ExitCode.TIMED_OUT, row.key if row else None, f"Not finished after {timeout_s:g} s: {where}.")

    def _look(self, handed: DroppedFile, row: "Recording | None", taken: bool, *, isnew: bool) -> Outcome | None:
        if taken:
            note = find_note(self._installation.settings.rejected, handed)
            if note is not None:
                return Outcome(ExitCode.REFUSED_AT_INTAKE, None, note.read_text(encoding="utf-8", errors="replace"))
        if row is None:
            return None
        for event in self._installation.store.recordings.events(row.key, self._seen):
            self._seen = event.seq
            self._tell(f"{event.at:%H:%M:%S} UTC  {describe(event.type, event.data, row.key, row.duration_ms)}")
        return outcome_of(row) if isnew or taken else None


def outcome_of(row: "Recording") -> Outcome | None:
    """The outcome of a recording; ``None`` while it has none."""
    if row.status == RecordingStatus.COMPLETED:
        return Outcome(ExitCode.DONE, row.key, f"{row.key} is completed.")
    if row.status == RecordingStatus.FAILED:
        why = one_line(f"{row.error_message or ''} {row.error_advice or ''}")
        return Outcome(ExitCode.RECORDING_FAILED, row.key, f"{row.key} failed: {why} [{row.error_code}]")
    return None


def find_note(rejected: Path, handed: DroppedFile) -> Path | None:
    """The note next to the rejected file, if intake rejected exactly this content after it was submitted."""
    name = handed.path.name
    for note in _notes_since(rejected, f"{name[:200]}.error.txt", handed.at_s):
        file = note.with_name(name)
        if file.is_file() and file.stat().st_size == handed.size_bytes and hash_file(file) == handed.sha256:
            return note
    return None


def _notes_since(rejected: Path, name: str, at_s: float) -> Iterator[Path]:
    for folder in sorted(rejected.iterdir(), reverse=True) if rejected.is_dir() else ():
        note = folder / name
        if note.is_file() and note.stat().st_mtime >= at_s - 1:
            yield note
