"""Recordings without a worker, and recordings that a person cancels."""

from collections.abc import Callable

import pytest

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import OperatorError, PermanentError, PipelineError, TransientError, WorkerFenced
from meeting_pipeline.domain.recording import Stage
from meeting_pipeline.store import policies as store_policies
from meeting_pipeline.store.recordings.cancelling import CancelOutcome
from meeting_pipeline.store.recordings.leases import LeaseHolder
from meeting_pipeline.store.recordings.run_tickets import RunTicket
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.recordings.test_lifecycle import LOST, WRITES
from meeting_pipeline_tests.store.samples import HOOK, OPTIONS, Clock, Journey, completed, event_types, failed

BUG = TransientError("internal_error", "A run hit a bug (ZeroDivisionError).")
TROUBLE = OperatorError("infrastructure_error", "The disk is full.")


def ordering(store: Store, number: int) -> Journey:
    return Journey(store, number=number).accept(needs_order=True, hook=HOOK)


def transcribing(store: Store, number: int) -> Journey:
    journey = ordering(store, number)
    store.lifecycle.ordered(journey.key)
    return journey


def waiting(store: Store, number: int) -> Journey:
    journey = ordering(store, number)
    store.lifecycle.order_later(journey.key, TROUBLE)
    return journey


def ready(store: Store, number: int) -> Journey:
    return Journey(store, number=number).accept(hook=HOOK)


def queued(store: Store, number: int) -> Journey:
    journey = ready(store, number)
    store.lifecycle.request_runs(10)
    return journey


def collecting(store: Store, number: int) -> Journey:
    return ready(store, number).begin()


def extracting(store: Store, number: int) -> Journey:
    return collecting(store, number).collect()


PLACES = [ordering, transcribing, waiting, ready, queued, collecting, extracting]


def told(store: Store, key: str) -> list[tuple[int, str]]:
    return [(event.revision, event.type) for event in store.deliveries.events(key)]


# --- cancelling -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", PLACES)
def test_a_recording_is_cancelled_wherever_it_is_and_tells_it_once(
    store: Store, place: Callable[[Store, int], Journey]
) -> None:
    journey = place(store, 1)
    assert store.cancelling.cancel(journey.key) is CancelOutcome.FAILED
    assert journey.shown() == ("failed", "done")
    assert store.recordings.get(journey.key).error_code == "cancelled"
    assert told(store, journey.key) == [(1, "meeting.failed")]
    assert store.deliveries.due() == 1
    before = event_types(store, journey.key)
    assert store.cancelling.cancel(journey.key) is CancelOutcome.NOTHING
    assert event_types(store, journey.key) == before


@pytest.mark.parametrize("place", [collecting, extracting])
def test_the_worker_of_a_cancelled_recording_changes_nothing_more(
    store: Store, place: Callable[[Store, int], Journey]
) -> None:
    journey = place(store, 1)
    store.cancelling.cancel(journey.key)
    before = store.recordings.get(journey.key).event_seq
    assert not store.leases.holds(journey.run_id)
    assert not store.leases.heartbeat(journey.run_id)
    for write in WRITES.values():
        with pytest.raises(WorkerFenced):
            write(journey)
    with pytest.raises(WorkerFenced):
        store.lifecycle.ordered(journey.key, journey.run_id)
    assert store.recordings.get(journey.key).event_seq == before


def test_who_places_an_order_finds_out_before_it_buys(store: Store) -> None:
    journey = ordering(store, 1)
    order = store.orders.open(journey.key, OPTIONS)
    assert store.orders.claim(order.id, "intake") is not None
    assert store.orders.holds(order.id, "intake")
    store.cancelling.cancel(journey.key)
    assert not store.orders.holds(order.id, "intake")
    assert not store.orders.uploaded(order.id, "intake", "upload://late")
    assert not store.orders.ordering(order.id, "intake")
    assert store.orders.claim(order.id, "intake") is None, "a list of what is due can be older than the cancellation"


def test_a_worker_that_was_declared_dead_buys_nothing(store: Store, clock: Clock) -> None:
    journey = collecting(store, 1)
    order = store.orders.open(journey.key, OPTIONS)
    assert store.orders.claim(order.id, journey.run_id) is not None
    clock.advance(policies.LEASE_SECONDS + 1)
    store.lease_watch.revoke_silent_lease(LeaseHolder(journey.run_id, journey.key))
    assert not store.orders.holds(order.id, journey.run_id)
    assert not store.orders.ordering(order.id, journey.run_id)
    assert store.orders.claim(order.id, journey.run_id) is None


def test_an_order_that_was_placed_is_kept_for_a_later_reprocessing(store: Store) -> None:
    journey = ordering(store, 1)
    order = store.orders.open(journey.key, OPTIONS)
    store.orders.claim(order.id, "intake")
    store.orders.ordered(order.id, "p-1")
    store.lifecycle.ordered(journey.key)
    store.cancelling.cancel(journey.key)
    assert store.orders_in_flight.list() == []
    assert store.recordings.retry(journey.key, needs_order=True)
    again = store.orders.open(journey.key, OPTIONS)
    assert (again.id, again.state, again.provider_id) == (order.id, "ordered", "p-1")


def test_a_cancelled_recording_can_be_reprocessed_and_tells_the_next_revision(store: Store) -> None:
    journey = extracting(store, 1)
    store.cancelling.cancel(journey.key)
    assert store.recordings.retry(journey.key, needs_order=False)
    journey.begin().collect().complete()
    assert told(store, journey.key) == [(1, "meeting.failed"), (2, "meeting.completed")]


@pytest.mark.parametrize("make", [completed, failed])
def test_an_outcome_is_not_cancelled(store: Store, make: Callable[..., Journey]) -> None:
    journey = make(store, hook=HOOK)
    before = journey.shown(), event_types(store, journey.key)
    assert store.cancelling.cancel(journey.key) is CancelOutcome.NOTHING
    assert (journey.shown(), event_types(store, journey.key)) == before


@pytest.mark.parametrize("collects", [True, False])
@pytest.mark.parametrize("make", [completed, failed])
def test_of_a_reprocessing_only_the_run_is_stopped(store: Store, make: Callable[..., Journey], collects: bool) -> None:
    journey = make(store, hook=HOOK)
    status = journey.shown()[0]
    heard = told(store, journey.key)
    store.lifecycle.begin(journey.key, "again", collecting=collects)
    assert store.cancelling.cancel(journey.key) is CancelOutcome.STOPPED
    assert journey.shown() == (status, "done")
    assert told(store, journey.key) == heard
    assert not store.leases.holds("again")


def test_a_run_that_was_requested_before_the_cancellation_does_not_begin(store: Store) -> None:
    journey = queued(store, 1)
    store.cancelling.cancel(journey.key)
    with pytest.raises(PermanentError) as caught:
        store.lifecycle.begin(journey.key, "late", collecting=True, request=1)
    assert caught.value.code == "run_superseded"
    assert journey.shown() == ("failed", "done")
    assert store.lease_watch.live_workers() == []
    store.lifecycle.begin(journey.key, "a-person's", collecting=True)
    assert journey.shown()[1] == Stage.COLLECTING


def test_an_older_request_does_not_begin_beside_a_newer_one(store: Store) -> None:
    journey = queued(store, 1)
    store.lifecycle.request_again(RunTicket(journey.key, 1))
    store.lifecycle.request_runs(10)
    with pytest.raises(PermanentError):
        store.lifecycle.begin(journey.key, "old", collecting=True, request=1)
    store.lifecycle.begin(journey.key, "new", collecting=True, request=2)
    store.lifecycle.begin(journey.key, "new", collecting=True, request=2)
    assert journey.shown()[1] == Stage.COLLECTING


def test_stopping_a_run_cancels_the_recording_that_it_has(store: Store) -> None:
    journey = extracting(store, 1)
    assert store.cancelling.cancel_run(LeaseHolder(journey.run_id, journey.key))
    assert journey.shown() == ("failed", "done")
    assert not store.cancelling.cancel_run(LeaseHolder(journey.run_id, journey.key))
    assert told(store, journey.key) == [(1, "meeting.failed")]


def test_stopping_one_of_two_runs_leaves_the_recording_to_the_other(store: Store) -> None:
    journey = extracting(store, 1)
    store.lifecycle.begin(journey.key, "side", collecting=False)
    assert not store.cancelling.cancel_run(LeaseHolder("side", journey.key))
    assert not store.leases.holds("side")
    assert store.leases.holds(journey.run_id)
    assert journey.shown() == ("processing", "extracting")


def test_stopping_a_batch_fences_it_and_cancels_nothing(store: Store) -> None:
    journey = completed(store)
    store.leases.begin_batch("batch")
    store.lifecycle.begin(journey.key, "batch/0", collecting=False)
    assert not store.cancelling.cancel_run(LeaseHolder("batch", None))
    assert not store.cancelling.cancel_run(LeaseHolder("batch/0", journey.key))
    assert store.lease_watch.live_workers() == []
    assert event_types(store, journey.key)[-1] != "reprocessing_failed"


def test_a_request_that_was_taken_out_of_the_queue_cancels_once(store: Store) -> None:
    journey = queued(store, 1)
    assert not store.cancelling.cancel_request(RunTicket(journey.key, 0)), "an older request"
    assert store.cancelling.cancel_request(RunTicket(journey.key, 1))
    assert not store.cancelling.cancel_request(RunTicket(journey.key, 1))
    assert told(store, journey.key) == [(1, "meeting.failed")]


# --- without a worker -------------------------------------------------------------------------------------------------


def test_what_is_nobodys_fault_is_not_counted(store: Store) -> None:
    journey = collecting(store, 1)
    for _ in range(2 * policies.WORKER_LOSSES):
        store.leases.end(journey.run_id)
        assert store.recovery.requeue(journey.key, None)
        assert journey.shown()[1] == Stage.READY
        journey.begin()
    assert store.recordings.get(journey.key).worker_losses == 0


def test_a_run_that_dies_before_it_begins_is_counted(store: Store, clock: Clock) -> None:
    journey = ready(store, 1)
    for loss in range(1, policies.WORKER_LOSSES + 1):
        clock.advance(policies.RETRY_BASE_SECONDS)
        [ticket] = store.lifecycle.request_runs(10)
        assert not store.recovery.requeue(journey.key, LOST, RunTicket(journey.key, ticket.request - 1))
        assert store.recovery.requeue(journey.key, LOST, ticket)
        assert not store.recovery.requeue(journey.key, LOST, ticket)
        assert store.recordings.get(journey.key).worker_losses == loss
    assert store.recordings.get(journey.key).error_code == "worker_lost"
    assert told(store, journey.key) == [(1, "meeting.failed")]


@pytest.mark.parametrize(("error", "ends"), [(BUG, True), (TROUBLE, False)])
def test_a_bug_ends_after_three_tries_and_trouble_of_the_machine_never(
    store: Store, clock: Clock, error: PipelineError, ends: bool
) -> None:
    journey = ready(store, 1)
    for _ in range(store_policies.TRANSCRIPT_ATTEMPTS):
        clock.advance(policies.RETRY_MAX_SECONDS)
        journey.begin()
        assert not store.recovery.defer(journey.key, error), "its worker is alive"
        store.leases.end(journey.run_id)
        assert store.recovery.defer(journey.key, error)
    row = store.recordings.get(journey.key)
    assert (row.error_code, row.worker_losses) == (error.code, 0)
    assert journey.shown() == (("failed", "done") if ends else ("pending", "ready"))


def test_workers_that_were_stopped_with_their_system_are_fenced_and_found(store: Store) -> None:
    import socket

    journey = collecting(store, 1)
    store.leases.stopped("another-host")
    assert store.leases.holds(journey.run_id)
    store.leases.stopped(socket.gethostname())
    [worker] = store.lease_watch.stopped_workers()
    assert worker == LeaseHolder(journey.run_id, journey.key)
    with pytest.raises(WorkerFenced):
        WRITES["extracting"](journey)
    assert store.lease_watch.revoke_silent_lease(worker)
    assert not store.lease_watch.revoke_silent_lease(worker)
    assert store.recovery.requeue(journey.key, None)


def test_the_last_of_several_workers_is_known(store: Store, clock: Clock) -> None:
    journey = collecting(store, 1)
    clock.advance(1)
    store.lifecycle.begin(journey.key, "later", collecting=False)
    assert store.leases.last_worker(journey.key) == "later"
    assert store.leases.last_worker("nothing") is None


# --- runs that could not be launched ------------------------------------------------------------------------------------


def test_each_launch_that_fails_doubles_the_wait_and_one_that_works_ends_the_row(store: Store, clock: Clock) -> None:
    journey = ready(store, 1)
    waits = []
    for _ in range(8):
        [ticket] = store.lifecycle.request_runs(10)
        assert store.recovery.not_launched(ticket)
        assert not store.recovery.not_launched(ticket), "it has moved on"
        row = store.recordings.get(journey.key)
        assert (row.error_code, row.stage, row.worker_losses, row.attempts) == ("run_not_launched", "ready", 0, 0)
        assert row.due_at is not None
        waits.append((row.due_at - clock()).total_seconds())
        clock.advance(waits[-1])
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600]
    store.lifecycle.request_runs(10)
    journey.begin()
    store.recovery.requeue(journey.key, None)
    store.leases.end(journey.run_id)
    store.recovery.requeue(journey.key, None)
    [ticket] = store.lifecycle.request_runs(10)
    store.recovery.not_launched(ticket)
    assert store.recordings.get(journey.key).due_at == store.context.after(60)


def test_a_worker_that_was_stopped_costs_nothing_but_what_stops_every_run_is_met_later_and_later(
    store: Store, clock: Clock
) -> None:
    journey = ready(store, 1)
    waits = []
    for _ in range(5):
        store.lifecycle.request_runs(10)
        journey.begin()
        store.lease_watch.fence_lease(journey.run_id)
        store.leases.end(journey.run_id)
        assert store.recovery.requeue_stopped(journey.key)
        row = store.recordings.get(journey.key)
        assert (row.worker_losses, row.attempts) == (0, 0)
        assert row.due_at is not None
        waits.append((row.due_at - clock()).total_seconds())
        clock.advance(waits[-1])
    assert waits == [0, 60, 120, 240, 480]
