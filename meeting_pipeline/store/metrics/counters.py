"""Totals since the beginning, for counters that only rise: what happened to recordings, how long each stage took.

Each event is counted once, in the order of the feed, by the first process that asks. The position reached is stored beside the
totals, so that all processes report the same numbers and none reads the whole history. Other totals (orders, calls, attempts)
are summed from their rows, and added to the stored totals when a recording is deleted: a total must not fall.
Must not go here: current numbers (``statistics.py``).
"""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, case, func, literal, select, text, tuple_
from sqlalchemy.orm import Session

from meeting_pipeline import policies
from meeting_pipeline.domain.recording import Stage
from meeting_pipeline.store.ledger.cost_queries import BILLED
from meeting_pipeline.store.tables import (
    FeedEntry,
    LLMCall,
    RecordingEvent,
    Tally,
    TranscriptionOrder,
    WebhookAttempt,
    WebhookDelivery,
)


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

    The caller's transaction writes. Returns how many events were found.
    """
    transaction = _locked(session, COUNTED_TO)
    position = _locked(session, _POSITION)
    if _is_of_another_server(session, transaction.value):
        transaction.value = 0.0  # ``Feed.take_over`` does the same with the entries
    query = (
        select(FeedEntry.transaction, FeedEntry.position, FeedEntry.recording_key, FeedEntry.seq)
        .where(tuple_(FeedEntry.transaction, FeedEntry.position) > tuple_(_place(transaction), _place(position)))
        .order_by(FeedEntry.transaction, FeedEntry.position)
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
    return len(met)


def has_new(session: Session) -> bool:
    """Whether there are events to count."""
    rows = {row.labels: row for row in session.scalars(select(Tally).where(Tally.name == COUNTED_TO.name))}
    if len(rows) < 2 or _is_of_another_server(session, rows[json.dumps(COUNTED_TO.labels)].value):
        return True
    places = [_place(rows[json.dumps(total.labels)]) for total in (COUNTED_TO, _POSITION)]
    later = tuple_(FeedEntry.transaction, FeedEntry.position) > tuple_(*places)
    query = select(FeedEntry.position).where(later, *_settled(session)).limit(1)
    return session.scalar(query) is not None


def carry_over(session: Session, key: str) -> None:
    """Add to the stored totals what this recording's rows amount to. The rows are deleted in the same transaction."""
    count_new(session, key=key)
    _add(session, summed(session, key))


def stored(session: Session) -> Totals:
    """The totals of events, and of deleted recordings."""
    rows = session.execute(select(Tally.name, Tally.labels, Tally.value)).all()
    return Totals().add({Total(row.name, tuple(json.loads(row.labels))): row.value for row in rows})


def summed(session: Session, key: str | None = None) -> Totals:
    """Totals of the rows in both ledgers and in the outbox, of all recordings or of one."""
    totals = Totals()
    orders = select(
        TranscriptionOrder.provider, func.count(TranscriptionOrder.ordered_at), func.sum(TranscriptionOrder.cost_usd)
    ).where(*_of(TranscriptionOrder.recording_key, key))
    for provider, placed, usd in session.execute(orders.group_by(TranscriptionOrder.provider)):
        totals[Total("orders", (provider,))] += placed
        totals[Total("order_usd", (provider,))] += usd
    group = (LLMCall.insight, LLMCall.model, LLMCall.state, LLMCall.error_code)
    kinds = {"input": LLMCall.input_tokens, "cached": LLMCall.cached_tokens, "output": LLMCall.output_tokens}
    answers = select(*group, func.count(), func.sum(LLMCall.cost_usd), *map(func.sum, kinds.values()))
    answers = answers.where(*_of(LLMCall.recording_key, key))
    for insight, model, state, code, calls, usd, *tokens in session.execute(answers.group_by(*group)):
        if state in BILLED:
            totals[Total("answers", (insight, model))] += calls
            totals[Total("answer_usd", (model,))] += usd
            for kind, number in zip(kinds, tokens, strict=True):
                totals[Total("tokens", (model, kind))] += int(number)
        if state in ("unusable", "lost"):
            totals[Total("wasted_answers", (insight, state, code or "unknown"))] += calls
    result = case((WebhookAttempt.error_code.is_(None), "delivered"), else_="failed").label("result")
    attempts = (
        select(WebhookDelivery.host, result, func.count(), func.sum(WebhookAttempt.duration_ms))
        .join(WebhookDelivery, WebhookDelivery.id == WebhookAttempt.delivery_id)
        .where(*_of(WebhookDelivery.recording_key, key))
    )
    for host, word, number, milliseconds in session.execute(attempts.group_by(WebhookDelivery.host, result)):
        totals[Total("webhook_attempts", (host, word))] += number
        totals[Total("webhook_seconds", (host,))] += int(milliseconds) / 1000
    return totals


def _of(column: Any, key: str | None) -> list[ColumnElement[bool]]:
    return [] if key is None else [column == key]


def _settled(session: Session) -> list[ColumnElement[bool]]:
    """On PostgreSQL an entry counts once no running transaction can still insert one before it."""
    if session.connection().dialect.name == "sqlite":
        return []
    return [FeedEntry.transaction < text("pg_snapshot_xmin(pg_current_snapshot())::text::bigint")]


def _place(row: Tally) -> ColumnElement[int]:
    return literal(int(row.value), BigInteger)


def _is_of_another_server(session: Session, transaction: float) -> bool:
    """Whether the database was moved to another PostgreSQL server, whose transaction numbers start over."""
    if session.connection().dialect.name == "sqlite":
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
    elif event.type == "worker_lost":
        totals[Total("workers_lost")] += 1
