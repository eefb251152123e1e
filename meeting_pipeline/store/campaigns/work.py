"""The recordings of campaigns: assigning them, beginning and ending each, and releasing those that no worker processes any more.

A recording may be assigned any number of times and is processed once: the worker that begins it claims it, and results and
answers of the campaign are reused. Must not go here: requesting runs (``defs/sensors/``), what a campaign may buy
(``limits.py``).
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Final

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from meeting_pipeline.domain.campaigns import CampaignState, InsightChange, ItemState, Portion
from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.store import policies
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.recordings.fencing import ALIVE
from meeting_pipeline.store.tables import CampaignRecording, CampaignRow, RunLease

_WORKER_LOST: Final = "worker_lost"


@dataclass(frozen=True)
class Begun:
    """A recording may be made. ``earlier``: the leases under which the campaign has worked on it before."""

    earlier: tuple[str, ...]


@retrying
class CampaignWork:
    """Repository of the recordings of campaigns."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def assign_next(self, name: str, limit: int) -> Portion | None:
        """Take the next recordings that wait, for a run that is requested. ``None``: none waits, or it is not running."""
        with self._context.database.write() as session:
            row = session.get(CampaignRow, name, with_for_update=True)
            if row is None or row.state != CampaignState.RUNNING:
                return None
            query = select(CampaignRecording).where(
                CampaignRecording.campaign == name, CampaignRecording.state == ItemState.WAITING.value
            )
            found = session.scalars(query.order_by(CampaignRecording.place).limit(limit).with_for_update()).all()
            if not found:
                return None
            row.portions += 1
            now = self._context.now()
            for one in found:
                one.state, one.portion, one.requested_at = ItemState.REQUESTED.value, row.portions, now
            items = tuple((one.recording_key, tuple(str(asset) for asset in one.assets)) for one in found)
            return Portion(name, row.portions, items, f"{row.portions}:{now.timestamp():.0f}")

    def assigned_portions(self, name: str) -> list[int]:
        """The portions of which recordings are requested and not begun."""
        query = (
            select(CampaignRecording.portion)
            .where(CampaignRecording.campaign == name, CampaignRecording.state == ItemState.REQUESTED.value)
            .distinct()
        )
        with self._context.database.read() as session:
            return sorted(number for number in session.scalars(query) if number is not None)

    def take_back(self, name: str, *, over: Collection[int], at_hand: Collection[int]) -> int:
        """Release recordings that no worker processes any more, so that they wait again. Returns how many.

        ``over``: portions whose runs have ended; ``at_hand``: those whose runs have not. A portion in neither has no run: it is
        given some time, because Dagster may still create one. For recordings that were begun, the lease decides.
        """
        before = self._context.before(policies.CAMPAIGN_REQUEST_SECONDS)
        unborn = and_(
            CampaignRecording.requested_at < before,
            CampaignRecording.portion.is_not(None),  # what a backfill makes is in no portion: see left_by_backfill
            CampaignRecording.portion.not_in(list(at_hand)),
        )
        requested = and_(
            CampaignRecording.state == ItemState.REQUESTED.value,
            or_(CampaignRecording.portion.in_(list(over)), unborn),
        )
        working = CampaignRecording.state == ItemState.WORKING.value
        query = (
            select(CampaignRecording, RunLease.state)
            .outerjoin(RunLease, RunLease.run_id == CampaignRecording.lease)
            .where(CampaignRecording.campaign == name, or_(requested, working))
        )
        with self._context.database.read() as session:
            lost = [
                row.recording_key
                for row, lease in session.execute(query).tuples()
                if row.state == ItemState.REQUESTED or lease not in ALIVE
            ]
        for key in lost:
            self._take_back(name, key)
        return len(lost)

    def left_by_backfill(self, name: str) -> int:
        """The backfill that made the campaign is over: what it has not begun waits for portions. Returns how many."""
        query = (
            update(CampaignRecording)
            .where(
                CampaignRecording.campaign == name,
                CampaignRecording.state == ItemState.REQUESTED.value,
                CampaignRecording.portion.is_(None),
            )
            .values(state=ItemState.WAITING.value)
            .execution_options(synchronize_session=False)
        )
        with self._context.database.write() as session:
            return int(getattr(session.execute(query), "rowcount", 0))

    def state_of(self, name: str, key: str) -> ItemState | None:
        """How far a recording of a campaign is; ``None`` if it is not part of it."""
        with self._context.database.read() as session:
            row = session.get(CampaignRecording, (name, key))
            return ItemState(row.state) if row is not None else None

    def begin(self, name: str, key: str, lease: str) -> Begun | None:
        """A worker that holds a lease on this recording is about to make it. ``None``: it shall not.

        That is so if the campaign is not running, if the recording is over, or if another worker makes it.
        """
        with self._context.database.write() as session:
            row = session.get(CampaignRecording, (name, key), with_for_update=True)
            if row is None or ItemState(row.state).over:
                return None
            if row.state == ItemState.WORKING and row.lease != lease and _lives(session, row.lease):
                return None
            campaign = session.get(CampaignRow, name)
            if campaign is None or campaign.state != CampaignState.RUNNING:
                row.state = ItemState.WAITING.value
                return None
            earlier = tuple(str(one) for one in row.leases)
            if lease not in earlier:
                row.leases, row.tries = [*row.leases, lease], row.tries + 1
            row.state, row.lease = ItemState.WORKING.value, lease
            row.error_code = row.error_message = None
            return Begun(earlier)

    def done(self, name: str, key: str, lease: str, changes: Mapping[str, InsightChange]) -> None:
        """It is made."""
        with self._context.database.write() as session:
            row = self._mine(session, name, key, lease)
            if row is None:
                return
            row.state, row.ended_at = ItemState.DONE.value, self._context.now()
            row.changes = {insight: asdict(change) for insight, change in changes.items()}
            row.size = sum(change.size for change in changes.values())

    def not_done(self, name: str, key: str, lease: str, error: PipelineError) -> bool:
        """It is not made, or not all of it. True if it has failed: it will not be tried again.

        What the campaign did not buy, and what an outage prevented, counts as no attempt.
        """
        with self._context.database.write() as session:
            row = self._mine(session, name, key, lease)
            if row is None:
                return False
            row.error_code, row.error_message = error.code, error.message
            if error.outage:
                row.tries -= 1
            elif not error.retryable or row.tries >= policies.CAMPAIGN_TRIES:
                row.state, row.ended_at = ItemState.FAILED.value, self._context.now()
                return True
            row.state = ItemState.WAITING.value
            return False

    def _take_back(self, name: str, key: str) -> None:
        with self._context.database.write() as session:
            row = session.get(CampaignRecording, (name, key), with_for_update=True)
            if row is None or row.state not in (ItemState.REQUESTED, ItemState.WORKING):
                return
            if row.state == ItemState.WORKING and _lives(session, row.lease):
                return  # another worker has taken it meanwhile
            if row.state == ItemState.WORKING and row.tries >= policies.CAMPAIGN_LOSSES:
                row.state, row.ended_at = ItemState.FAILED.value, self._context.now()
                row.error_code = _WORKER_LOST
                row.error_message = f"{row.tries} workers that processed it ended without a result."
                return
            row.state = ItemState.WAITING.value

    def _mine(self, session: Session, name: str, key: str, lease: str) -> CampaignRecording | None:
        """The row, locked, if this worker is making it. A worker that was declared lost changes nothing."""
        row = session.get(CampaignRecording, (name, key), with_for_update=True)
        return row if row is not None and row.state == ItemState.WORKING and row.lease == lease else None


def _lives(session: Session, lease: str | None) -> bool:
    found = session.get(RunLease, lease) if lease is not None else None
    return found is not None and found.state in ALIVE
