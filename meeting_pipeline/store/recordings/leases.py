"""Leases: a worker's right to change a recording. It takes one, renews it by its heartbeat, and releases it.

``live`` -> ``ended`` (the worker finished; the same run may take it again), ``fenced`` (it must stop: see ``fencing.py``),
``lost`` (never live again), or ``stopped`` (its system was stopped on purpose) -> ``lost``.
Must not go here: who watches over workers and revokes leases (``lease_watch.py``), what happens to the recording
(``recovery.py``, ``lifecycle.py``).
"""

import os
import socket
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import require_lease
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.recordings.fencing import ALIVE, is_renewed
from meeting_pipeline.store.tables import RunLease

PART: Final = "/"
"""Separates a run's id from the number of a recording in its batch, in the id of a lease."""
TASK: Final = "/task"
"""Ends the id of the lease with which one of several workers claims a run that was sent to a queue."""
WORKER_NAME_VARIABLE: Final = "MEETING_PIPELINE_WORKER_NAME"
"""Set by `meeting-pipeline worker` for its processes: the name that their leases carry instead of the host's."""


def worker_name() -> str:
    """The name under which this process holds leases. Whoever stops processes names them by it."""
    return os.environ.get(WORKER_NAME_VARIABLE) or socket.gethostname()


def run_of(lease: str) -> str:
    """The id of the run that holds a lease. A batch's leases on single recordings are named ``run_id/number``."""
    return lease.partition(PART)[0]


@dataclass(frozen=True)
class LeaseHolder:
    """A worker with a live lease, whether or not it still sends heartbeats."""

    run_id: str
    key: str | None
    """``None`` for a run that works on many recordings."""
    host: str | None = field(default=None, compare=False)
    """The host of the worker."""
    heard: datetime | None = field(default=None, compare=False)
    """When its lease was last renewed."""
    fenced_at: datetime | None = field(default=None, compare=False)
    """When it was asked to stop."""


def holder_of(lease: RunLease) -> LeaseHolder:
    """The worker that holds this lease."""
    return LeaseHolder(lease.run_id, lease.recording_key, lease.host, lease.heartbeat_at, lease.fenced_at)


@retrying
class Leases:
    """Repository of the workers' leases."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def begin_batch(self, run_id: str) -> None:
        """Give a lease to a worker that starts on many recordings at once (intake, delivery), so that its death is noticed."""
        with self._context.database.write() as session:
            take_lease(session, run_id, None, self._context.now())

    def claim_task(self, run_id: str) -> str | None:
        """Claim a run that a queue may have given to several workers. Returns the lease; ``None`` if another has or had it."""
        lease = f"{run_id}{TASK}"
        try:
            with self._context.database.write() as session:
                if session.get(RunLease, lease) is not None:
                    return None
                session.add(_new_lease(lease, None, self._context.now()))
        except IntegrityError:  # another worker claimed it in the same moment
            return None
        return lease

    def tasks(self, run_ids: Collection[str]) -> dict[str, bool]:
        """The runs among these that a worker has claimed, and whether it gives signs of life."""
        leases = [f"{run_id}{TASK}" for run_id in run_ids]
        alive = is_renewed(self._context.now())
        query = select(RunLease.run_id, alive).where(RunLease.run_id.in_(leases))
        with self._context.database.read() as session:
            return {run_of(lease): bool(lives) for lease, lives in session.execute(query).tuples()}

    def holds(self, run_id: str) -> bool:
        """Whether this worker may continue: its lease is live. Check this before each paid call."""
        with self._context.database.read() as session:
            lease = session.get(RunLease, run_id)
            return lease is not None and lease.state == "live"

    def heartbeat(self, *run_ids: str) -> set[str]:
        """Renew the leases of one worker, in one transaction. Returns those that are live: it must stop working on the others.

        Fenced leases are renewed too, to show runs that wait for their worker that it has not ended.
        """
        query = select(RunLease).where(RunLease.run_id.in_(run_ids), RunLease.state.in_(ALIVE))
        with self._context.database.write() as session:
            held = session.scalars(query.order_by(RunLease.run_id).with_for_update()).all()
            for lease in held:
                lease.heartbeat_at = self._context.now()
            return {lease.run_id for lease in held if lease.state == "live"}

    def keep_alive(self, run_ids: Collection[str]) -> None:
        """Renew all leases of these runs, in one transaction: their processes were seen running.

        They are locked in the order of ``heartbeat``, which may renew the same ones: neither waits for the other forever.
        """
        of_runs = [RunLease.run_id == run_id for run_id in run_ids]
        of_parts = [RunLease.run_id.startswith(f"{run_id}{PART}", autoescape=True) for run_id in run_ids]
        query = select(RunLease).where(RunLease.state.in_(ALIVE), or_(*of_runs, *of_parts))
        with self._context.database.write() as session:
            for lease in session.scalars(query.order_by(RunLease.run_id).with_for_update()).all():
                lease.heartbeat_at = self._context.now()

    def end(self, run_id: str) -> None:
        """The worker has finished, successfully or not; it needs no more watching."""
        with self._context.database.write() as session:
            lease = session.get(RunLease, run_id, with_for_update=True)
            if lease is not None and lease.state in ALIVE:
                lease.state = "ended"

    def over(self, run_ids: Collection[str], seconds: float, *, state: str = "ended") -> set[str]:
        """Which of these runs returned their lease (``lost``: lost it) and were last renewed more than ``seconds`` ago."""
        if not run_ids:  # with an empty list, SQLite reads all leases of this state
            return set()
        cutoff = self._context.now() - timedelta(seconds=seconds)
        query = select(RunLease.run_id).where(
            RunLease.run_id.in_(run_ids), RunLease.state == state, RunLease.heartbeat_at < cutoff
        )
        with self._context.database.read() as session:
            return set(session.scalars(query))

    def last_worker(self, key: str) -> str | None:
        """The most recently started lease on this recording; ``None`` if there is none."""
        query = select(RunLease.run_id).where(RunLease.recording_key == key)
        with self._context.database.read() as session:
            return session.scalar(query.order_by(RunLease.started_at.desc(), RunLease.run_id).limit(1))

    def stopped(self, *hosts: str) -> None:
        """The system on this host was stopped together with its workers, which did nothing wrong.

        Several names: the host was renamed meanwhile.
        """
        with self._context.database.write() as session:
            session.execute(
                update(RunLease)
                .where(RunLease.state.in_(ALIVE), RunLease.host.in_(hosts))
                .values(state="stopped")
                .execution_options(synchronize_session=False)
            )

    def ended_on_request(self, run_id: str) -> bool:
        """Whether this worker was fenced, and gave its lease back itself."""
        with self._context.database.read() as session:
            lease = session.get(RunLease, run_id)
            return lease is not None and lease.state == "ended" and lease.fenced_at is not None


def take_lease(session: Session, run_id: str, key: str | None, now: datetime) -> bool:
    """Give the run a lease, or let it keep its existing one, in a caller's transaction. True if it is new.

    Raises: WorkerFenced if it was lost.
    """
    lease = session.get(RunLease, run_id, with_for_update=True)
    if lease is None:
        session.add(_new_lease(run_id, key, now))
        return True
    if lease.state == "ended" and lease.fenced_at is None:
        lease.state, lease.heartbeat_at = "live", now
    else:
        require_lease(session, run_id)
    return False


def _new_lease(lease: str, key: str | None, now: datetime) -> RunLease:
    host = worker_name()
    return RunLease(run_id=lease, recording_key=key, state="live", host=host, started_at=now, heartbeat_at=now)
