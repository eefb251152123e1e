"""What an intake did, for the run and the command that asked for it.

Must not go here: doing it (``batch.py``, ``take_in.py``), how it is shown.
"""

from dataclasses import dataclass, field
from pathlib import Path

from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.steps.intake.accept import Taken


@dataclass(frozen=True)
class Refused:
    """A file that was set aside."""

    code: str
    message: str
    note: Path


@dataclass
class IntakeReport:
    """What an intake did."""

    taken: list[Taken] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    left: int = 0
    """Files that changed while they were copied, or that the disk had no room for: the next intake looks again."""
    trouble: StoreUnavailable | None = None
    """Why a file was left, if disk or database are at fault: another look at once would meet the same."""
