"""What a recording waits for, and until when: one place for all readers.

Belongs here: turning stage, problem and outage into a sentence. Must not go here: which outage affects a recording
(``store/recordings/outage_filter.py``), missing insights of a finished recording (``record.Gap``).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from meeting_pipeline.domain.outage import Outage
from meeting_pipeline.domain.record import Problem
from meeting_pipeline.domain.recording import Stage


class WaitKind(StrEnum):
    """What the recording waits for."""

    OUTAGE = "outage"
    """A provider is unavailable; the next attempt is at ``until``."""
    LIMIT = "limit"
    """The daily limit of spending is reached; it continues at ``until``."""
    RETRY = "retry"
    """The last attempt failed; the next is due at ``until``."""
    PROVIDER = "provider"
    """The provider is working on it."""
    TURN = "turn"
    """It will be handled soon; it only waits for other recordings."""


@dataclass(frozen=True)
class Wait:
    """What a recording waits for. ``until`` is the time of the next attempt; ``None`` if unknown."""

    kind: WaitKind
    code: str
    message: str
    advice: str = ""
    until: datetime | None = None


_ORDINARY: Final = {
    Stage.ORDERING: Wait(WaitKind.TURN, "ordering", "Its transcription will be ordered shortly."),
    Stage.TRANSCRIBING: Wait(WaitKind.PROVIDER, "transcribing", "The provider is transcribing it."),
    Stage.READY: Wait(WaitKind.TURN, "ready", "A run will start shortly."),
    Stage.QUEUED: Wait(WaitKind.TURN, "queued", "Waiting for a free run slot."),
}


def wait_of(stage: Stage, due_at: datetime | None, problem: Problem | None, outage: Outage | None) -> Wait | None:
    """What a recording at this stage waits for; ``None`` while it is being processed, and once it is done."""
    if stage not in _ORDINARY:
        return None
    if outage is not None:
        return outage_wait(outage)
    if problem is not None:
        return Wait(WaitKind.RETRY, problem.code, problem.message, problem.advice, due_at)
    return _ORDINARY[stage]


def outage_wait(outage: Outage) -> Wait:
    """The wait for the end of an outage, or for the next day after the daily limit."""
    return Wait(
        WaitKind.LIMIT if outage.limit else WaitKind.OUTAGE, outage.code, outage.line(), outage.advice, outage.probe_at
    )
