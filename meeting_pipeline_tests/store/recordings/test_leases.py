"""Leases that are renewed together, and the claims of those that expired."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from meeting_pipeline import policies
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import RunLease
from meeting_pipeline_tests.store.samples import OPTIONS, Clock, Journey

RENEWERS = {
    "heartbeat": lambda store: store.leases.heartbeat("run", "run/0", "run/1"),
    "keep_alive": lambda store: store.leases.keep_alive(["run"]),
}


def batch(store: Store) -> None:
    """A batch with two recordings. The order of the rows in the table is not that of their names."""
    for lease in ("run/1", "run/0", "run"):
        store.leases.begin_batch(lease)


def test_a_run_is_kept_alive_with_its_parts_and_no_other_run(store: Store, clock: Clock) -> None:
    batch(store)
    store.leases.begin_batch("run-2")
    clock.advance(3600)
    store.leases.keep_alive(["run"])
    assert [worker.run_id for worker in store.lease_watch.silent_workers()] == ["run-2"]


def waits_for_a_lock(session: Session) -> bool:
    query = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    return bool(session.scalar(text(query)))


@pytest.mark.parametrize("renewer", RENEWERS)
def test_all_who_renew_the_leases_of_a_batch_lock_them_in_the_same_order(store: Store, renewer: str) -> None:
    """Otherwise each of two may wait for what the other has."""
    if store.context.database.sqlite:
        pytest.skip("SQLite has no locks of rows")
    batch(store)
    with ThreadPoolExecutor(1) as pool:
        with store.context.database.write() as session:
            session.get(RunLease, "run", with_for_update=True)
            renewed = pool.submit(RENEWERS[renewer], store)
            while not waits_for_a_lock(session) and not renewed.done():
                time.sleep(0.01)
            free = select(RunLease.run_id).order_by(RunLease.run_id).with_for_update(skip_locked=True)
            assert session.scalars(free).all() == ["run", "run/0", "run/1"], "the one that waits has locked none"
        renewed.result(120)


def test_an_order_on_its_way_is_not_placed_again_by_a_reprocessing(store: Store, clock: Clock) -> None:
    """The provider may have it and not list it yet."""
    journey = Journey(store).accept(needs_order=True)
    order = store.orders.open(journey.key, OPTIONS)
    store.orders.claim(order.id, "intake")
    store.orders.uploaded(order.id, "intake", "upload://1")
    assert store.orders.ordering(order.id, "intake")
    store.cancelling.cancel(journey.key)
    assert store.recordings.retry(journey.key, needs_order=True)
    assert store.orders.claim(order.id, "another") is None
    clock.advance(policies.LEASE_SECONDS + 1)
    assert store.orders.claim(order.id, "another") is not None
