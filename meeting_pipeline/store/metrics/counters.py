"""Counting events, for totals that only rise: each event is counted once, in feed order, by the first process to read it.

The position reached is stored with the totals, so all processes report the same numbers and none reads the whole history. Must
not go here: what an event adds (``event_totals.py``), totals of maintained sums (``totals.py``), current numbers
(``statistics.py``).
"""

import json
from collections import defaultdict
from typing import Final

from sqlalchemy import BigInteger, ColumnElement, func, literal, select, text, tuple_
from sqlalchemy.orm import Session

from meeting_pipeline import policies
from meeting_pipeline.store.metrics.event_totals import totals_of_events
from meeting_pipeline.store.metrics.kept_sums import add_up, are_noted, is_kept
from meeting_pipeline.store.metrics.totals import Total, Totals
from meeting_pipeline.store.tables import FeedEntry, Tally

COUNTED_TO: Final = Total("feed_counted_to")
"""The transaction of the last counted feed entry; its position is in ``_POSITION``."""
_POSITION: Final = Total("feed_counted_to", ("position",))


def count_new(session: Session, *, key: str | None = None) -> int:
    """Count events not counted yet, at most ``STATISTICS_EVENTS``; with ``key``, all of a recording about to be deleted.

    The caller's transaction writes. Returns how many events, or changes of kept sums, were found.
    """
    transaction = _locked(session, COUNTED_TO)
    position = _locked(session, _POSITION)
    if _is_of_another_server(session, transaction.value):
        transaction.value = 0.0  # ``Feed.take_over`` does the same with the entries
    query = (
        select(FeedEntry.transaction, FeedEntry.position, FeedEntry.recording_key, FeedEntry.seq)
        .where(_later(session, transaction, position))
        .order_by(*([FeedEntry.position] if _is_sqlite(session) else [FeedEntry.transaction, FeedEntry.position]))
    )
    if key is not None:
        met = session.execute(query.where(FeedEntry.recording_key == key)).all()
    else:
        met = session.execute(query.where(*_settled(session)).limit(policies.STATISTICS_EVENTS)).all()
        if met:
            transaction.value, position.value = float(met[-1].transaction), float(met[-1].position)
    fresh: dict[str, set[int]] = defaultdict(set)
    for entry in met:
        fresh[entry.recording_key].add(entry.seq)
    _add(session, totals_of_events(session, fresh))
    return len(met) if key is not None else max(len(met), add_up(session, policies.STATISTICS_EVENTS))


def count_from_here(session: Session) -> None:
    """Every event is counted, and this database was just filled from another: count those that happen from now on."""
    last = session.scalar(select(func.max(FeedEntry.position))) or 0
    if last:
        _locked(session, COUNTED_TO).value = 0.0  # the entries have no number of a transaction here
        _locked(session, _POSITION).value = float(last)


def has_new(session: Session) -> bool:
    """Whether there are events to count, or changes of kept sums to add up."""
    if are_noted(session):
        return True
    rows = {row.labels: row for row in session.scalars(select(Tally).where(Tally.name == COUNTED_TO.name))}
    if len(rows) < 2 or _is_of_another_server(session, rows[json.dumps(COUNTED_TO.labels)].value):
        return True
    later = _later(session, *(rows[json.dumps(total.labels)] for total in (COUNTED_TO, _POSITION)))
    query = select(FeedEntry.position).where(later, *_settled(session)).limit(1)
    return session.scalar(query) is not None


def stored(session: Session) -> Totals:
    """The totals of events."""
    rows = session.execute(select(Tally.name, Tally.labels, Tally.value)).all()
    totals = Totals()
    return totals.add(
        {Total(row.name, tuple(json.loads(row.labels))): row.value for row in rows if not is_kept(row.name)}
    )


def _settled(session: Session) -> list[ColumnElement[bool]]:
    """On PostgreSQL an entry counts once no running transaction can still insert one before it."""
    if _is_sqlite(session):
        return []
    return [FeedEntry.transaction < text("pg_snapshot_xmin(pg_current_snapshot())::text::bigint")]


def _is_sqlite(session: Session) -> bool:
    return session.connection().dialect.name == "sqlite"


def _later(session: Session, transaction: Tally, position: Tally) -> ColumnElement[bool]:
    """Entries after this place. On SQLite all have the same transaction, so the index has to be entered by position alone."""
    if _is_sqlite(session):
        return FeedEntry.position > _place(position)
    return tuple_(FeedEntry.transaction, FeedEntry.position) > tuple_(_place(transaction), _place(position))


def _place(row: Tally) -> ColumnElement[int]:
    return literal(int(row.value), BigInteger)


def _is_of_another_server(session: Session, transaction: float) -> bool:
    """Whether the database was moved to another PostgreSQL server, whose transaction numbers start over."""
    if _is_sqlite(session):
        return False
    latest = session.scalar(text("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"))
    return transaction >= (latest or 0)


def _locked(session: Session, total: Total) -> Tally:
    identity = (total.name, json.dumps(total.labels))
    row = session.get(Tally, identity, with_for_update=True)
    if row is None:
        row = Tally(name=identity[0], labels=identity[1], value=0.0)
        session.add(row)
        session.flush()
    return row


def _add(session: Session, totals: Totals) -> None:
    """Add to the stored totals. The caller holds the lock of ``COUNTED_TO``."""
    for total, value in totals.items():
        _locked(session, total).value += value
