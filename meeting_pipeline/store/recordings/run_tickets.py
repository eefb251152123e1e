"""Requests of runs, and whether the run that a request or a stage speaks of is gone. Inside the caller's transaction.

Must not go here: what happens to a recording then (``recovery.py``, ``cancelling.py``).
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.recording import Stage
from meeting_pipeline.store.recordings.fencing import ALIVE
from meeting_pipeline.store.recordings.state_machine import IN_RUN
from meeting_pipeline.store.tables import Recording, RunLease


@dataclass(frozen=True)
class RunTicket:
    """A run to request: its key is unique per request, so requesting it twice starts one run."""

    key: str
    request: int
    at: datetime | None = field(default=None, compare=False)
    """When the recording was marked queued."""
    alone: bool = field(default=False, compare=False)
    """Whether it needs its own run: it may be what ends the runs that work on it, or pay for what ends them."""

    @property
    def run_key(self) -> str:
        """Dagster's de-duplication key."""
        return f"{self.key}:{self.request}"


def is_without_worker(session: Session, row: Recording, ticket: RunTicket | None, *, but_fenced: bool = False) -> bool:
    """Whether the recording is in the state its last run left it in, without a worker, or only with fenced ones."""
    if ticket is not None:
        return row.stage == Stage.QUEUED and row.requests == ticket.request
    states = ("live",) if but_fenced else ALIVE
    alive = select(RunLease).where(RunLease.recording_key == row.key, RunLease.state.in_(states)).limit(1)
    return row.stage in IN_RUN and session.scalar(alive) is None
