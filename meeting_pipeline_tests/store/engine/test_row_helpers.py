"""The lock order: if any method broke it, two transactions could deadlock."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from meeting_pipeline import policies
from meeting_pipeline.domain.record import Problem
from meeting_pipeline.store.recordings.leases import LeaseHolder
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import WebhookDelivery
from meeting_pipeline_tests.store.samples import (
    HOOK,
    OPTIONS,
    REFUSED,
    Attempt,
    Clock,
    Journey,
    completed,
    failed,
    race,
    summary,
    unavailable,
)

LOCKING = re.compile(r"^(?:UPDATE (\w+) |SELECT .*FROM (\w+).*FOR UPDATE)", re.DOTALL)
OTHERS = {"run_leases", "transcription_orders", "webhook_deliveries"}
LOST = Problem("worker_lost", "Three runs ended without a result.")


@pytest.fixture
def transactions(store: Store) -> Iterator[list[list[str]]]:
    """The tables in which rows were locked, in lock order, one list per transaction."""
    found: list[list[str]] = []

    def began(_connection: Connection) -> None:
        found.append([])

    def executed(
        _connection: Connection, _cursor: Any, statement: str, _parameters: Any, _context: Any, _many: bool
    ) -> None:
        matched = LOCKING.match(statement)
        if matched and "SKIP LOCKED" not in statement:  # SKIP LOCKED never waits
            found[-1].append(matched[1] or matched[2])

    engine = store.database.engine
    event.listen(engine, "begin", began)
    event.listen(engine, "before_cursor_execute", executed)
    yield found
    event.remove(engine, "begin", began)
    event.remove(engine, "before_cursor_execute", executed)


def everything_once(store: Store, clock: Clock) -> None:
    """Call every method that writes."""
    journey = Journey(store).accept(needs_order=True, hook=HOOK)
    order = store.orders.open(journey.key, OPTIONS)
    store.orders.claim(order.id, "w")
    store.orders.renew_claims("w")
    store.orders.uploaded(order.id, "w", "https://upload")
    store.orders.ordering(order.id, "w")
    store.orders.ordered(order.id, "p-1")
    store.orders.release(order.id, "w")
    store.lifecycle.ordered(journey.key)
    store.lifecycle.ready(journey.key)
    store.leases.begin_batch("batch")
    journey.begin()
    store.leases.heartbeat(journey.run_id)
    clock.advance(policies.LEASE_SECONDS + 1)
    store.lease_watch.revoke_silent_lease(LeaseHolder(journey.run_id, journey.key))
    store.recovery.requeue(journey.key, LOST)
    journey.begin().collect()
    store.orders.finish(order.id, cost_usd=0.1)
    store.results.store_gap(journey.key, journey.run_id, unavailable())
    journey.answer(summary())
    journey.complete()
    for result in (REFUSED, Attempt()):
        (taken,) = store.outbox.take(1)
        store.outbox.give_back(taken)
        (taken,) = store.outbox.take(1)
        store.outbox.settle(taken, result, clock.now)
    store.outbox.replay([taken.delivery_id])
    store.recordings.retry(failed(store, 2).key, needs_order=False)


@pytest.mark.parametrize("store_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_a_recording_is_locked_before_its_rows_and_never_two_of_them(
    store: Store, clock: Clock, transactions: list[list[str]]
) -> None:
    everything_once(store, clock)
    locked = [tables for tables in transactions if tables]
    assert {table for tables in locked for table in tables} >= {"recordings", *OTHERS}
    for tables in locked:
        first = list(dict.fromkeys(table for table in tables if table in {"recordings", *OTHERS}))
        if "recordings" in first:
            assert first[0] == "recordings", tables
        assert len(set(first) & OTHERS) <= 1, tables


@pytest.mark.parametrize("store_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_a_taker_passes_over_what_others_have_locked(store: Store) -> None:
    for number in (1, 2):
        completed(store, number, hook=HOOK)
    held, free = sorted(row.id for row in store.deliveries.list())
    with store.database.write() as session:
        session.execute(text("SET LOCAL idle_in_transaction_session_timeout = '5s'"))  # frees a waiting taker
        session.get_one(WebhookDelivery, held, with_for_update=True)
        assert [taken.delivery_id for taken in store.outbox.take(10)] == [free]


def test_workers_repair_and_senders_on_one_recording_all_end(store: Store, clock: Clock) -> None:
    journey = completed(store, hook=HOOK)
    order = store.orders.open(journey.key, OPTIONS)
    for run in range(2):
        store.lifecycle.begin(journey.key, f"again-{run}", collecting=False)

    def work(index: int) -> None:
        own = Journey(store, key=journey.key, run_id=f"again-{index % 2}")
        for turn in range(4):
            if index < 2:
                own.answer(summary(f"View {index} {turn}."))
                store.lifecycle.complete(own.key, own.run_id)
            elif index == 2:
                store.leases.heartbeat(own.run_id)
                store.lease_watch.revoke_silent_lease(LeaseHolder(own.run_id, own.key))
                store.recovery.requeue(own.key, LOST)
            elif index == 3:
                store.orders.claim(order.id, "w")
                store.orders.renew_claims("w")
                store.orders.open(own.key, OPTIONS)
            else:
                for taken in store.outbox.take(2):
                    store.outbox.settle(taken, REFUSED, clock.now)
                store.outbox.replay([row.id for row in store.deliveries.list(key=own.key)])

    race(6, work)
    events = store.recordings.events(journey.key)
    assert [found.seq for found in events] == list(range(1, len(events) + 1))
    assert journey.shown() == ("completed", "done")
