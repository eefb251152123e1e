"""The report of an intake, for the run or command that started it.

Must not go here: the intake itself (``batch.py``, ``ingest.py``), how the report is shown.
"""

from dataclasses import dataclass, field
from pathlib import Path

from meeting_pipeline.domain.errors import StorageRefused, StoreUnavailable
from meeting_pipeline.steps.intake.accept import Taken


@dataclass(frozen=True)
class Refused:
    """A rejected file."""

    code: str
    message: str
    note: Path


@dataclass
class IntakeReport:
    """The result of an intake."""

    taken: list[Taken] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    left: int = 0
    """Files left in the drop folder, for example because they changed during copying or the disk was full. They are
    retried."""
    bucket_trouble: StoreUnavailable | StorageRefused | None = None
    """Why nothing more can be taken from the bucket now."""
    trouble: StoreUnavailable | StorageRefused | None = None
    """Why a file was left, if the disk or the database failed: an immediate retry would fail too."""
