"""What happens to a recording whose run is gone: it goes to another run, waits, or fails.

Each change checks under the recording's row lock that no worker has the recording: a second caller finds it moved on.
Must not go here: asking Dagster what happened to the run (``defs/sensors/run_states.py``), choosing the change
(``steps/operations/recover.py``), cancellations (``cancelling.py``).
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
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
from meeting_pipeline.store.recordings.fencing import ALIVE
from meeting_pipeline.store.recordings.run_tickets import RunTicket, is_without_worker
from meeting_pipeline.store.recordings.state_machine import IN_RUN, Transitions
from meeting_pipeline.store.tables import Recording, RecordingEvent, RunLease

NOT_LAUNCHED = Problem(
    "run_not_launched",
    "No worker could be started for this recording.",
    "`meeting-pipeline doctor` and the failed runs of this partition say why. Processing resumes automatically when that is "
    "fixed.",
)


@retrying
class Recovery:
    """State changes of recordings that no worker has any more."""

    def __init__(self, context: StoreContext, webhook_events: WebhookEvents) -> None:
        self._context = context
        self._rules = Transitions(context, webhook_events)

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
            if not is_without_worker(session, row, ticket):
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
            if not is_without_worker(session, row, None):
                return False
            self._rules.move(session, row, Stage.DONE)
            return True

    def requeue_stopped(self, key: str) -> bool:
        """Requeue a recording whose worker was alive and ended on request. True if done. This does not count as a lost worker.

        But the cause may end every run, so all runs after the first wait with back-off.
        """
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            if not is_without_worker(session, row, None):
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
            if not is_without_worker(session, row, ticket):
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
            if not is_without_worker(session, row, ticket):
                return False
            self._rules.defer(session, row, Stage.READY, error)
            return True


def _times_not_launched(session: Session, row: Recording) -> int:
    """How many times in a row no worker could be started, since one last was."""
    events = select(RecordingEvent).where(
        RecordingEvent.recording_key == row.key, RecordingEvent.type.in_(("run_started", "waiting"))
    )
    count = 0
    for event in session.scalars(events.order_by(RecordingEvent.seq)):
        count = count + (event.data.get("code") == NOT_LAUNCHED.code) if event.type == "waiting" else 0
    return count
