"""Requests of runs for missing insights: marked before Dagster gets them, confirmed by the run that starts.

A mark alone proves nothing: the tick may die before its request becomes a run, or Dagster may refuse all requests of a tick
because of one of them. So a mark lasts only a short time. Until a run starts, the same request is repeated under the same run
key, and Dagster creates one run from it.
Must not go here: back-off after a failed attempt (``store/results/results.py``).
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.outage import LIMIT_CODES, Service
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.store import policies
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import compared_only, locked_recording
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.tables import GapRow, ProviderOutage, Recording

_OF_INSIGHTS = tuple(service.value for service in Service if service.whole is Service.INSIGHTS)


@dataclass(frozen=True)
class GapDue:
    """A recording whose missing insights are due for a retry."""

    key: str
    insights: tuple[Insight, ...]
    tries: int
    requested_at: datetime | None = None
    """When this request was first made; ``None``: not yet."""
    repeated: bool = field(default=False, compare=False)
    """Whether it was made before: a run for it may be queued."""

    @property
    def run_key(self) -> str:
        """Dagster's de-duplication key: the same for each repetition of a request, different for every other request."""
        at = self.requested_at
        return f"{self.key}:gap:{int(at.timestamp() * 1000) if at is not None else 'new'}"


@retrying
class GapRequests:
    """Repository of requests for gaps."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def gaps_due(self, limit: int) -> list[GapDue]:
        """Gaps that are due, of at most ``limit`` recordings that have an outcome.

        A request that no run has started is returned unchanged; all other gaps of its recording are combined into one entry.
        """
        now = self._context.now()
        keys = (
            select(GapRow.recording_key)
            .join(Recording, Recording.key == GapRow.recording_key)
            .where(
                _known(),
                GapRow.due_at <= now,
                compared_only(Recording.status) == "completed",
                compared_only(Recording.stage) == "done",
            )
            .group_by(GapRow.recording_key)
            .order_by(func.min(GapRow.due_at))
            .limit(limit)
        )
        with self._context.database.read() as session:
            found: dict[tuple[str, datetime | None], list[GapRow]] = {}
            order = list(session.scalars(keys))
            query = select(GapRow).where(_known(), GapRow.recording_key.in_(order), GapRow.due_at <= now)
            for gap in session.scalars(query.order_by(GapRow.insight)):
                found.setdefault((gap.recording_key, self._open_since(gap)), []).append(gap)
        return [
            GapDue(key, tuple(Insight(gap.insight) for gap in gaps), max(gap.tries for gap in gaps), requested_at)
            for (key, requested_at), gaps in sorted(found.items(), key=lambda entry: order.index(entry[0][0]))
        ]

    def _open_since(self, gap: GapRow) -> datetime | None:
        """When the request that still waits for its run was made. After ``GAP_MAX_SECONDS`` its run is no longer awaited."""
        if gap.requested_at is None or gap.requested_at <= self._context.before(policies.GAP_MAX_SECONDS):
            return None
        return gap.requested_at

    def mark_requested(self, due: GapDue, *, outage: bool = False) -> GapDue | None:
        """Mark these gaps as requested. Returns the request to make; ``None`` if nothing is missing any more.

        Unless a run starts for it, the same request is due again after ``GAP_REQUEST_SECONDS``. A request that no run has
        started within ``GAP_MAX_SECONDS`` is replaced, or dropped if the gap is old enough; during an ``outage`` none is
        dropped.
        """
        with self._context.database.write() as session:
            if session.get(Recording, due.key, with_for_update=True) is None:
                return None  # deleted meanwhile
            now = self._context.now()
            requested_at, marked = due.requested_at or now, []
            for insight in due.insights:
                gap = session.get(GapRow, (due.key, insight.value))
                if gap is None or gap.due_at is None or gap.due_at > now:
                    continue  # a run produced it meanwhile
                if due.requested_at is None and gap.requested_at is not None and not outage and self._is_old(gap):
                    gap.due_at = gap.requested_at = None
                    continue
                gap.requested_at, gap.due_at = requested_at, self._context.after(policies.GAP_REQUEST_SECONDS)
                marked.append(insight)
        if not marked:
            return None
        return GapDue(due.key, tuple(marked), due.tries, requested_at, repeated=due.requested_at is not None)

    def gap_run_began(self, key: str, insights: Collection[Insight]) -> None:
        """A run for these insights has started: none is requested before ``GAP_MAX_SECONDS``, unless the run stores an outcome.

        A gap that is old enough is not requested any more, unless there is an outage of the provider.
        """
        open_requests = select(GapRow).where(
            GapRow.recording_key == key,
            GapRow.insight.in_([insight.value for insight in insights]),
            GapRow.requested_at.is_not(None),
        )
        with self._context.database.read() as session:
            if session.scalar(open_requests.limit(1)) is None:
                return  # the case for nearly all runs
        with self._context.database.write() as session:
            locked_recording(session, key)
            for gap in session.scalars(open_requests.order_by(GapRow.insight)):
                if gap.code in LIMIT_CODES:  # the time that the daily limit held it does not count
                    gap.since, gap.tries = self._context.now(), 0
                given_up = self._is_old(gap) and not _is_out(session)
                gap.requested_at = None
                gap.due_at = None if given_up else self._context.after(policies.GAP_MAX_SECONDS)

    def _is_old(self, gap: GapRow) -> bool:
        return gap.code not in LIMIT_CODES and gap.since < self._context.before(policies.GAP_GIVE_UP_SECONDS)


def _known() -> ColumnElement[bool]:
    """Only gaps of known insights: a gap whose insight file is missing waits for the file."""
    return GapRow.insight.in_(Insight.names())


def _is_out(session: Session) -> bool:
    query = select(ProviderOutage.provider).where(
        ProviderOutage.state == "open", ProviderOutage.service.in_(_OF_INSIGHTS)
    )
    return session.scalar(query.limit(1)) is not None
