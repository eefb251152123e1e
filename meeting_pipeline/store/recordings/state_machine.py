"""The rules of the state machine, for callers that hold the recording's row lock.

Belongs here: what follows from an outcome, a failure or a restart.
Must not go here: who may trigger it (``lifecycle.py``, ``recordings.py``).
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.backoff import backoff_s
from meeting_pipeline.domain.errors import STORED_ELSEWHERE, OperatorError, PipelineError, TransientError
from meeting_pipeline.domain.record import Problem
from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.store import policies
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import add_event
from meeting_pipeline.store.outbox.webhook_events import WebhookEvents
from meeting_pipeline.store.tables import GapRow, Recording, TranscriptionOrder

IN_RUN = (Stage.COLLECTING, Stage.EXTRACTING)
"""Stages in which a run has the recording."""


@dataclass(frozen=True)
class Seen:
    """The state of a record when it was read: ``Recording.changed_at`` at that time."""

    changed_at: datetime | None


class Transitions:
    """Changes of stage and status inside a caller's transaction."""

    def __init__(self, context: StoreContext, webhook_events: WebhookEvents) -> None:
        self._context = context
        self._webhook_events = webhook_events

    def move(self, session: Session, row: Recording, stage: Stage, due_at: datetime | None = None) -> None:
        """Change the stage. ``due_at``: when its next step is due."""
        row.stage = stage
        row.due_at = due_at
        add_event(session, row, "stage", self._context.now(), stage=stage.value)

    def defer(self, session: Session, row: Recording, stage: Stage, error: PipelineError) -> datetime | None:
        """Retry later, or fail. Outages and operator errors do not count as attempts; a permanent error fails at once."""
        problem = Problem(error.code, error.message, error.advice)
        completed = row.status == RecordingStatus.COMPLETED
        if completed and not _has_bought(session, row):  # a person's reprocessing: its run reports what went wrong
            self.fail(session, row, problem)
            return None
        if error.outage:  # due when the outage ends: see ``outage_filter.py``
            due = self._context.now()
        elif error.code == STORED_ELSEWHERE:
            due = self._context.after(policies.ELSEWHERE_RETRY_SECONDS)
        elif isinstance(error, OperatorError):
            due = self._context.after(policies.OPERATOR_RETRY_SECONDS)
        else:
            row.attempts += 1
            if not error.retryable or row.attempts >= policies.TRANSCRIPT_ATTEMPTS:
                self.fail(session, row, problem)
                return None
            wait = backoff_s(row.attempts - 1, shared_policies.RETRY_BASE_SECONDS, shared_policies.RETRY_MAX_SECONDS)
            asked = error.retry_after_s if isinstance(error, TransientError) else None
            due = self._context.after(max(wait, asked or 0.0))
        if not completed:
            row.error_code, row.error_message, row.error_advice = problem.code, problem.message, problem.advice
        if not RecordingStatus(row.status).terminal:
            row.status = RecordingStatus.PENDING
        self.move(session, row, stage, due_at=due)
        until = None if error.outage else due.isoformat()
        add_event(session, row, "waiting", self._context.now(), code=problem.code, until=until)
        return due

    def fail(self, session: Session, row: Recording, problem: Problem) -> bool:
        """End as failed and publish it. False for a completed recording: its outcome is kept."""
        now = self._context.now()
        if row.status == RecordingStatus.COMPLETED:
            self.keep_outcome(session, row, problem)
            return False
        row.status = RecordingStatus.FAILED
        row.error_code, row.error_message, row.error_advice = problem.code, problem.message, problem.advice
        row.completed_at = now
        row.changed_at = None
        self.move(session, row, Stage.DONE)
        self._webhook_events.publish(session, row)
        add_event(session, row, "failed", now, code=problem.code, revision=row.revision)
        return True

    def keep_outcome(self, session: Session, row: Recording, problem: Problem) -> None:
        """A reprocessing ended without a result: the published outcome is kept."""
        row.attempts = row.worker_losses = 0
        if row.stage != Stage.DONE:
            self.move(session, row, Stage.DONE)
        add_event(session, row, "reprocessing_failed", self._context.now(), code=problem.code)

    def complete(self, session: Session, row: Recording, seen: Seen | None = None) -> int | None:
        """End as completed and publish it. Returns the new revision, or ``None`` if nothing changed.

        ``seen``: the state from which the minutes were written. Later changes are published here already but are not in the
        minutes, so the recording stays marked as changed and its minutes are written again.
        """
        now = self._context.now()
        if row.status != RecordingStatus.COMPLETED:
            row.completed_at = now
        row.status = RecordingStatus.COMPLETED
        row.error_code = row.error_message = row.error_advice = None
        row.attempts = row.worker_losses = 0
        if seen is None or row.changed_at == seen.changed_at:
            row.changed_at = None
        if row.stage in IN_RUN:
            self.move(session, row, Stage.DONE)
        revision = self._webhook_events.publish(session, row)
        if revision is not None:
            gaps = session.scalars(select(GapRow.insight).where(GapRow.recording_key == row.key)).all()
            add_event(session, row, "completed", now, revision=revision, gaps=list(gaps))
        return revision


def restart(row: Recording, needs_order: bool, context: StoreContext) -> None:
    """Put a failed recording back to its first stage, with no attempts used. The caller holds the row lock."""
    row.status = RecordingStatus.PENDING
    row.stage = Stage.ORDERING if needs_order else Stage.READY
    row.due_at = context.now()
    row.completed_at = None
    row.attempts = 0
    row.worker_losses = 0
    row.error_code = row.error_message = row.error_advice = None


def _has_bought(session: Session, row: Recording) -> bool:
    """Whether a transcript is, or may be, ordered and not collected: whatever is paid for is fetched."""
    query = select(TranscriptionOrder.state).where(TranscriptionOrder.recording_key == row.key)
    return session.scalar(query.order_by(TranscriptionOrder.created_at.desc()).limit(1)) in ("ordering", "ordered")
