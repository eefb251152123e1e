"""Which recordings are due, and which requests nobody has begun."""

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import ProviderUnavailable
from meeting_pipeline.domain.recording import Stage
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.samples import Clock, Journey

DOWN = ProviderUnavailable("provider_unavailable", "The provider did not answer.")


def queued(store: Store, number: int = 1) -> str:
    journey = Journey(store, number=number).accept()
    store.lifecycle.request_runs(10)
    return journey.key


def test_due_recordings_come_the_longest_waiting_first_and_none_too_early(store: Store, clock: Clock) -> None:
    keys = []
    for number in range(3):
        keys.append(Journey(store, number=number).accept(needs_order=True).key)
        clock.advance(1)
    store.lifecycle.order_later(keys[0], DOWN)
    assert [row.key for row in store.due_work.due(Stage.ORDERING, 10)] == keys[1:]
    assert [row.key for row in store.due_work.due(Stage.ORDERING, 1)] == keys[1:2]
    clock.advance(policies.RETRY_BASE_SECONDS)
    assert {row.key for row in store.due_work.due(Stage.ORDERING, 10)} == set(keys)


def test_requests_that_no_run_begins_are_found_after_a_while(store: Store, clock: Clock) -> None:
    queued(store)
    clock.advance(30)
    assert store.due_work.queued_before(30, 10) == []
    clock.advance(1)
    assert [ticket.request for ticket in store.due_work.queued_before(30, 10)] == [1]


def test_of_many_requests_that_wait_the_oldest_are_looked_at(store: Store, clock: Clock) -> None:
    keys = []
    for number in (1, 2, 3):
        keys.append(queued(store, number))
        clock.advance(1)
    clock.advance(30)
    assert [ticket.key for ticket in store.due_work.queued_before(30, 2)] == keys[:2]


def test_whether_a_transcript_is_stored_is_known(store: Store) -> None:
    journey = Journey(store).accept().begin()
    assert not store.due_work.has_transcript(journey.key)
    journey.collect()
    assert store.due_work.has_transcript(journey.key)
