"""What happens to a recording whose run is gone: it goes to another run, waits, fails, or is cancelled.

Each change checks under the recording's row lock that no worker has the recording: a second caller finds it moved on.
Must not go here: asking Dagster what happened to the run (``defs/sensors/run_states.py``), choosing the change
(``steps/operations/recover.py``).
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from meeting_pipeline import policies
from meeting_pipeline.domain.backoff import backoff_s
from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.domain.record import Problem
from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import add_event, locked_recording
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.outbox.webhook_events import WebhookEvents
from meeting_pipeline.store.recordings.fencing import ALIVE, mark_fenced
from meeting_pipeline.store.recordings.lease_watch import LeaseWatch
from meeting_pipeline.store.recordings.leases import LeaseHolder
from meeting_pipeline.store.recordings.state_machine import IN_RUN, Transitions
from meeting_pipeline.store.tables import Recording, RecordingEvent, RunLease, TranscriptionOrder

NOT_LAUNCHED = Problem(
    "run_not_launched",
    "No worker could be started for this recording.",
    "`meeting-pipeline doctor` and the failed runs of this partition say why. Processing resumes automatically when that is "
    "fixed.",
)
CANCELLED = Problem(
    "cancelled",
    "A person cancelled this recording.",
    "`meeting-pipeline reprocess` starts it over; what was paid for is not bought again.",
)


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


class CancelOutcome(enum.StrEnum):
    """The effect of a cancellation."""

    FAILED = "failed"
    """The recording ended as ``failed`` with the code ``cancelled``."""
    STOPPED = "stopped"
    """It had an outcome, which is kept; the runs that reprocessed it were stopped."""
    NOTHING = "nothing"
    """It has an outcome, and no run was working on it."""


@retrying
class Recovery:
    """State changes of recordings that no worker has any more, or that are being taken from their worker."""

    def __init__(self, context: StoreContext, webhook_events: WebhookEvents, lease_watch: LeaseWatch) -> None:
        self._context = context
        self._rules = Transitions(context, webhook_events)
        self._lease_watch = lease_watch

    def abandoned(self) -> Sequence[Recording]:
        """Recordings whose stage says that a run has them, although no live or fenced lease exists."""
        alive = select(RunLease.recording_key).where(RunLease.state.in_(ALIVE), RunLease.recording_key.is_not(None))
        query = select(Recording).where(
            Recording.stage.in_(IN_RUN),
            Recording.key.not_in(alive),
            Recording.updated_at < self._context.now() - timedelta(seconds=policies.HEARTBEAT_SECONDS),
        )
        with self._context.database.read() as session:
            return session.scalars(query).all()

    def requeue(self, key: str, reason: Problem | None, ticket: RunTicket | None = None) -> bool:
        """Requeue a recording without a worker for the next run. True if done.

        ``reason`` counts a lost worker; after ``WORKER_LOSSES`` the recording fails with it. ``None``: not the recording's
        fault. ``ticket``: the request whose run ended before it started work; otherwise a run had the recording.
        """
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            if not _is_without_worker(session, row, ticket):
                return False
            if reason is not None:
                row.worker_losses += 1
            if reason is not None and row.worker_losses >= policies.WORKER_LOSSES:
                self._rules.fail(session, row, reason)
                return True
            # The first time at once. After that, whatever kills the workers may need time to pass (a full disk, too
            # little memory); the same goes for runs that end before they start work.
            wait = policies.RETRY_BASE_SECONDS if row.worker_losses > 1 or ticket is not None else 0.0
            self._rules.move(session, row, Stage.READY, due_at=self._context.after(wait))
            return True

    def leave_completed(self, key: str) -> bool:
        """True if a person only had the transcript of a completed recording made again.

        The rest waits for a request, because it costs money.
        """
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            if row.status != RecordingStatus.COMPLETED or row.stage != Stage.EXTRACTING:
                return False
            if not _is_without_worker(session, row, None):
                return False
            self._rules.move(session, row, Stage.DONE)
            return True

    def requeue_stopped(self, key: str) -> bool:
        """Requeue a recording whose worker was alive and ended on request. True if done. This does not count as a lost worker.

        But the cause may end every run, so all runs after the first wait with back-off.
        """
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            if not _is_without_worker(session, row, None):
                return False
            times = max(0, row.requests - 2)
            wait = (
                backoff_s(times, policies.RETRY_BASE_SECONDS, policies.RETRY_MAX_SECONDS) if row.requests > 1 else 0.0
            )
            self._rules.move(session, row, Stage.READY, due_at=self._context.after(wait))
            return True

    def not_launched(self, ticket: RunTicket) -> bool:
        """No worker of this request's run was ever seen: whatever starts workers is broken, not the recording.

        The recording waits with back-off and shows the reason: one run an hour does no harm, and it resumes automatically. True
        if done.
        """
        with self._context.database.write() as session:
            row = locked_recording(session, ticket.key)
            if not _is_without_worker(session, row, ticket):
                return False
            times = _times_not_launched(session, row)
            due = self._context.after(backoff_s(times, policies.RETRY_BASE_SECONDS, policies.RETRY_MAX_SECONDS))
            if row.status != RecordingStatus.COMPLETED:
                row.error_code, row.error_message = NOT_LAUNCHED.code, NOT_LAUNCHED.message
                row.error_advice = NOT_LAUNCHED.advice
            self._rules.move(session, row, Stage.READY, due_at=due)
            add_event(session, row, "waiting", self._context.now(), code=NOT_LAUNCHED.code, until=due.isoformat())
            return True

    def defer(self, key: str, error: PipelineError, ticket: RunTicket | None = None) -> bool:
        """A run ended with an error that Dagster knows: retry later, or fail when the attempts are used up."""
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            if not _is_without_worker(session, row, ticket):
                return False
            self._rules.defer(session, row, Stage.READY, error)
            return True

    def cancel(self, key: str) -> CancelOutcome:
        """End the recording because a person wants it: all its workers are fenced, and nothing more is bought.

        An order that a provider already has stays in the ledger: it is collected if the recording is reprocessed.
        """
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            return self._cancel(session, row)

    def cancel_run(self, worker: LeaseHolder) -> bool:
        """A person stopped this run. The recording is cancelled if the run had it. True if the recording ended."""
        if worker.key is None:
            self._lease_watch.fence_lease(worker.run_id)
            return False
        with self._context.database.write() as session:
            row = locked_recording(session, worker.key)
            lease = session.get(RunLease, worker.run_id, with_for_update=True)
            if lease is not None and lease.state == "live":
                mark_fenced(session, lease, self._context.now())
                session.flush()
            if not _is_without_worker(session, row, None, but_fenced=True):  # another run has it, or none had
                return False
            self._cancel(session, row)
            return True

    def cancel_request(self, ticket: RunTicket) -> bool:
        """A person removed this request from Dagster's queue. True if the recording ended."""
        with self._context.database.write() as session:
            row = locked_recording(session, ticket.key)
            if not _is_without_worker(session, row, ticket):
                return False
            self._cancel(session, row)
            return True

    def _cancel(self, session: Session, row: Recording) -> CancelOutcome:
        live = (RunLease.recording_key == row.key, RunLease.state == "live")
        query = select(RunLease).where(*live).order_by(RunLease.run_id).with_for_update()
        leases = session.scalars(query).all()
        for lease in leases:
            mark_fenced(session, lease, self._context.now())
        # A worker that is placing an order notices before it buys: Orders.ordering returns False. If it was already told to
        # buy, the provider may have the order and not list it yet: the claim stays until the worker has ended, or is silent.
        session.execute(
            update(TranscriptionOrder)
            .where(TranscriptionOrder.recording_key == row.key, TranscriptionOrder.state != "ordering")
            .values(claimed_by=None, claimed_until=None)
            .execution_options(synchronize_session=False)
        )
        if not RecordingStatus(row.status).terminal:
            self._rules.fail(session, row, CANCELLED)
            return CancelOutcome.FAILED
        if not leases and row.stage == Stage.DONE:
            return CancelOutcome.NOTHING
        self._rules.keep_outcome(session, row, CANCELLED)
        return CancelOutcome.STOPPED


def _times_not_launched(session: Session, row: Recording) -> int:
    """How many times in a row no worker could be started, since one last was."""
    events = select(RecordingEvent).where(
        RecordingEvent.recording_key == row.key, RecordingEvent.type.in_(("run_started", "waiting"))
    )
    count = 0
    for event in session.scalars(events.order_by(RecordingEvent.seq)):
        count = count + (event.data.get("code") == NOT_LAUNCHED.code) if event.type == "waiting" else 0
    return count


def _is_without_worker(session: Session, row: Recording, ticket: RunTicket | None, *, but_fenced: bool = False) -> bool:
    """Whether the recording is in the state its last run left it in, without a worker, or only with fenced ones."""
    if ticket is not None:
        return row.stage == Stage.QUEUED and row.requests == ticket.request
    states = ("live",) if but_fenced else ALIVE
    alive = select(RunLease).where(RunLease.recording_key == row.key, RunLease.state.in_(states)).limit(1)
    return row.stage in IN_RUN and session.scalar(alive) is None
