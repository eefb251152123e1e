"""Which recordings have work due now, and which only wait. Reading only.

Must not go here: doing it, and every change of a recording's stage (``lifecycle.py``).
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Select, func, select

from meeting_pipeline.domain.outage import Outage
from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.domain.result_kinds import ResultKind
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.recordings.fencing import awaits_fenced_worker
from meeting_pipeline.store.recordings.outage_filter import blocked_by_outage
from meeting_pipeline.store.recordings.run_tickets import RunTicket
from meeting_pipeline.store.recordings.state_machine import IN_RUN
from meeting_pipeline.store.tables import Artifact, Recording, TranscriptionOrder


@retrying
class DueWork:
    """Reads what is due, before and during the runs of recordings."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def due(self, stage: Stage, limit: int, outages: Sequence[Outage] = ()) -> Sequence[Recording]:
        """Recordings of this stage whose next step is due, longest waiting first. Those with a fenced worker wait for its end.

        If there are more than ``limit``, half of them are the newest: a backlog must not starve new arrivals. ``outages``
        leaves out recordings that would only run into one of them.
        """
        now = self._context.now()
        query = select(Recording).where(
            Recording.stage == stage,
            Recording.due_at <= now,
            ~blocked_by_outage(outages),
            ~awaits_fenced_worker(Recording.key, now),
        )
        return self._fair(query, limit)

    def first_blocked_by_outage(self, outage: Outage) -> Recording | None:
        """The recording that has waited longest for a run among those that would run into this outage."""
        query = select(Recording).where(
            Recording.stage == Stage.READY, Recording.due_at <= self._context.now(), blocked_by_outage([outage])
        )
        with self._context.database.read() as session:
            return session.scalar(query.order_by(Recording.due_at).limit(1))

    def orders_due(
        self, limit: int, *, largest_bytes: int | None = None, overdue_s: float = 0.0
    ) -> Sequence[Recording]:
        """Recordings whose transcription is due to be ordered and that no worker is ordering; see ``due``.

        ``largest_bytes`` leaves out larger ones, ``overdue_s`` (seconds, not scaled) those that have been due for less time.
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

    def queued_before(self, seconds: float, limit: int) -> Sequence[RunTicket]:
        """The oldest requests, older than this, that no run has started: Dagster may never have received them."""
        cutoff = self._context.now() - timedelta(seconds=seconds)
        query = (
            select(Recording)
            .where(Recording.stage == Stage.QUEUED, Recording.requested_at < cutoff)
            .order_by(Recording.requested_at)
            .limit(limit)
        )
        with self._context.database.read() as session:
            return [RunTicket(row.key, row.requests, row.requested_at) for row in session.scalars(query)]

    def waiting_with(self, code: str) -> set[str]:
        """Recordings that are with the provider and wait because of this code."""
        query = select(Recording.key).where(Recording.stage == Stage.TRANSCRIBING, Recording.error_code == code)
        with self._context.database.read() as session:
            return set(session.scalars(query))

    def unfinished(self) -> bool:
        """Whether any recording has no outcome yet."""
        open_ones = (RecordingStatus.PENDING, RecordingStatus.PROCESSING)
        with self._context.database.read() as session:
            return session.scalar(select(Recording.key).where(Recording.status.in_(open_ones)).limit(1)) is not None

    def in_runs(self) -> int:
        """How many recordings a run has, or is to have."""
        query = select(func.count()).where(Recording.stage.in_((Stage.QUEUED, *IN_RUN)))
        with self._context.database.read() as session:
            return session.scalar(query) or 0

    def has_transcript(self, key: str) -> bool:
        """Whether a good transcript is stored."""
        query = select(Artifact.id).where(
            Artifact.recording_key == key, Artifact.kind == ResultKind.TRANSCRIPT, Artifact.available.is_(True)
        )
        with self._context.database.read() as session:
            return session.scalar(query.limit(1)) is not None

    def _fair(self, query: Select[tuple[Recording]], limit: int) -> Sequence[Recording]:
        with self._context.database.read() as session:
            found = session.scalars(query.order_by(Recording.due_at).limit(limit)).all()
            if len(found) < limit or limit < 2:
                return found
            newest = session.scalars(query.order_by(Recording.created_at.desc()).limit(limit // 2)).all()
            mixed = {row.key: row for row in [*found[: limit - len(newest)], *newest, *found]}
            return list(mixed.values())[:limit]
