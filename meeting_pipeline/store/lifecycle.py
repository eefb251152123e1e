"""How a recording moves on: who may change ``stage`` and ``status``, and when, by the rules of ``transitions.py``.

Every method is one transaction that holds the recording's row lock, checks where the recording is, and changes it or
leaves it alone: two callers at once cannot both win. The picture is in ``docs/adr/0003-state-machine.md``.
Must not go here: where a recording begins or starts over (``recordings.py``), the work of a stage (``steps/``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.domain.models import RecordingStatus, ResultKind, Stage
from meeting_pipeline.domain.record import Problem
from meeting_pipeline.running.crash_points import crash_point
from meeting_pipeline.store.context import StoreContext
from meeting_pipeline.store.rows import add_event, locked_recording, require_lease
from meeting_pipeline.store.tables import Artifact, Recording, RunLease, TranscriptionOrder
from meeting_pipeline.store.telling import Telling
from meeting_pipeline.store.transitions import IN_RUN, Transitions


@dataclass(frozen=True)
class RunTicket:
    """A run to request: its key is unique per request, so that asking Dagster twice starts one run."""

    key: str
    request: int

    @property
    def run_key(self) -> str:
        """Dagster's de-duplication key."""
        return f"{self.key}:{self.request}"


@dataclass(frozen=True)
class LeaseHolder:
    """A worker with a live lease, whether it still gives signs of life or not."""

    run_id: str
    key: str | None
    """``None`` for a run that worked on many recordings."""


class Lifecycle:
    """State changes of recordings."""

    def __init__(self, context: StoreContext, telling: Telling) -> None:
        self._context = context
        self._rules = Transitions(context, telling)

    # --- before a run -----------------------------------------------------------------------------------------------

    def due(self, stage: Stage, limit: int) -> Sequence[Recording]:
        """Recordings of this stage whose next step is due, the longest waiting first."""
        query = (
            select(Recording)
            .where(Recording.stage == stage, Recording.due_at <= self._context.now())
            .order_by(Recording.due_at)
            .limit(limit)
        )
        with self._context.database.read() as session:
            return session.scalars(query).all()

    def orders_due(
        self, limit: int, *, largest_bytes: int | None = None, overdue_s: float = 0.0
    ) -> Sequence[Recording]:
        """Recordings whose transcription is to be ordered now and that no worker is ordering, the longest waiting first.

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
        with self._context.database.read() as session:
            return session.scalars(query.order_by(Recording.due_at).limit(limit)).all()

    def ordered(self, key: str) -> None:
        """The transcription is bought and under way: from here nothing of ours works on it."""
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            if row.stage in (Stage.ORDERING, Stage.COLLECTING):
                self._rules.move(session, row, Stage.TRANSCRIBING)

    def need_no_order(self, key: str) -> None:
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

    def request_runs(self, limit: int) -> list[RunTicket]:
        """Take recordings that are ready and due, mark them queued, and say which runs to request.

        No more than ``QUEUED_RUNS`` are queued at a time: the others wait here, where waiting costs nothing.
        """
        tickets = []
        with self._context.database.read() as session:
            queued = session.scalar(select(func.count()).where(Recording.stage == Stage.QUEUED)) or 0
        for found in self.due(Stage.READY, max(0, min(limit, policies.QUEUED_RUNS - queued))):
            with self._context.database.write() as session:
                row = locked_recording(session, found.key)
                if row.stage != Stage.READY or row.due_at is None or row.due_at > self._context.now():
                    continue
                row.requests += 1
                row.requested_at = self._context.now()
                self._rules.move(session, row, Stage.QUEUED)
                tickets.append(RunTicket(row.key, row.requests))
        return tickets

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
            return [RunTicket(row.key, row.requests) for row in session.scalars(query)]

    def request_again(self, ticket: RunTicket) -> None:
        """The requested run does not exist or ended before it began: make the recording ready again."""
        with self._context.database.write() as session:
            row = locked_recording(session, ticket.key)
            if row.stage == Stage.QUEUED and row.requests == ticket.request:
                self._rules.move(session, row, Stage.READY, due_at=self._context.now())

    # --- in a run ---------------------------------------------------------------------------------------------------

    def begin(self, key: str, run_id: str, *, collecting: bool) -> None:
        """A worker starts on a recording: it gets a lease, and ``processing`` is shown unless it has an outcome.

        Calling it again from the same run (a retried step) changes nothing. ``collecting`` says whether the run makes
        the transcript, or only results that rest on it.
        Raises: WorkerFenced if this run's lease was lost.
        """
        now = self._context.now()
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            lease = session.get(RunLease, run_id, with_for_update=True)
            if lease is None:
                session.add(RunLease(run_id=run_id, recording_key=key, state="live", started_at=now, heartbeat_at=now))
                add_event(session, row, "run_started", now, run_id=run_id)
            elif lease.state == "ended":
                lease.state, lease.heartbeat_at = "live", now
            else:
                require_lease(session, run_id)
            if collecting and row.stage != Stage.COLLECTING:
                self._rules.move(session, row, Stage.COLLECTING)
            if not RecordingStatus(row.status).terminal:
                row.status = RecordingStatus.PROCESSING

    def begin_batch(self, run_id: str) -> None:
        """A worker starts on many recordings at once (intake, delivery): it gets a lease, so that its death is seen."""
        now = self._context.now()
        with self._context.database.write() as session:
            lease = session.get(RunLease, run_id, with_for_update=True)
            if lease is None:
                session.add(RunLease(run_id=run_id, state="live", started_at=now, heartbeat_at=now))
            elif lease.state == "ended":
                lease.state, lease.heartbeat_at = "live", now
            else:
                require_lease(session, run_id)

    def extracting(self, key: str, run_id: str) -> None:
        """The transcript is stored; the insights are next."""
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            require_lease(session, run_id)
            row.error_code = row.error_message = row.error_advice = None
            if row.stage == Stage.COLLECTING:
                self._rules.move(session, row, Stage.EXTRACTING)

    def heartbeat(self, run_id: str) -> bool:
        """Renew the lease. False if it is lost: stop working."""
        with self._context.database.write() as session:
            lease = session.get(RunLease, run_id, with_for_update=True)
            if lease is None or lease.state != "live":
                return False
            lease.heartbeat_at = self._context.now()
            return True

    def holds(self, run_id: str) -> bool:
        """Whether this worker may go on: its lease is live. To be asked before each call that is paid."""
        with self._context.database.read() as session:
            lease = session.get(RunLease, run_id)
            return lease is not None and lease.state == "live"

    def end(self, run_id: str) -> None:
        """The worker has finished, well or not; nobody needs to look after it."""
        with self._context.database.write() as session:
            lease = session.get(RunLease, run_id, with_for_update=True)
            if lease is not None and lease.state == "live":
                lease.state = "ended"

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

    def complete(self, key: str, run_id: str) -> int | None:
        """The minutes are written: the terminal state and the outbox rows commit together.

        Returns the revision that is told, or ``None`` if nothing changed since the last one.
        """
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            require_lease(session, run_id)
            revision = self._rules.complete(session, row)
            session.flush()
            crash_point("finishing.before_commit", key)
            return revision

    # --- repair -----------------------------------------------------------------------------------------------------

    def silent_workers(self) -> list[LeaseHolder]:
        """Live leases whose heartbeat is older than ``LEASE_SECONDS``."""
        cutoff = self._context.now() - timedelta(seconds=policies.LEASE_SECONDS)
        query = select(RunLease).where(RunLease.state == "live", RunLease.heartbeat_at < cutoff)
        with self._context.database.read() as session:
            return [LeaseHolder(lease.run_id, lease.recording_key) for lease in session.scalars(query)]

    def live_workers(self) -> list[LeaseHolder]:
        """Live leases, silent or not."""
        query = select(RunLease).where(RunLease.state == "live")
        with self._context.database.read() as session:
            return [LeaseHolder(lease.run_id, lease.recording_key) for lease in session.scalars(query)]

    def abandoned(self) -> Sequence[Recording]:
        """Recordings whose stage says that a run has them, though no live lease does."""
        live = select(RunLease.recording_key).where(RunLease.state == "live", RunLease.recording_key.is_not(None))
        query = select(Recording).where(
            Recording.stage.in_(IN_RUN),
            Recording.key.not_in(live),
            Recording.updated_at < self._context.now() - timedelta(seconds=policies.HEARTBEAT_SECONDS),
        )
        with self._context.database.read() as session:
            return session.scalars(query).all()

    def lose(self, worker: LeaseHolder) -> bool:
        """Fence a silent worker. False if its heartbeat came back in between."""
        cutoff = self._context.now() - timedelta(seconds=policies.LEASE_SECONDS)
        with self._context.database.write() as session:
            row = locked_recording(session, worker.key) if worker.key else None
            lease = session.get(RunLease, worker.run_id, with_for_update=True)
            if lease is None or lease.state != "live" or lease.heartbeat_at >= cutoff:
                return False
            lease.state = "lost"
            if row is not None:
                add_event(session, row, "worker_lost", self._context.now(), run_id=worker.run_id)
            return True

    def hand_back(self, key: str, reason: Problem) -> bool:
        """Give a recording without a worker to the next run, or fail it after ``WORKER_LOSSES``. True if done."""
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            alive = select(RunLease).where(RunLease.recording_key == key, RunLease.state == "live").limit(1)
            if row.stage not in IN_RUN or session.scalar(alive) is not None:
                return False
            row.worker_losses += 1
            if row.worker_losses >= policies.WORKER_LOSSES:
                self._rules.fail(session, row, reason)
            else:
                # The first time at once; then what kills the workers may need time to pass (a full disk, little memory).
                wait = policies.RETRY_BASE_SECONDS if row.worker_losses > 1 else 0.0
                self._rules.move(session, row, Stage.READY, due_at=self._context.after(wait))
            return True

    def has_transcript(self, key: str) -> bool:
        """Whether a good transcript is stored."""
        query = select(Artifact.id).where(
            Artifact.recording_key == key, Artifact.kind == ResultKind.TRANSCRIPT, Artifact.available.is_(True)
        )
        with self._context.database.read() as session:
            return session.scalar(query.limit(1)) is not None
