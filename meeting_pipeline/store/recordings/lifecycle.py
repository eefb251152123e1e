"""How a recording moves on: who may change ``stage`` and ``status``, and when, by the rules of ``state_machine.py``.

Every method is one transaction that holds the recording's row lock, checks where the recording is, and changes it or
leaves it alone: two callers at once cannot both win. The picture is in ``docs/adr/0003-state-machine.md``.
Must not go here: where a recording begins or starts over (``recordings.py``), what becomes of one whose run is gone
(``recovery.py``), the work of a stage (``steps/``).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select

from meeting_pipeline.domain.errors import PermanentError, PipelineError, StoreUnavailable
from meeting_pipeline.domain.models import RecordingStatus, ResultKind, Stage
from meeting_pipeline.domain.outage import Outage
from meeting_pipeline.domain.record import Problem
from meeting_pipeline.foundation.crash_points import crash_point
from meeting_pipeline.store import policies
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import add_event, locked_recording, require_lease
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.outbox.webhook_events import WebhookEvents
from meeting_pipeline.store.recordings.leases import LeaseHolder, take_lease
from meeting_pipeline.store.recordings.outage_filter import held_up
from meeting_pipeline.store.recordings.recovery import CancelOutcome, RunTicket
from meeting_pipeline.store.recordings.state_machine import IN_RUN, Seen, Transitions
from meeting_pipeline.store.tables import Artifact, Recording, TranscriptionOrder

__all__ = ["CancelOutcome", "LeaseHolder", "Lifecycle", "RunTicket", "Seen"]


@retrying
class Lifecycle:
    """State changes of recordings, before their runs and in them."""

    def __init__(self, context: StoreContext, webhook_events: WebhookEvents) -> None:
        self._context = context
        self._rules = Transitions(context, webhook_events)

    # --- before a run -----------------------------------------------------------------------------------------------

    def due(self, stage: Stage, limit: int, outages: Sequence[Outage] = ()) -> Sequence[Recording]:
        """Recordings of this stage whose next step is due, the longest waiting first.

        Half of them are the newest, if there are more than ``limit``: a backlog must not starve new arrivals.
        ``outages`` leaves out those that would only meet one of them.
        """
        query = select(Recording).where(
            Recording.stage == stage, Recording.due_at <= self._context.now(), ~held_up(outages)
        )
        return self._fair(query, limit)

    def first_held_up(self, outage: Outage) -> Recording | None:
        """The recording that waits for a run and would meet this outage, the one that has waited longest for its turn."""
        query = select(Recording).where(
            Recording.stage == Stage.READY, Recording.due_at <= self._context.now(), held_up([outage])
        )
        with self._context.database.read() as session:
            return session.scalar(query.order_by(Recording.due_at).limit(1))

    def _fair(self, query: Select[tuple[Recording]], limit: int) -> Sequence[Recording]:
        with self._context.database.read() as session:
            found = session.scalars(query.order_by(Recording.due_at).limit(limit)).all()
            if len(found) < limit or limit < 2:
                return found
            newest = session.scalars(query.order_by(Recording.created_at.desc()).limit(limit // 2)).all()
            mixed = {row.key: row for row in [*found[: limit - len(newest)], *newest, *found]}
            return list(mixed.values())[:limit]

    def orders_due(
        self, limit: int, *, largest_bytes: int | None = None, overdue_s: float = 0.0
    ) -> Sequence[Recording]:
        """Recordings whose transcription is to be ordered now and that no worker is ordering; see ``due``.

        ``largest_bytes`` leaves larger ones to others, ``overdue_s`` (seconds, not scaled) those that are due since less.
        """
        now = self._context.now()
        due = now - timedelta(seconds=overdue_s)
        at_work = select(TranscriptionOrder.id).where(
            TranscriptionOrder.recording_key == Recording.key, TranscriptionOrder.claimed_until > now
        )
        query = select(Recording).where(Recording.stage == Stage.ORDERING, Recording.due_at <= due, ~at_work.exists())
        if largest_bytes is not None:
            query = query.where(Recording.size_bytes <= largest_bytes)
        return self._fair(query, limit)

    def ordered(self, key: str, run_id: str | None = None) -> None:
        """The transcription is bought and under way: from here nothing of ours works on it.

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
        """The installation transcribes by itself now: a run can make the transcript."""
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            if row.stage == Stage.ORDERING:
                self._rules.move(session, row, Stage.READY, due_at=self._context.now())

    def order_later(self, key: str, error: PipelineError) -> datetime | None:
        """The order could not be placed: due again later, or failed for good. Returns the due time."""
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            if row.stage != Stage.ORDERING:
                return row.due_at
            return self._rules.defer(session, row, Stage.ORDERING, error)

    def ready(self, key: str) -> None:
        """The provider has finished with it (for better or worse): a run is due."""
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            if row.stage == Stage.TRANSCRIBING:
                self._rules.move(session, row, Stage.READY, due_at=self._context.now())

    def request_runs(self, limit: int, outages: Sequence[Outage] = ()) -> list[RunTicket]:
        """Take recordings that are ready and due, mark them queued, and say which runs to request.

        ``outages`` leaves out those that would only meet one of them. No more than ``QUEUED_RUNS`` are queued at a time: the
        others wait here, where waiting costs nothing.
        """
        tickets: list[RunTicket] = []
        with self._context.database.read() as session:
            queued = session.scalar(select(func.count()).where(Recording.stage == Stage.QUEUED)) or 0
        for found in self.due(Stage.READY, max(0, min(limit, policies.QUEUED_RUNS - queued)), outages):
            try:
                ticket = self.request_run(found.key)
            except StoreUnavailable:
                if not tickets:
                    raise
                break  # what is marked must be requested; the others are due again with the next look
            tickets += [ticket] if ticket is not None else []
        return tickets

    def request_run(self, key: str) -> RunTicket | None:
        """Mark this recording queued; ``None`` if it is not ready and due, or was deleted."""
        with self._context.database.write() as session:
            row = session.get(Recording, key, with_for_update=True)
            if row is None or row.stage != Stage.READY or row.due_at is None or row.due_at > self._context.now():
                return None
            row.requests += 1
            row.requested_at = self._context.now()
            self._rules.move(session, row, Stage.QUEUED)
            return RunTicket(row.key, row.requests, row.requested_at)

    def set_waiting_reason(self, key: str, problem: Problem | None) -> None:
        """A recording that is with the provider waits for a person (``problem``), or does not any more."""
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            code = problem.code if problem else None
            if row.stage != Stage.TRANSCRIBING or row.status == RecordingStatus.COMPLETED or row.error_code == code:
                return
            row.error_code = code
            row.error_message, row.error_advice = (problem.message, problem.advice) if problem else (None, None)
            if problem is not None:
                add_event(session, row, "waiting", self._context.now(), code=problem.code, until=None)

    def waiting_with(self, code: str) -> set[str]:
        """Recordings that are with the provider and say that they wait for this."""
        query = select(Recording.key).where(Recording.stage == Stage.TRANSCRIBING, Recording.error_code == code)
        with self._context.database.read() as session:
            return set(session.scalars(query))

    def queued_before(self, seconds: float, limit: int) -> Sequence[RunTicket]:
        """The oldest requests, older than this, that no run has begun: Dagster may never have heard of them."""
        cutoff = self._context.now() - timedelta(seconds=seconds)
        query = (
            select(Recording)
            .where(Recording.stage == Stage.QUEUED, Recording.requested_at < cutoff)
            .order_by(Recording.requested_at)
            .limit(limit)
        )
        with self._context.database.read() as session:
            return [RunTicket(row.key, row.requests, row.requested_at) for row in session.scalars(query)]

    def request_again(self, ticket: RunTicket) -> None:
        """The requested run does not exist or ended before it began: make the recording ready again."""
        with self._context.database.write() as session:
            row = locked_recording(session, ticket.key)
            if row.stage == Stage.QUEUED and row.requests == ticket.request:
                self._rules.move(session, row, Stage.READY, due_at=self._context.now())

    # --- in a run ---------------------------------------------------------------------------------------------------

    def begin(self, key: str, run_id: str, *, collecting: bool, request: int | None = None) -> None:
        """A worker starts on a recording: it gets a lease, and ``processing`` is shown unless it has an outcome.

        A run of other results alone shows nothing of the kind while the transcript is still to come: it cannot make any.

        Calling it again from the same run (a retried step) changes nothing. ``collecting`` says whether the run makes
        the transcript, or only results that rest on it. ``request``: the number of the request that started the run.
        Raises: WorkerFenced if this run's lease was lost; PermanentError ``run_superseded`` if the recording has moved on
            since the request (it was cancelled, or another run was requested).
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
        """The transcript could not be had now. Returns when it is tried again; ``None``: failed for good."""
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            require_lease(session, run_id)
            return self._rules.defer(session, row, Stage.READY, error)

    def fail(self, key: str, run_id: str, error: PipelineError) -> bool:
        """End the recording as failed, unless it has an earlier good outcome. True if it failed by this call."""
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            require_lease(session, run_id)
            return self._rules.fail(session, row, Problem(error.code, error.message, error.advice))

    def complete(self, key: str, run_id: str, seen: Seen | None = None) -> int | None:
        """The minutes are written, of what was ``seen``: the terminal state and the outbox rows commit together.

        Returns the revision that is told, or ``None`` if nothing changed since the last one.
        """
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            require_lease(session, run_id)
            revision = self._rules.complete(session, row, seen)
            session.flush()
            crash_point("finishing.before_commit", key)
            return revision

    def has_transcript(self, key: str) -> bool:
        """Whether a good transcript is stored."""
        query = select(Artifact.id).where(
            Artifact.recording_key == key, Artifact.kind == ResultKind.TRANSCRIPT, Artifact.available.is_(True)
        )
        with self._context.database.read() as session:
            return session.scalar(query.limit(1)) is not None


def _require_requested(row: Recording, request: int) -> None:
    if row.requests != request or row.stage not in (Stage.QUEUED, Stage.READY):
        raise PermanentError(
            "run_superseded",
            "The recording has moved on since this run was requested: it was cancelled, or another run has it.",
            "Nothing to do. To process it again: meeting-pipeline reprocess",
        )
