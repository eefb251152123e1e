"""Small helpers that several repositories share: locking a row, checking a lease, writing an event.

One order of locks, everywhere, or two transactions wait for each other for good: the recording's row, then one of its
rows (lease, order, delivery), then a webhook endpoint. Several rows of one kind are locked by ascending id, or with SKIP
LOCKED. Nothing takes a recording's lock while it holds another. A cancellation alone takes two kinds, leases before
orders; nobody who holds an order waits for a lease. What a dead worker had is let go after its lease is locked, with SKIP
LOCKED.
Must not go here: anything that knows what a state means (``store/recordings/lifecycle.py``).
"""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from meeting_pipeline.domain.errors import PermanentError, WorkerFenced
from meeting_pipeline.store.tables import Recording, RecordingEvent, RunLease

FEED_CHANNEL = "meeting_pipeline_feed"
"""Name by which PostgreSQL's NOTIFY reaches those who follow the feed of this database."""
_ENTER = text('INSERT INTO feed ("transaction", recording_key, seq) VALUES (0, :key, :seq)')
_ENTER_AND_WAKE = text(
    'INSERT INTO feed ("transaction", recording_key, seq) SELECT greatest(pg_current_xact_id()::text::bigint, '  # noqa: S608 - our own constant
    f"(SELECT max(\"transaction\") FROM feed WHERE recording_key = :key)), :key, :seq FROM pg_notify('{FEED_CHANNEL}', '')"
)
"""One statement: it is part of every write. A transaction that notifies several times wakes once."""


def new_id() -> str:
    """A random row id."""
    return uuid.uuid4().hex


def locked_recording(session: Session, key: str) -> Recording:
    """The recording's row, locked until the transaction ends. Raises: PermanentError ``unknown_recording``."""
    row = session.get(Recording, key, with_for_update=True)
    if row is None:
        raise unknown_recording(key)
    return row


def unknown_recording(key: str) -> PermanentError:
    """The error for a key that the store does not know."""
    return PermanentError(
        "unknown_recording", f"There is no recording {key!r}.", "`meeting-pipeline list` shows the recordings."
    )


def require_lease(session: Session, run_id: str) -> RunLease:
    """The live lease of this run, locked. Raises: WorkerFenced if it was declared lost or has ended."""
    lease = session.get(RunLease, run_id, with_for_update=True)
    if lease is None or lease.state != "live":
        raise WorkerFenced(run_id)
    return lease


def add_event(session: Session, row: Recording, kind: str, at: datetime, **data: Any) -> None:
    """Append to the recording's gapless sequence. The caller holds the recording's row lock."""
    row.event_seq += 1
    row.updated_at = at
    session.add(
        RecordingEvent(
            recording_key=row.key,
            seq=row.event_seq,
            type=kind,
            status=row.status,
            stage=row.stage,
            data=data,
            at=at,
        )
    )
    enter_feed(session, row.key, row.event_seq)


def enter_feed(session: Session, key: str, seq: int) -> None:
    """Put an event into the one order of all events, and wake who follows it: see ``store/event_log/event_log.py``.

    PostgreSQL: the number of the transaction, or that of the recording's last event if it is higher. So no event of a
    recording comes before an earlier one, whatever else its transaction had written before it took the recording's lock.
    """
    connection = session.connection()
    statement = _ENTER if connection.dialect.name == "sqlite" else _ENTER_AND_WAKE
    connection.execute(statement, {"key": key, "seq": seq})
