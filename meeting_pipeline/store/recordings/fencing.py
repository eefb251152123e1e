"""Fenced leases: their workers must stop, but may be alive, and may still receive an answer that was paid for.

If Dagster reports a run as over, or it is cancelled or deleted, and its lease is still renewed, the lease is fenced. From then
on its worker may change and buy nothing (``require_lease``), but keeps renewing the lease until it has ended. Until then no
other run repeats its calls, and no run is requested for its recording. A fenced worker that falls silent, or does not end in
time, is lost.
Must not go here: who is fenced (``steps/operations/recover.py``), the leases (``leases.py``).
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.store.recordings.lease_release import shorten_claims
from meeting_pipeline.store.tables import RunLease

ALIVE: Final = ("live", "fenced")
"""States of leases that their workers renew."""


def is_renewed(now: datetime) -> ColumnElement[bool]:
    """Condition on a lease: it was renewed within ``LEASE_SECONDS``, whether its worker may continue or must stop."""
    return RunLease.state.in_(ALIVE) & (RunLease.heartbeat_at > now - timedelta(seconds=shared_policies.LEASE_SECONDS))


def is_silent(now: datetime) -> ColumnElement[bool]:
    """Condition on a lease: not renewed in time. One in the future was renewed before the clock was set back."""
    tolerance = timedelta(seconds=shared_policies.LEASE_SECONDS)
    silent = or_(RunLease.heartbeat_at < now - tolerance, RunLease.heartbeat_at > now + tolerance)
    return RunLease.state.in_(ALIVE) & silent


def awaits_fenced_worker(key: InstrumentedAttribute[str], now: datetime) -> Exists:
    """Condition on a recording: a worker that must stop still gives signs of life, so another run has to wait."""
    fenced = select(RunLease.run_id).where(RunLease.recording_key == key, RunLease.state == "fenced", is_renewed(now))
    return fenced.exists()


def mark_fenced(session: Session, lease: RunLease, now: datetime) -> None:
    """Ask the worker of a live lease to stop. The caller holds the lease's lock."""
    # What it is sending ends as soon as that of a silent worker: it starts nothing more once its heartbeat has read this.
    shorten_claims(session, lease)
    lease.state, lease.fenced_at = "fenced", now
