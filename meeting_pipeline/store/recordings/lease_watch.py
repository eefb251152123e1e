"""Watches the workers that hold leases: which are silent, stuck or stopped, and revoking their leases.

Must not go here: what a worker does with its own lease (``leases.py``), what happens to its recording (``recovery.py``).
"""

from datetime import datetime, timedelta

from sqlalchemy import select

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.store import policies
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import add_event, locked_recording
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.recordings.fencing import ALIVE, is_silent, mark_fenced
from meeting_pipeline.store.recordings.lease_release import release_claims, shorten_claims
from meeting_pipeline.store.recordings.leases import LeaseHolder, holder_of
from meeting_pipeline.store.tables import Recording, RunLease


@retrying
class LeaseWatch:
    """Repository of the leases as seen from outside their workers."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def silent_workers(self) -> list[LeaseHolder]:
        """Leases, live or fenced, whose heartbeat is older than ``LEASE_SECONDS``."""
        query = select(RunLease).where(is_silent(self._context.now()))
        with self._context.database.read() as session:
            return [holder_of(lease) for lease in session.scalars(query)]

    def stuck_workers(self) -> list[LeaseHolder]:
        """Live leases, renewed or not, of workers that have made no progress for longer than any step takes."""
        now = self._context.now()
        query = select(RunLease, Recording).outerjoin(Recording, Recording.key == RunLease.recording_key)
        oldest = now - timedelta(seconds=min(policies.WORKER_STEP_SECONDS, policies.WORKER_BATCH_SECONDS))
        with self._context.database.read() as session:
            rows = session.execute(query.where(RunLease.state == "live", RunLease.started_at < oldest)).tuples()
            return [holder_of(lease) for lease, row in rows if _is_stuck(lease, row, now)]

    def live_workers(self) -> list[LeaseHolder]:
        """Live leases, silent or not."""
        return [worker for worker in self.alive_workers() if worker.fenced_at is None]

    def alive_workers(self) -> list[LeaseHolder]:
        """Leases, live or fenced, silent or not."""
        query = select(RunLease).where(RunLease.state.in_(ALIVE))
        with self._context.database.read() as session:
            return [holder_of(lease) for lease in session.scalars(query)]

    def stopped_workers(self) -> list[LeaseHolder]:
        """Workers that were stopped with their system, and whose work must be resumed."""
        query = select(RunLease).where(RunLease.state == "stopped")
        with self._context.database.read() as session:
            return [LeaseHolder(lease.run_id, lease.recording_key) for lease in session.scalars(query)]

    def overdue_workers(self) -> list[LeaseHolder]:
        """Fenced leases whose workers have not ended within ``FENCED_SECONDS``, the longest time that their calls can take."""
        latest = self._context.now() - timedelta(seconds=policies.FENCED_SECONDS)
        query = select(RunLease).where(RunLease.state == "fenced", RunLease.fenced_at < latest)
        with self._context.database.read() as session:
            return [holder_of(lease) for lease in session.scalars(query)]

    def release_lease(self, run_id: str) -> None:
        """The run of this lease is over and its worker ended without saying so: release its claims at once."""
        with self._context.database.write() as session:
            lease = session.get(RunLease, run_id, with_for_update=True)
            if lease is not None and lease.state in ALIVE:
                lease.state, lease.fenced_at = "ended", None
                release_claims(session, run_id, self._context.now())

    def fence_lease(self, run_id: str) -> bool:
        """Ask a worker that may be alive to stop: its run is over, or a person stopped it. False if its lease was not live."""
        with self._context.database.write() as session:
            lease = session.get(RunLease, run_id, with_for_update=True)
            if lease is None or lease.state != "live":
                return False
            mark_fenced(session, lease, self._context.now())
            return True

    def revoke_silent_lease(self, worker: LeaseHolder) -> bool:
        """Revoke the lease of a worker that is silent or was stopped. False if its heartbeat has resumed in between."""
        tolerance = timedelta(seconds=shared_policies.LEASE_SECONDS)
        with self._context.database.write() as session:
            row = locked_recording(session, worker.key) if worker.key else None
            lease = session.get(RunLease, worker.run_id, with_for_update=True)
            if lease is None or lease.state not in (*ALIVE, "stopped"):
                return False
            if lease.state != "stopped" and abs(lease.heartbeat_at - self._context.now()) <= tolerance:
                return False
            if lease.state == "stopped":
                release_claims(session, lease.run_id, self._context.now())
            else:
                shorten_claims(session, lease)
            lease.state = "lost"
            if row is not None and lease.fenced_at is None:
                add_event(session, row, "worker_lost", self._context.now(), run_id=worker.run_id)
            return True

    def revoke_fenced_lease(self, run_id: str) -> bool:
        """No longer wait for a fenced worker. False if it has ended in between."""
        with self._context.database.write() as session:
            lease = session.get(RunLease, run_id, with_for_update=True)
            if lease is None or lease.state != "fenced":
                return False
            lease.state = "lost"
            return True

    def revoke_stuck_lease(self, worker: LeaseHolder) -> bool:
        """Revoke the lease of a worker that renews it but makes no progress. False if it has ended in between."""
        with self._context.database.write() as session:
            row = locked_recording(session, worker.key) if worker.key else None
            lease = session.get(RunLease, worker.run_id, with_for_update=True)
            if lease is None or lease.state != "live":
                return False
            shorten_claims(session, lease)
            lease.state = "lost"
            if row is not None:
                add_event(session, row, "worker_lost", self._context.now(), run_id=worker.run_id)
            return True


def _is_stuck(lease: RunLease, row: Recording | None, now: datetime) -> bool:
    """Each step of a run ends by storing something, and so with an event of its recording."""
    if row is None:
        return now - lease.started_at > timedelta(seconds=policies.WORKER_BATCH_SECONDS)
    seconds = policies.WORKER_STEP_SECONDS + policies.WORKER_STEP_PER_AUDIO * row.duration_ms / 1000
    return now - max(lease.started_at, row.updated_at) > timedelta(seconds=seconds)
