"""What a dead worker held is released as soon as that worker can no longer be using it, and not before."""

import socket

import pytest

from meeting_pipeline import policies
from meeting_pipeline.store import policies as store_policies
from meeting_pipeline.store.outbox.attempts import LeasedDelivery
from meeting_pipeline.store.recordings.lease_release import token_of
from meeting_pipeline.store.recordings.leases import LeaseHolder
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.samples import HOOK, OPTIONS, Attempt, Clock, Journey, completed, race

RUN = "0b6f3c1e-5a0e-4f6e-9d3a-2f1b7c8d9e0f"
OTHER = RUN[:20] + "a" + RUN[21:]


def taken_by(store: Store, run_id: str, number: int = 1) -> LeasedDelivery:
    """A delivery leased by this run, which is a live batch."""
    store.leases.begin_batch(run_id)
    completed(store, number=number, hook=HOOK)
    (taken,) = store.outbox.take(10, taker=run_id)
    return taken


def test_a_token_fits_its_column_and_is_new_each_time() -> None:
    first, second = token_of(RUN), token_of(RUN)
    assert first != second
    assert len(first) == 40


def test_deliveries_of_a_run_that_is_over_are_free_at_once_and_of_no_other(store: Store, clock: Clock) -> None:
    dead = taken_by(store, RUN, 1)
    taken_by(store, OTHER, 2)
    assert store.deliveries.due() == 0
    store.lease_watch.release_lease(RUN)
    clock.advance(0.001)
    assert [again.delivery_id for again in store.outbox.take(10)] == [dead.delivery_id]


def test_deliveries_of_a_worker_that_gave_its_lease_back_wait_for_their_own(store: Store, clock: Clock) -> None:
    taken_by(store, RUN)
    store.leases.end(RUN)
    store.lease_watch.release_lease(RUN)
    clock.advance(policies.WEBHOOK_LEASE_SECONDS - 1)
    assert store.deliveries.due() == 0, "what it left was left by a bug: not again at once"


def test_deliveries_of_a_silent_worker_are_free_when_it_cannot_be_sending_any_more(store: Store, clock: Clock) -> None:
    taken_by(store, RUN)
    clock.advance(policies.LEASE_SECONDS + 1)
    assert store.lease_watch.revoke_silent_lease(LeaseHolder(RUN, None))
    clock.advance(store_policies.WEBHOOK_SILENT_SENDER_SECONDS - policies.LEASE_SECONDS - 2)
    assert store.outbox.take(10) == []
    clock.advance(2)
    assert len(store.outbox.take(10)) == 1
    assert store_policies.WEBHOOK_SILENT_SENDER_SECONDS < 60, "the promise for a live system"


def test_deliveries_of_a_run_that_a_person_stopped_are_free_as_soon(store: Store, clock: Clock) -> None:
    taken_by(store, RUN)
    assert store.lease_watch.fence_lease(RUN)
    clock.advance(store_policies.WEBHOOK_SILENT_SENDER_SECONDS + 1)
    assert len(store.outbox.take(10)) == 1


def test_deliveries_of_a_system_that_was_stopped_are_free_at_its_next_start(store: Store, clock: Clock) -> None:
    taken_by(store, RUN)
    store.leases.stopped(socket.gethostname())
    (worker,) = store.lease_watch.stopped_workers()
    assert store.lease_watch.revoke_silent_lease(worker)
    clock.advance(0.001)
    assert len(store.outbox.take(10)) == 1


def test_a_result_that_comes_before_anybody_else_took_the_delivery_counts(store: Store, clock: Clock) -> None:
    taken = taken_by(store, RUN)
    store.lease_watch.release_lease(RUN)
    clock.advance(1)
    assert store.outbox.settle(taken, Attempt(), None) == "delivered"
    assert store.deliveries.due() == 0


def test_a_result_that_comes_after_somebody_else_took_the_delivery_changes_nothing(store: Store, clock: Clock) -> None:
    taken = taken_by(store, RUN)
    store.lease_watch.release_lease(RUN)
    clock.advance(1)
    (again,) = store.outbox.take(10, taker=OTHER)
    assert store.outbox.settle(taken, Attempt(), None) is None
    assert store.outbox.settle(again, Attempt(), None) == "delivered"


def test_a_run_is_buried_while_its_last_results_are_noted(store: Store, clock: Clock) -> None:
    taken = [taken_by(store, RUN, number) for number in (1, 2, 3)]

    def act(index: int) -> object:
        if index < 3:
            return store.outbox.settle(taken[index], Attempt(), None)
        store.lease_watch.release_lease(RUN)
        return None

    assert race(4, act)[:3] == ["delivered"] * 3
    clock.advance(1)
    assert store.deliveries.due() == 0


@pytest.mark.parametrize(("reached", "free"), [("new", True), ("uploaded", True), ("ordering", False)])
def test_orders_of_a_run_that_is_over_are_free_unless_one_may_be_on_its_way(
    store: Store, clock: Clock, reached: str, free: bool
) -> None:
    store.leases.begin_batch(RUN)
    order = store.orders.open(Journey(store).accept(needs_order=True).key, OPTIONS)
    assert store.orders.claim(order.id, RUN) is not None
    if reached != "new":
        store.orders.uploaded(order.id, RUN, "upload://1")
    if reached == "ordering":
        store.orders.ordering(order.id, RUN)
    assert store.orders.claim(order.id, OTHER) is None
    store.lease_watch.release_lease(RUN)
    clock.advance(0.001)
    assert (store.orders.claim(order.id, OTHER) is not None) == free
    clock.advance(policies.LEASE_SECONDS)
    assert free or store.orders.claim(order.id, OTHER) is not None
