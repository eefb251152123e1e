"""Totals since the beginning, for counters that only rise: what happened to recordings, how long each stage took.

Each event is counted once, in the order of the feed, by the first process that asks. The position reached is stored beside the
totals, so that all processes report the same numbers and none reads the whole history. Other totals (orders, calls, attempts)
come from sums that are kept (``kept_sums.py``); they are not reduced when a recording is deleted: a total must not fall.
Must not go here: current numbers (``statistics.py``).
"""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, func, literal, select, text, tuple_
from sqlalchemy.orm import Session

from meeting_pipeline import policies
from meeting_pipeline.domain.recording import Stage
from meeting_pipeline.store.ledger.cost_queries import BILLED
from meeting_pipeline.store.metrics.kept_sums import Group, Sums, add_up, are_noted, is_kept
from meeting_pipeline.store.tables import FeedEntry, RecordingEvent, Tally


class Total(NamedTuple):
    """What is counted: a name and the values of its labels."""

    name: str
    labels: tuple[str, ...] = ()


class Totals(defaultdict[Total, float]):
    """The value of each total; 0 for a missing one."""

    def __init__(self) -> None:
        super().__init__(float)

    def add(self, others: Mapping[Total, float]) -> "Totals":
        """Add the others to these totals, and return these."""
        for total, value in others.items():
            self[total] += value
        return self


COUNTED_TO: Final = Total("feed_counted_to")
"""The transaction of the last counted feed entry; its position is in ``_POSITION``."""
_POSITION: Final = Total("feed_counted_to", ("position",))


def bucket_of(seconds: float) -> str:
    """The smallest bucket that contains a duration, as Prometheus writes it."""
    return next((f"{limit:.1f}" for limit in policies.STAGE_BUCKETS_SECONDS if seconds <= limit), "+Inf")


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
    _add(session, _counted(session, fresh))
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


def of_ledgers(sums: Mapping[Group, Sums]) -> Totals:
    """Totals of both ledgers and of the outbox."""
    totals = Totals()
    for group, found in sums.items():
        _WORTH.get(group.name, _nothing)(totals, group.labels, found)
    return totals


def _of_orders(totals: Totals, labels: tuple[str, ...], found: Sums) -> None:
    totals[Total("orders", labels)] += found.number
    totals[Total("order_usd", labels)] += found.amount


def _of_calls(totals: Totals, labels: tuple[str, ...], found: Sums) -> None:
    insight, model, state, code = labels
    if not found.number:
        return  # its calls are in another state by now
    if state in BILLED:
        totals[Total("answers", (insight, model))] += found.number
        totals[Total("answer_usd", (model,))] += found.amount
        for kind, number in (("input", found.input), ("cached", found.cached), ("output", found.output)):
            totals[Total("tokens", (model, kind))] += number
    if state in ("unusable", "lost"):
        totals[Total("wasted_answers", (insight, state, code or "unknown"))] += found.number


def _of_attempts(totals: Totals, labels: tuple[str, ...], found: Sums) -> None:
    host, result = labels
    totals[Total("webhook_attempts", (host, result))] += found.number
    totals[Total("webhook_seconds", (host,))] += found.amount / 1000


def _nothing(_totals: Totals, _labels: tuple[str, ...], _found: Sums) -> None:
    """Sums that are no totals."""


_WORTH: Final = {"orders_placed": _of_orders, "calls": _of_calls, "attempts": _of_attempts}


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


def _counted(session: Session, fresh: dict[str, set[int]]) -> Totals:
    totals = Totals()
    if not fresh:
        return totals
    query = select(
        RecordingEvent.recording_key,
        RecordingEvent.seq,
        RecordingEvent.type,
        RecordingEvent.stage,
        RecordingEvent.data,
        RecordingEvent.at,
    ).where(RecordingEvent.recording_key.in_(fresh))
    histories: dict[str, list[Any]] = defaultdict(list)
    for event in session.execute(query.order_by(RecordingEvent.recording_key, RecordingEvent.seq)):
        histories[event.recording_key].append(event)
    for key, history in histories.items():
        totals.add(_of_history(history, fresh[key]))
    return totals


def _of_history(history: Sequence[Any], fresh: Collection[int]) -> Totals:
    """What the new events of one recording add; the earlier ones give the stage and time they start from."""
    totals = Totals()
    stage, entered = None, history[0].at
    if history[0].type == "refused":  # a file that never became a recording
        if history[0].seq in fresh:
            totals[Total("refusals", (str(history[0].data.get("code") or "unknown"),))] += 1
        return totals
    began, over = history[0].at, False
    for event in history:
        new = event.seq in fresh
        now_at = event.stage or event.data.get("stage") or stage
        if now_at != stage:
            if new and stage not in (None, Stage.DONE):
                _observe(totals, "stage", str(stage), (event.at - entered).total_seconds())
            stage, entered = now_at, event.at
        if event.type == "retried":
            began, over = event.at, False
        if not new:
            over = over or event.type in ("completed", "failed")
            continue
        _happened(totals, event)
        if event.type in ("completed", "failed") and not over:
            over = True
            _observe(totals, "outcome", event.type, (event.at - began).total_seconds())
    return totals


def _observe(totals: Totals, name: str, label: str, seconds: float) -> None:
    totals[Total(f"{name}_bucket", (label, bucket_of(seconds)))] += 1
    totals[Total(f"{name}_seconds", (label,))] += max(0.0, seconds)  # clocks of two machines may differ


def _happened(totals: Totals, event: Any) -> None:
    code = str(event.data.get("code") or "unknown")
    if event.type == "accepted":
        totals[Total("accepted")] += 1
        totals[Total("audio_seconds")] += event.data.get("duration_ms", 0) / 1000
    elif event.type == "failed":
        totals[Total("failures", (code,))] += 1
    elif event.type == "waiting":
        totals[Total("waits", (code,))] += 1
    elif event.type == "gap":
        totals[Total("gaps", (str(event.data.get("insight")), code))] += 1
    elif event.type == "mail":
        sent = event.data.get("state") == "sent"
        totals[Total("mail_attempts", ("sent", "none") if sent else ("failed", code))] += 1
    elif event.type == "worker_lost":
        totals[Total("workers_lost")] += 1
