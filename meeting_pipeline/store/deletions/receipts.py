"""The receipt of a deletion, for people and clients: what was removed where, what is left, and when that is retried.

It contains no words of the meeting. Must not go here: erasing (``steps/operations/delete.py``), how it is shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.store.tables import DeletedRecording

PLACES: Final[Mapping[str, str]] = {
    "results": "rows of the results database",
    "repeated_requests": "answers stored for repeated requests",
    "files": "files of the recording's folder",
    "set_aside": "files in rejected/",
    "logs": "mentions of the key in logs",
    "dagster_runs": "runs in Dagster",
    "dagster_events": "events in Dagster",
    "previews_of_tables": "previews of the tables over all meetings in Dagster",
    "tables": "tables over all meetings, written again",
    "provider": "transcripts at the provider",
    "database_pages": "freed pages of the databases",
    "erasure": "everything else",
}
"""Where a recording leaves traces, in the order of the receipt."""


@dataclass(frozen=True)
class DeletionPlace:
    """``removed``: number of things removed. ``left``: a stable code for why something is left; ``None`` if nothing is."""

    name: str
    removed: int
    left: str | None

    @property
    def described(self) -> str:
        """The place in words, for people."""
        return PLACES.get(self.name, self.name)


@dataclass(frozen=True)
class Receipt:
    """The receipt of a deleted recording. ``erased_at``: when nothing was left; ``None`` until then."""

    key: str
    deleted_at: datetime
    deleted_by: str
    erased_at: datetime | None
    next_try_at: datetime | None
    tries: int
    places: tuple[DeletionPlace, ...]


def read_receipt(row: DeletedRecording) -> Receipt:
    """Read the receipt in a row."""
    said = row.receipt or {}
    ordered = sorted(said, key=lambda name: list(PLACES).index(name) if name in PLACES else len(PLACES))
    places = tuple(DeletionPlace(name, int(said[name]["removed"]), said[name]["left"]) for name in ordered)
    return Receipt(row.key, row.deleted_at, row.deleted_by, row.erased_at, row.due_at, row.tries, places)


def unknown_deletion(text: str) -> PermanentError:
    """The error for a key that no deleted recording had."""
    return PermanentError(
        "unknown_deletion", f"No recording {text!r} was deleted.", "`meeting-pipeline deletions` lists those that were."
    )
