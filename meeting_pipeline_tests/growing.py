"""A store with a long history, made by copying the rows of recordings in the database: thousands in a second or so.

Belongs here: copies, and the recordings they are copies of. Must not go here: assertions.
"""

from collections.abc import Callable
from typing import Any, Final

import sqlalchemy as sa

from meeting_pipeline.domain.claim_edits import listed
from meeting_pipeline.domain.commitments.values import CommitmentState
from meeting_pipeline.domain.errors import PermanentError, ProviderUnavailable
from meeting_pipeline.domain.judged_claims import Judgement
from meeting_pipeline.domain.keys import erased_key
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.store.commitments.pages import CommitmentFilter
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import Base, CommitmentReport, DeletedRecording
from meeting_pipeline_tests.store.samples import (
    HOOK,
    OPTIONS,
    REFUSED,
    Attempt,
    Journey,
    action_items,
    answer,
    bought,
    decisions,
    speakers,
    summary,
    unavailable,
)

_MADE_NEW: Final = frozenset({"id", "event_id", "submission_id", "delivery_id", "run_id", "commitment_id", "part_id"})
"""Columns that identify a row, or refer to one."""
_SPREAD: Final = frozenset(
    {
        "recordings.created_at", "submission_index.created_at", "recordings.registered_at", "webhook_events.created_at",
        "webhook_deliveries.created_at",
    }
)  # fmt: skip
_NUMBERED: Final = frozenset({"feed.position", "commitment_edits.number", "person_edits.number"})
"""Columns that the database numbers."""
_SERIES: Final = 500
"""Series of meetings among the copies."""
_PLACES: Final = ("recording_key", "key")
_FIRST_COPY: Final = 0x1000
_GAPS: Final = 20
"""Copies with a gap: what is missing at a time does not grow with history."""
_DAYS: Final = 1500
"""Four years."""


def history(store: Store) -> list[str]:
    """Three finished recordings to copy: a completed one with everything, one with a gap that is left to people, a failed one."""
    attached = SidecarOptions(webhook_url=HOOK, reference="cms-1", metadata={"stage": "live", "site": "Ulm"})
    whole = Journey(store, number=1).accept(needs_order=True, options=attached)
    order = whole.order(OPTIONS)
    whole.begin().collect()
    store.orders.finish(order.id, cost_usd=0.25)
    for _ in range(4):
        bought(store, whole.key, whole.run_id, text="an answer that is not tiny " * 80)
    whole.answer(summary(), speakers(), action_items("Send the report", "Read it"), decisions("Ship it"))
    store.speaker_edits.rename(whole.key, "A", "Grace", "somebody")
    report = listed(store.records.get(whole.key), Insight.ACTION_ITEMS)[0]
    store.claim_edits.judge(whole.key, report.claim_id, Judgement.ACCEPTED, by="somebody")
    whole.complete()
    store.lifecycle.begin(whole.key, "held-1", collecting=False)
    store.results.store_held_answer(whole.key, "held-1", answer(summary("Another.")), input_hash="n")
    store.leases.end("held-1")
    store.versions.discard(whole.key, "somebody", "worse")
    for attempt in (REFUSED, Attempt()):
        [due] = store.outbox.take(10)
        store.outbox.settle(due, attempt, None if attempt.delivered else store.context.now())
    partial = Journey(store, number=2).accept().begin().collect()
    partial.answer(summary(), speakers(), decisions())
    store.results.store_gap(partial.key, partial.run_id, unavailable(Insight.ACTION_ITEMS, retryable=False))
    partial.complete()
    lost = Journey(store, number=3).accept().begin()
    store.lifecycle.fail(lost.key, lost.run_id, PermanentError("no_speech", "Nobody speaks."))
    store.leases.end(lost.run_id)
    for waiting in store.commitment_links.waiting(100):
        store.commitment_links.link(waiting)
    [commitment, *_], _ = store.commitments.page(CommitmentFilter(), 1)
    store.commitment_edits.set_state(commitment.row.id, CommitmentState.DONE, "somebody")
    with store.database.write() as session:
        session.add(
            CommitmentReport(
                recording_key=whole.key, position=1, segment_id=1, text="It is sent.", about="x", state="done"
            )
        )
    store.registrations.note_registered([whole.key, partial.key, lost.key])
    return [whole.key, partial.key, lost.key]


def under_way(store: Store) -> None:
    """A few recordings that are not finished, in different states, and a webhook that is due."""
    ordered = Journey(store, number=11).accept(needs_order=True)
    order = store.orders.open(ordered.key, OPTIONS)
    store.orders.claim(order.id, "w")
    store.orders.ordered(order.id, "ext-2")
    store.lifecycle.ordered(ordered.key)
    waiting = Journey(store, number=12).accept(needs_order=True)
    store.lifecycle.order_later(waiting.key, ProviderUnavailable("provider_down", "It does not answer."))
    Journey(store, number=13).accept().begin()
    gap = Journey(store, number=14).accept(hook=HOOK).begin().collect()
    store.results.store_gap(gap.key, gap.run_id, unavailable(Insight.SUMMARY))
    gap.complete()
    Journey(store, number=15).accept()


def grow(store: Store, keys: list[str], number: int, days: int = _DAYS) -> None:
    """Copy these recordings until there are this many more: mostly the first, a few with the gap, one in 50 failed.

    The copies are of meetings on so many days.
    """
    shares = [_GAPS, number // 50]
    first = _FIRST_COPY
    for key, count in zip(keys, [number - sum(shares), *shares], strict=True):
        _copy(store, key, first, count, days)
        first += count
    _copy_deletions(store, number)
    with store.database.write() as session:  # counting the events of the copies would take minutes
        newest = session.execute(sa.text('SELECT max("transaction"), max(position) FROM feed')).one()
        for labels, value in zip(("[]", '["position"]'), newest, strict=True):
            change = "UPDATE tallies SET value = :value WHERE name = 'feed_counted_to' AND labels = :labels"
            session.execute(sa.text(change), {"value": float(value), "labels": labels})
    while store.statistics.count_new():
        pass
    if store.database.sqlite:
        return
    with store.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("VACUUM ANALYZE"))


def _copy_deletions(store: Store, number: int) -> None:
    """As many recordings were deleted, long ago."""
    long_ago = store.context.before(1e6)
    with store.database.write() as session:
        for start in range(0, number, 1000):
            session.add_all(
                DeletedRecording(
                    key=erased_key(f"deleted-{start + n}"), deleted_by="ops", deleted_at=long_ago, speech_usd=0.1,
                    answers_usd=0.1, references=[], unregistered_at=long_ago, due_at=None, tries=0,
                    receipt={}, traces={}, erased_at=long_ago,
                )
                for n in range(min(1000, number - start))
            )  # fmt: skip
            session.flush()
            session.expunge_all()


def _copy(store: Store, key: str, first: int, count: int, days: int) -> None:
    sqlite = store.database.sqlite
    numbers = "WITH RECURSIVE numbers(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM numbers WHERE n < :last)"
    if not sqlite:
        numbers = numbers.replace(":first", "CAST(:first AS integer)")
    with store.database.write() as session:
        for table in Base.metadata.sorted_tables:
            mine = _rows_of(table)
            if mine is None:
                continue
            columns = [column for column in table.columns if f"{table.name}.{column.name}" not in _NUMBERED]
            names = ", ".join(f'"{column.name}"' for column in columns)
            values = ", ".join(_value(table, column, days, sqlite=sqlite) for column in columns)
            copies = f"SELECT {values} FROM {table.name} AS s, numbers WHERE {mine}"  # noqa: S608 - names of our own tables
            statement = f"INSERT INTO {table.name} ({names}) {numbers} {copies}"
            session.execute(sa.text(statement), {"first": first, "last": first + count - 1, "key": key})


def _rows_of(table: sa.Table) -> str | None:
    """The condition for rows of a recording; ``None`` for a table that has none."""
    if table.name == "webhook_attempts":
        return "s.delivery_id IN (SELECT id FROM webhook_deliveries WHERE recording_key = :key)"
    if table.name in (
        "search_meetings",
        "search_pending",
        "catalog_changes",
        "commitment_changes",
        "deleted_recordings",
        "idempotent_requests",
        "api_keys",
    ):
        return None
    return next((f"s.{name} = :key" for name in _PLACES if name in table.columns), None)


def _value(table: sa.Table, column: sa.Column[Any], days: int, *, sqlite: bool) -> str:
    name = f's."{column.name}"'
    hexadecimal: Callable[[int], str] = (
        (lambda width: f"printf('%0{width}x', n)") if sqlite else (lambda width: f"lpad(to_hex(n), {width}, '0')")
    )
    if column.name in _PLACES:
        day = f"date(substr({name}, 1, 10), '-' || (n % {days}) || ' days')"
        if not sqlite:
            day = f"to_char(CAST(substr({name}, 1, 10) AS date) - n % {days}, 'YYYY-MM-DD')"
        return f"{day} || substr({name}, 11, length({name}) - 18) || {hexadecimal(8)}"
    if column.name == "sha256":
        return hexadecimal(64)
    if column.name in _MADE_NEW:
        return f"CASE WHEN {name} IS NULL THEN NULL ELSE {name} || '-' || n END"
    if column.name == "series":
        return f"{name} || '-' || n % {_SERIES}"
    if column.name == "meeting_date":
        return f"date({name}, '-' || (n % {days}) || ' days')" if sqlite else f"{name} - n % {days}"
    if f"{table.name}.{column.name}" in _SPREAD:
        if sqlite:
            return f"strftime('%Y-%m-%d %H:%M:%S.000000', {name}, '-' || n || ' seconds')"
        return f"{name} - n * interval '1 second'"
    return name
