"""Watching over workers: silent and fenced ones, and revoking their leases."""

import pytest

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import WorkerFenced
from meeting_pipeline.store import policies as store_policies
from meeting_pipeline.store.recordings.leases import LeaseHolder
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.samples import OPTIONS, Clock, Journey, race

SILENCE = policies.LEASE_SECONDS + 1


@pytest.fixture
def fenced(store: Store) -> Journey:
    """A recording whose worker was asked to stop."""
    journey = Journey(store).accept().begin()
    assert store.lease_watch.fence_lease(journey.run_id)
    return journey


def test_only_silent_workers_are_fenced(store: Store, clock: Clock) -> None:
    journey = Journey(store).accept().begin()
    clock.advance(policies.LEASE_SECONDS)
    assert store.lease_watch.silent_workers() == []
    clock.advance(1)
    assert store.lease_watch.silent_workers() == [LeaseHolder(journey.run_id, journey.key)]
    assert store.leases.heartbeat(journey.run_id)
    assert not store.lease_watch.revoke_silent_lease(LeaseHolder(journey.run_id, journey.key))
    assert not store.lease_watch.revoke_silent_lease(LeaseHolder("never-seen", journey.key))


def test_a_late_heartbeat_and_its_fencing_never_both_succeed(store: Store, clock: Clock) -> None:
    for number in range(6):
        journey = Journey(store, number=number).accept().begin()
        worker = LeaseHolder(journey.run_id, journey.key)
        clock.advance(SILENCE)

        def contend(index: int, worker: LeaseHolder = worker) -> bool:
            return (
                bool(store.leases.heartbeat(worker.run_id))
                if index % 2
                else store.lease_watch.revoke_silent_lease(worker)
            )

        found = race(4, contend)
        alive, fenced = found[1::2], found[0::2]
        assert fenced.count(True) == (0 if worker in store.lease_watch.live_workers() else 1)
        assert any(alive) or any(fenced)
        assert bool(store.leases.heartbeat(worker.run_id)) is not any(fenced)


def test_a_worker_of_many_recordings_is_fenced_too(store: Store, clock: Clock) -> None:
    store.leases.begin_batch("batch-1")
    store.leases.begin_batch("batch-1")
    clock.advance(SILENCE)
    (worker,) = store.lease_watch.silent_workers()
    assert worker == LeaseHolder("batch-1", None)
    assert store.lease_watch.revoke_silent_lease(worker)
    assert not store.leases.heartbeat("batch-1")
    with pytest.raises(WorkerFenced):
        store.leases.begin_batch("batch-1")


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
    store.cancelling.cancel(fenced.key)
    assert store.recordings.retry(fenced.key, needs_order=False)
    assert store.lifecycle.request_runs(5) == []
    assert store.lifecycle.request_run(fenced.key) is None
    clock.advance(policies.LEASE_SECONDS + 1)
    assert [ticket.key for ticket in store.lifecycle.request_runs(5)] == [fenced.key]


def test_what_a_fenced_worker_had_is_requeued_only_when_it_has_ended(store: Store, fenced: Journey) -> None:
    assert not store.recovery.requeue(fenced.key, None)
    assert not store.leases.ended_on_request(fenced.run_id)
    store.leases.end(fenced.run_id)
    assert store.leases.ended_on_request(fenced.run_id)
    assert store.recovery.requeue(fenced.key, None)


def test_a_fenced_worker_that_is_gone_did_not_end_when_asked(store: Store, fenced: Journey) -> None:
    store.lease_watch.release_lease(fenced.run_id)
    assert store.lease_watch.alive_workers() == []
    assert not store.leases.ended_on_request(fenced.run_id)


def test_a_fenced_worker_has_the_time_of_a_call_to_end(store: Store, fenced: Journey, clock: Clock) -> None:
    clock.advance(store_policies.FENCED_SECONDS)
    assert store.lease_watch.overdue_workers() == []
    clock.advance(1)
    assert store.lease_watch.overdue_workers() == [LeaseHolder(fenced.run_id, fenced.key)]
    assert store.lease_watch.revoke_fenced_lease(fenced.run_id)
    assert not store.lease_watch.revoke_fenced_lease(fenced.run_id)
    assert store.lease_watch.alive_workers() == []
