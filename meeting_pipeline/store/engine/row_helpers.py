"""Small helpers shared by several repositories: locking a row, checking a lease, writing an event.

Locks are taken in one order everywhere, to avoid deadlocks: the recording's row, then one of its rows (lease, order, delivery),
then a webhook endpoint. Several rows of one kind are locked by ascending id, or with SKIP LOCKED. Nothing takes a recording's
lock while it holds another. Only a cancellation takes two kinds, leases before orders; no holder of an order waits for a lease.
The claims of a dead worker are released after its lease is locked, with SKIP LOCKED.
Must not go here: anything that knows the meaning of a state (``store/recordings/lifecycle.py``).
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Session

from meeting_pipeline.domain.errors import PermanentError, WorkerFenced
from meeting_pipeline.store.tables import Recording, RecordingEvent, RunLease

_Row = TypeVar("_Row", bound=DeclarativeBase)
FEED_CHANNEL = "meeting_pipeline_feed"
"""PostgreSQL's NOTIFY channel for readers of this database's feed."""
_ENTER = text('INSERT INTO feed ("transaction", recording_key, seq) VALUES (0, :key, :seq)')
_ENTER_AND_WAKE = text(
    'INSERT INTO feed ("transaction", recording_key, seq) SELECT greatest(pg_current_xact_id()::text::bigint, '  # noqa: S608 - our own constant
    f"(SELECT max(\"transaction\") FROM feed WHERE recording_key = :key)), :key, :seq FROM pg_notify('{FEED_CHANNEL}', '')"
)
"""One statement: it is part of every write. A transaction that notifies several times wakes readers once."""

_WAKE = text(f"SELECT pg_notify('{FEED_CHANNEL}', '')")


def new_id() -> str:
    """A random row id."""
    return uuid.uuid4().hex


def insert_missing(session: Session, table: type[DeclarativeBase], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert those rows that do not exist yet, even if another transaction inserts some at the same moment."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    if rows:
        session.execute(dialect.insert(table).on_conflict_do_nothing(), list(rows))


def insert_or_lock(session: Session, table: type[_Row], key: str, row: Mapping[str, Any]) -> _Row:
    """Return the row with this primary key, locked until the transaction ends. It is inserted if there is none.

    PostgreSQL: an existing row that another transaction deletes before it is locked is gone. Then it is inserted.
    """
    while True:
        insert_missing(session, table, [row])
        found = session.get(table, key, with_for_update=True, populate_existing=True)
        if found is not None:
            return found


def compared_only(column: ColumnElement[str] | InstrumentedAttribute[str]) -> ColumnElement[str]:
    """A text column in a condition that must only test rows, not find them.

    Nearly all recordings have the same status and stage, but a database without statistics prefers any index on them.
    """
    return column.concat("")


def locked_recording(session: Session, key: str) -> Recording:
    """The recording's row, locked until the transaction ends. Raises: PermanentError ``unknown_recording``."""
    row = session.get(Recording, key, with_for_update=True)
    if row is None:
        raise unknown_recording(key)
    return row


def unknown_recording(key: str) -> PermanentError:
    """The error for an unknown recording id."""
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


def wake_readers(session: Session) -> None:
    """Wake those who wait for commits, after a change that is no event. On SQLite they notice every commit anyway."""
    connection = session.connection()
    if connection.dialect.name != "sqlite":
        connection.execute(_WAKE)


def enter_feed(session: Session, key: str, seq: int) -> None:
    """Insert an event into the single order of all events, and wake its readers: see ``store/event_log/event_log.py``.

    PostgreSQL: the number of the transaction, or that of the recording's last event if it is higher. So no event of a recording
    comes before an earlier one, even if its transaction wrote something else before it took the recording's lock.
    """
    connection = session.connection()
    statement = _ENTER if connection.dialect.name == "sqlite" else _ENTER_AND_WAKE
    connection.execute(statement, {"key": key, "seq": seq})
