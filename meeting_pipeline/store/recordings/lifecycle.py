"""How a recording advances: when ``stage`` and ``status`` change, by the rules of ``state_machine.py``.

Every method is one transaction that holds the recording's row lock, checks the recording's state, and changes it or does
nothing: of two concurrent callers only one can win. The diagram is in ``docs/adr/0003-state-machine.md``.
Must not go here: which recordings are due (``due_work.py``), how a recording starts or restarts (``recordings.py``), what happens
to a recording whose run is gone (``recovery.py``), the work of a stage (``steps/``).
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from meeting_pipeline.domain.errors import INTERNAL_ERROR, PermanentError, PipelineError, StoreUnavailable
from meeting_pipeline.domain.outage import Outage
from meeting_pipeline.domain.record import Problem
from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.foundation.crash_points import crash_point
from meeting_pipeline.store import policies
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import add_event, locked_recording, require_lease
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.outbox.webhook_events import WebhookEvents
from meeting_pipeline.store.recordings.due_work import DueWork
from meeting_pipeline.store.recordings.fencing import awaits_fenced_worker
from meeting_pipeline.store.recordings.leases import take_lease
from meeting_pipeline.store.recordings.run_tickets import RunTicket
from meeting_pipeline.store.recordings.state_machine import IN_RUN, Seen, Transitions
from meeting_pipeline.store.tables import Recording


@retrying
class Lifecycle:
    """State changes of recordings, before and during their runs."""

    def __init__(self, context: StoreContext, webhook_events: WebhookEvents, due_work: DueWork) -> None:
        self._context = context
        self._rules = Transitions(context, webhook_events)
        self._due_work = due_work

    # --- before a run -----------------------------------------------------------------------------------------------

    def ordered(self, key: str, run_id: str | None = None) -> None:
        """The transcription is ordered and in progress: from here on none of our workers has the recording.

        ``run_id``: the run that had the recording. Raises: WorkerFenced if this run's lease was lost.
        """
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            if run_id is not None:
                require_lease(session, run_id)
            if row.stage in (Stage.ORDERING, Stage.COLLECTING):
                row.error_code = row.error_message = row.error_advice = None
                self._rules.move(session, row, Stage.TRANSCRIBING)

    def skip_order(self, key: str) -> None:
        """The installation now transcribes locally: a run can make the transcript."""
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            if row.stage == Stage.ORDERING:
                self._rules.move(session, row, Stage.READY, due_at=self._context.now())

    def order_later(self, key: str, error: PipelineError) -> datetime | None:
        """The order could not be placed: retry later, or fail. Returns the due time."""
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            if row.stage != Stage.ORDERING:
                return row.due_at
            return self._rules.defer(session, row, Stage.ORDERING, error)

    def ready(self, key: str) -> None:
        """The provider has finished, successfully or not: a run is due."""
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            if row.stage == Stage.TRANSCRIBING:
                self._rules.move(session, row, Stage.READY, due_at=self._context.now())

    def request_runs(
        self, limit: int, outages: Sequence[Outage] = (), *, queued_at_most: int = policies.QUEUED_RECORDINGS
    ) -> list[RunTicket]:
        """Select recordings that are ready and due, mark them queued, and return the runs to request.

        ``outages`` leaves out recordings that would only run into one of them. Of ``queued_at_most`` recordings, the queued ones
        are those that no run has begun, even if theirs is at work: the others wait here, where waiting costs nothing.
        """
        tickets: list[RunTicket] = []
        with self._context.database.read() as session:
            queued = session.scalar(select(func.count()).where(Recording.stage == Stage.QUEUED)) or 0
        for found in self._due_work.due(Stage.READY, max(0, min(limit, queued_at_most - queued)), outages):
            try:
                ticket = self.request_run(found.key)
            except StoreUnavailable:
                if not tickets:
                    raise
                break  # what is marked must be requested; the others are due again next time
            tickets += [ticket] if ticket is not None else []
        return tickets

    def request_run(self, key: str) -> RunTicket | None:
        """Mark this recording queued; ``None`` if it is not ready and due, waits for a fenced worker, or was deleted."""
        with self._context.database.write() as session:
            row, now = session.get(Recording, key, with_for_update=True), self._context.now()
            if row is None or row.stage != Stage.READY or row.due_at is None or row.due_at > now:
                return None
            fenced = awaits_fenced_worker(Recording.key, now)
            if session.scalar(select(Recording.key).where(Recording.key == key, fenced)) is not None:
                return None
            row.requests += 1
            row.requested_at = self._context.now()
            self._rules.move(session, row, Stage.QUEUED)
            met_a_bug = row.attempts > 0 and row.error_code == INTERNAL_ERROR
            alone = row.worker_losses > 0 or met_a_bug or row.requests > policies.SHARED_REQUESTS
            return RunTicket(row.key, row.requests, row.requested_at, alone)

    def set_waiting_reason(self, key: str, problem: Problem | None) -> None:
        """Note that a recording that is with the provider waits for a person (``problem``), or no longer does."""
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            code = problem.code if problem else None
            if row.stage != Stage.TRANSCRIBING or row.status == RecordingStatus.COMPLETED or row.error_code == code:
                return
            row.error_code = code
            row.error_message, row.error_advice = (problem.message, problem.advice) if problem else (None, None)
            if problem is not None:
                add_event(session, row, "waiting", self._context.now(), code=problem.code, until=None)

    def request_again(self, ticket: RunTicket) -> None:
        """The requested run does not exist or ended before it started work: make the recording ready again."""
        with self._context.database.write() as session:
            row = locked_recording(session, ticket.key)
            if row.stage == Stage.QUEUED and row.requests == ticket.request:
                self._rules.move(session, row, Stage.READY, due_at=self._context.now())

    # --- in a run ---------------------------------------------------------------------------------------------------

    def begin(self, key: str, run_id: str, *, collecting: bool, request: int | None = None) -> None:
        """A worker starts on a recording: it gets a lease, and the status becomes ``processing`` unless there is an outcome.

        A run of other results does not change the status while the transcript is still missing: it cannot make one.

        Calling it again from the same run (a retried step) changes nothing. ``collecting``: whether the run makes the
        transcript, or only results based on it. ``request``: the number of the request that started the run.
        Raises: WorkerFenced if this run's lease was lost; PermanentError ``run_superseded`` if the recording has moved on since
            the request (it was cancelled, or another run was requested).
        """
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            new = take_lease(session, run_id, key, self._context.now())
            if new and request is not None:
                _require_requested(row, request)
            if not RecordingStatus(row.status).terminal and (collecting or row.stage in IN_RUN):
                row.status = RecordingStatus.PROCESSING
            if new:
                add_event(session, row, "run_started", self._context.now(), run_id=run_id)
            if collecting and row.stage != Stage.COLLECTING:
                self._rules.move(session, row, Stage.COLLECTING)

    def extracting(self, key: str, run_id: str) -> None:
        """The transcript is stored; the insights are next."""
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            require_lease(session, run_id)
            row.error_code = row.error_message = row.error_advice = None
            if row.stage == Stage.COLLECTING:
                self._rules.move(session, row, Stage.EXTRACTING)

    def collect_later(self, key: str, run_id: str, error: PipelineError) -> datetime | None:
        """The transcript could not be fetched now. Returns when it is retried; ``None``: failed."""
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            require_lease(session, run_id)
            return self._rules.defer(session, row, Stage.READY, error)

    def fail(self, key: str, run_id: str, error: PipelineError) -> bool:
        """End the recording as failed, unless it has an earlier good outcome. True if this call made it fail."""
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            require_lease(session, run_id)
            return self._rules.fail(session, row, Problem(error.code, error.message, error.advice))

    def complete(self, key: str, run_id: str, seen: Seen | None = None) -> int | None:
        """The minutes are written from the state ``seen``: the final status and the outbox rows are committed together.

        Returns the revision to be delivered, or ``None`` if nothing changed since the last one.
        """
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            require_lease(session, run_id)
            revision = self._rules.complete(session, row, seen)
            session.flush()
            crash_point("finishing.before_commit", key)
            return revision


def _require_requested(row: Recording, request: int) -> None:
    if row.requests != request or row.stage not in (Stage.QUEUED, Stage.READY):
        raise PermanentError(
            "run_superseded",
            "The recording has moved on since this run was requested: it was cancelled, or another run has it.",
            "Nothing to do. To process it again: meeting-pipeline reprocess",
        )
