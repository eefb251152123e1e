"""All events of all recordings in one order, for clients that follow them: reading them without gaps and repeats.

``rows.add_event`` inserts each event in the transaction that makes it true. On SQLite writes are serialized, so the position
alone is the order. On PostgreSQL transactions commit in any order: an entry has the number of its transaction, the order is
(transaction, position), and readers take only *settled* entries: those of transactions older than every running one. Nothing
can appear before those any more. See ``docs/adr/0015-one-feed-of-events.md``.

Entries are not removed by age: they are a small part of a recording's data. They are removed when their recording is deleted.
Must not go here: who listens (``api/``), waiting for new events (``watch.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, Text, cast, delete, func, literal, select, tuple_, update
from sqlalchemy.orm import Session

from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import enter_feed
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.tables import FeedEntry, Recording, RecordingEvent, RunLease

DELETED = "deleted"
"""Type of the last entry of a deleted recording. It has no event, and the number 0."""


@dataclass(frozen=True, order=True)
class Position:
    """A place in the order of all events: its holder has read everything up to here."""

    transaction: int
    position: int


BEGINNING = Position(0, 0)


@dataclass(frozen=True)
class FeedEvent:
    """An event, and its place in the order of all events."""

    key: str
    seq: int
    type: str
    at: datetime | None
    """``None`` for ``deleted``."""
    status: str | None
    """The recording's status after the event (likewise ``stage``); ``None`` for events from before these were stored."""
    stage: str | None
    data: dict[str, Any]
    position: Position
    settled: bool
    """Whether nothing can appear before it any more. Events of one recording are in order even before that."""


@dataclass(frozen=True)
class Progress:
    """How far a recording is. ``over``: it has an outcome, everything is published, and nothing is in progress."""

    last_seq: int
    status: str
    stage: str
    over: bool


@retrying
class Feed:
    """Repository of the order of all events."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def horizon(self) -> Position:
        """The place after everything that is settled now."""
        with self._context.database.read() as session:
            return self._horizon(session)

    def _horizon(self, session: Session) -> Position:
        if self._context.database.sqlite:
            return Position(0, session.scalar(select(func.max(FeedEntry.position))) or 0)
        return Position(session.scalars(select(_oldest_under_way())).one(), 0)

    def knows(self, position: Position) -> bool:
        """Whether it can be a place of this database: a future place cannot have been given to any client."""
        with self._context.database.read() as session:
            return position <= self._horizon(session)

    def after(self, position: Position, limit: int) -> list[FeedEvent]:
        """The next settled events, at most about ``limit``: see ``_page``."""
        return self._page(position, limit, settled=True)

    def visible(self, position: Position, limit: int) -> list[FeedEvent]:
        """Like ``after``, followed by those that are not settled, in an order that may change."""
        return self._page(position, limit, settled=False)

    def _page(self, position: Position, limit: int, *, settled: bool) -> list[FeedEvent]:
        query = self._entries(position)
        if settled and not self._context.database.sqlite:
            query = query.where(FeedEntry.transaction < _oldest_under_way())
        with self._context.database.read() as session:
            rows = session.execute(query.limit(limit)).all()
        return [_event(row) for row in rows]

    def _entries(self, position: Position) -> Select[Any]:
        event = RecordingEvent
        settled: ColumnElement[bool]
        if self._context.database.sqlite:
            later, order = [FeedEntry.position > position.position], [FeedEntry.position]
            settled = literal(True)
        else:
            place = tuple_(FeedEntry.transaction, FeedEntry.position)
            later = [place > tuple_(literal(position.transaction, BigInteger), literal(position.position, BigInteger))]
            order = [FeedEntry.transaction, FeedEntry.position]
            settled = FeedEntry.transaction < _oldest_under_way()
        columns = (
            FeedEntry.transaction,
            FeedEntry.position,
            FeedEntry.recording_key.label("key"),
            FeedEntry.seq,
            event.type,
            event.at,
            event.status,
            event.stage,
            event.data,
            settled.label("settled"),
        )
        same = (event.recording_key == FeedEntry.recording_key) & (event.seq == FeedEntry.seq)
        return select(*columns).outerjoin(event, same).where(*later).order_by(*order)

    def of(self, key: str, after: int, limit: int) -> Sequence[RecordingEvent]:
        """The next events of one recording, after number ``after``."""
        query = select(RecordingEvent).where(RecordingEvent.recording_key == key, RecordingEvent.seq > after)
        with self._context.database.read() as session:
            return session.scalars(query.order_by(RecordingEvent.seq).limit(limit)).all()

    def progress(self, key: str) -> Progress | None:
        """How far the recording is; ``None`` if it does not exist."""
        working = select(RunLease.run_id).where(RunLease.recording_key == key, RunLease.state == "live").limit(1)
        with self._context.database.read() as session:
            row = session.get(Recording, key)
            if row is None:
                return None
            over = RecordingStatus(row.status).terminal and row.stage == Stage.DONE and row.changed_at is None
            if over and session.scalar(working) is not None:
                over = False
            return Progress(row.event_seq, row.status, row.stage, over)

    def take_over(self) -> None:
        """Settle entries whose transaction numbers are higher than this server's.

        This happens after a database was moved to another PostgreSQL server, whose transaction numbers start over.
        """
        if self._context.database.sqlite:
            return
        with self._context.database.write() as session:
            ahead = FeedEntry.transaction >= _number(func.pg_snapshot_xmax(func.pg_current_snapshot()))
            if session.scalar(select(FeedEntry.position).where(ahead).limit(1)) is not None:
                session.execute(
                    update(FeedEntry).where(ahead).values(transaction=0),
                    execution_options={"synchronize_session": False},
                )


def leave_feed(session: Session, key: str) -> None:
    """Remove a deleted recording's entries, and tell readers of the feed that it is gone.

    The same content may be submitted again under the same key and start numbering its events again: no old entry may be mistaken
    for a new event.
    """
    gone = delete(FeedEntry).where(FeedEntry.recording_key == key)
    session.execute(gone, execution_options={"synchronize_session": False})
    enter_feed(session, key, 0)


def _number(xid: ColumnElement[Any]) -> ColumnElement[int]:
    return cast(cast(xid, Text), BigInteger)


def _oldest_under_way() -> ColumnElement[int]:
    return _number(func.pg_snapshot_xmin(func.pg_current_snapshot()))


def _event(row: Any) -> FeedEvent:
    place = Position(row.transaction, row.position)
    kind = DELETED if row.type is None else row.type
    return FeedEvent(
        row.key, row.seq, kind, row.at, row.status, row.stage, row.data or {}, place, settled=bool(row.settled)
    )
