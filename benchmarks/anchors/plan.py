"""What is measured, and how much of it. Must not go here: how."""

from collections.abc import Collection
from dataclasses import dataclass, replace

PARTS = ("idle", "alone", "burst30", "burst200", "backfill")
"""In the order in which they are measured. ``burst30`` measures the storage too."""
SLOTS = (2, 8)
"""Slots of the Celery pipelines."""
TRANSCRIPTION_S, WAITING_TRANSCRIPTION_S = 5.0, 60.0
"""``burst200`` has the second: most of its recordings wait at the provider at the same time."""
MODEL_S, BACKFILL_MODEL_S = 1.0, 4.0
BURST_LIMIT_S = 1800.0
AFTER_SECONDS = 15.0
"""After the last webhook, for what a pipeline leaves for later: tables over all meetings, and acknowledgements."""


@dataclass(frozen=True)
class Sizes:
    """How many of each. The Celery pipeline works on parts, which are scaled: it would take hours."""

    runs: int = 3
    burst: int = 30
    waiting: int = 200
    meetings: int = 1000
    idle_s: float = 60.0
    backfill_limit_s: float = 480.0
    """A backfill that takes longer is stopped, and its time is scaled."""
    celery_waiting: int = 20
    celery_meetings: int = 50
    celery_limit_s: float = 1200.0

    def unscaled(self) -> "Sizes":
        """Everything in full, however long it takes."""
        hours = 4 * 3600.0
        return replace(
            self,
            backfill_limit_s=hours,
            celery_waiting=self.waiting,
            celery_meetings=self.meetings,
            celery_limit_s=hours,
        )


def chosen(text: str | None) -> Collection[str]:
    """The parts named, separated by commas; all of them if none is. Raises: ValueError."""
    if not text:
        return PARTS
    named = [word.strip() for word in text.split(",")]
    unknown = [word for word in named if word not in PARTS]
    if unknown:
        raise ValueError(f"{', '.join(unknown)}: choose from {', '.join(PARTS)}")
    return named
