"""Leases that are renewed together, and leases that are fenced."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import WorkerFenced
from meeting_pipeline.store import policies as store_policies
from meeting_pipeline.store.recordings.lifecycle import LeaseHolder
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
        renewed.result(30)


# --- fenced -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def fenced(store: Store) -> Journey:
    """A recording whose worker was asked to stop."""
    journey = Journey(store).accept().begin()
    assert store.lease_watch.fence_lease(journey.run_id)
    return journey


def test_a_fenced_worker_changes_and_buys_nothing_and_never_becomes_live_again(store: Store, fenced: Journey) -> None:
    order = store.orders.open(fenced.key, OPTIONS)
    assert not store.leases.holds(fenced.run_id)
    assert store.orders.claim(order.id, fenced.run_id) is None
    assert not store.lease_watch.fence_lease(fenced.run_id)
    for _ in range(2):
        with pytest.raises(WorkerFenced):
            store.lifecycle.extracting(fenced.key, fenced.run_id)
        with pytest.raises(WorkerFenced):
            store.lifecycle.begin(fenced.key, fenced.run_id, collecting=True)
        store.leases.end(fenced.run_id)


def test_a_fenced_worker_that_renews_its_lease_is_not_silent(store: Store, fenced: Journey, clock: Clock) -> None:
    for _ in range(10):
        clock.advance(policies.HEARTBEAT_SECONDS)
        assert store.leases.heartbeat(fenced.run_id) == set()
        assert store.lease_watch.silent_workers() == []
        assert store.recovery.abandoned() == []
    clock.advance(policies.LEASE_SECONDS + 1)
    assert store.lease_watch.silent_workers() == [LeaseHolder(fenced.run_id, fenced.key)]


def test_a_computing_process_keeps_its_fenced_lease_too(store: Store, fenced: Journey, clock: Clock) -> None:
    clock.advance(3600)
    store.leases.keep_alive([fenced.run_id])
    assert store.lease_watch.silent_workers() == []


def test_no_run_is_requested_beside_a_fenced_worker_until_it_has_ended_or_is_silent(
    store: Store, fenced: Journey, clock: Clock
) -> None:
    store.recovery.cancel(fenced.key)
    assert store.recordings.retry(fenced.key, needs_order=False)
    assert store.lifecycle.request_runs(5) == []
    assert store.lifecycle.request_run(fenced.key) is None
    clock.advance(policies.LEASE_SECONDS + 1)
    assert [ticket.key for ticket in store.lifecycle.request_runs(5)] == [fenced.key]


def test_what_a_fenced_worker_had_is_requeued_only_when_it_has_ended(store: Store, fenced: Journey) -> None:
    assert not store.recovery.requeue(fenced.key, None)
    assert not store.leases.ended_when_asked(fenced.run_id)
    store.leases.end(fenced.run_id)
    assert store.leases.ended_when_asked(fenced.run_id)
    assert store.recovery.requeue(fenced.key, None)


def test_a_fenced_worker_that_is_gone_did_not_end_when_asked(store: Store, fenced: Journey) -> None:
    store.lease_watch.release_lease(fenced.run_id)
    assert store.lease_watch.alive_workers() == []
    assert not store.leases.ended_when_asked(fenced.run_id)


def test_a_fenced_worker_has_the_time_of_a_call_to_end(store: Store, fenced: Journey, clock: Clock) -> None:
    clock.advance(store_policies.FENCED_SECONDS)
    assert store.lease_watch.overdue_workers() == []
    clock.advance(1)
    assert store.lease_watch.overdue_workers() == [LeaseHolder(fenced.run_id, fenced.key)]
    assert store.lease_watch.revoke_fenced_lease(fenced.run_id)
    assert not store.lease_watch.revoke_fenced_lease(fenced.run_id)
    assert store.lease_watch.alive_workers() == []


def test_an_order_on_its_way_is_not_placed_again_by_a_reprocessing(store: Store, clock: Clock) -> None:
    """The provider may have it and not list it yet."""
    journey = Journey(store).accept(needs_order=True)
    order = store.orders.open(journey.key, OPTIONS)
    store.orders.claim(order.id, "intake")
    store.orders.uploaded(order.id, "intake", "upload://1")
    assert store.orders.ordering(order.id, "intake")
    store.recovery.cancel(journey.key)
    assert store.recordings.retry(journey.key, needs_order=True)
    assert store.orders.claim(order.id, "another") is None
    clock.advance(policies.LEASE_SECONDS + 1)
    assert store.orders.claim(order.id, "another") is not None
