"""Leases whose run ended long ago: which runs are still needed, and removing the rest.

The lease of a finished run shows who worked on a recording that has no outcome yet; later it is not needed.
Must not go here: leases of runs at work (``leases.py``), Dagster's records of runs (``defs/ops/old_runs.py``).
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, or_, select

from meeting_pipeline.domain.recording import Stage
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.recordings.fencing import ALIVE
from meeting_pipeline.store.recordings.leases import run_of
from meeting_pipeline.store.tables import Recording, RunLease


def runs_in_use(database: Database) -> set[str]:
    """Runs whose worker may live, and the last runs of recordings that are in work: their fate may depend on how those ended."""
    working = select(Recording.key).where(Recording.stage != Stage.DONE)
    query = select(RunLease.run_id).where(
        or_(RunLease.state.in_((*ALIVE, "stopped")), RunLease.recording_key.in_(working))
    )
    with database.read() as session:
        return {run_of(lease) for lease in session.scalars(query)}


def in_work(database: Database, keys: Collection[str]) -> set[str]:
    """Which of these recordings are in work."""
    query = select(Recording.key).where(Recording.key.in_(keys), Recording.stage != Stage.DONE)
    with database.read() as session:
        return set(session.scalars(query))


def old_leases(database: Database, before: datetime, after: tuple[datetime, str] | None, limit: int) -> list[RunLease]:
    """The next leases that are over, were last renewed before this time, and are not of a recording in work."""
    working = select(Recording.key).where(Recording.stage != Stage.DONE)
    query = select(RunLease).where(
        RunLease.state.in_(("ended", "lost")),
        RunLease.heartbeat_at < before,
        or_(RunLease.recording_key.is_(None), RunLease.recording_key.not_in(working)),
    )
    if after is not None:
        later = (RunLease.heartbeat_at == after[0]) & (RunLease.run_id > after[1])
        query = query.where(or_(RunLease.heartbeat_at > after[0], later))
    with database.read() as session:
        return list(session.scalars(query.order_by(RunLease.heartbeat_at, RunLease.run_id).limit(limit)))


def remove_leases(database: Database, run_ids: Collection[str]) -> None:
    """Remove leases that are over."""
    with database.write() as session:
        session.execute(
            delete(RunLease)
            .where(RunLease.run_id.in_(run_ids), RunLease.state.in_(("ended", "lost")))
            .execution_options(synchronize_session=False)
        )
