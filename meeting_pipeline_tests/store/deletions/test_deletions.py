"""What the store keeps of deleted recordings, on both databases."""

import pytest

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.store import policies
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.samples import HOOK, Clock, Journey, completed, new_recording, race


def test_costs_are_kept_and_rows_are_not(store: Store) -> None:
    completed(store, 1)
    key = completed(store, 2).key
    store.deletions.delete(key, "ops")
    assert [row.key for row in store.recordings.list()] != []
    assert store.recordings.find(key) is None
    found = store.deleted_recordings.find(key)
    assert found is not None
    assert (found.deleted_by, found.unregistered_at) == ("ops", None)
    assert store.deleted_recordings.costs(None, None).recordings == 1
    assert store.deleted_recordings.costs("another", None).recordings == 0
    with pytest.raises(PermanentError) as refused:
        store.deletions.delete(key, "ops")
    assert refused.value.code == "unknown_recording"


def test_of_two_who_delete_at_once_one_is_told_that_it_is_gone(store: Store) -> None:
    key = completed(store).key

    def delete(_: int) -> str:
        try:
            store.deletions.delete(key, "ops")
        except PermanentError as error:
            return error.code
        return "deleted"

    assert sorted(race(6, delete)) == ["deleted", *["unknown_recording"] * 5]


def test_deliveries_are_dropped_only_if_somebody_says_so(store: Store) -> None:
    key = completed(store, hook=HOOK).key
    with pytest.raises(PermanentError) as refused:
        store.deletions.delete(key, "ops")
    assert refused.value.code == "deliveries_pending"
    store.deletions.delete(key, "ops", drop_deliveries=True)
    assert store.deliveries.list() == []


def test_a_recording_whose_stopped_worker_may_still_get_an_answer_is_not_deleted(store: Store, clock: Clock) -> None:
    journey = Journey(store)
    journey.accept()
    journey.begin()
    store.cancelling.cancel(journey.key)
    with pytest.raises(PermanentError) as refused:
        store.deletions.delete(journey.key, "ops")
    assert refused.value.code == "not_finished"
    clock.advance(shared_policies.LEASE_SECONDS + 1)
    store.deletions.delete(journey.key, "ops")
    assert store.recordings.find(journey.key) is None


def test_what_is_left_is_due_again_later_and_later_until_it_is_cleared(store: Store, clock: Clock) -> None:
    key = completed(store).key
    store.deletions.delete(key, "ops")
    waits = []
    for _ in range(12):
        assert [found.key for found in store.deletions.due(10)] == [key]
        store.deletions.end_round(key)
        row = store.deleted_recordings.find(key)
        assert row is not None
        assert row.due_at is not None
        waits.append((row.due_at - clock.now).total_seconds())
        assert store.deletions.due(10) == []
        clock.now = row.due_at
    assert waits[:3] == [60.0, 120.0, 240.0]
    assert waits[-1] == policies.FORGET_MAX_SECONDS
    store.deletions.note_unregistered(key)
    store.deletions.end_round(key)
    clock.advance(policies.FORGET_MAX_SECONDS * 2)
    assert store.deletions.due(10) == []


def test_dagster_is_told_once_of_what_came_in(store: Store) -> None:
    keys = [store.recordings.accept(new_recording(number)).key for number in (1, 2)]
    assert sorted(row.key for row in store.registrations.unregistered(10)) == keys
    store.registrations.note_registered([keys[0]])
    assert [row.key for row in store.registrations.unregistered(10)] == [keys[1]]
    first = store.recordings.get(keys[0]).registered_at
    store.registrations.note_registered(keys)
    assert store.recordings.get(keys[0]).registered_at == first
    assert store.registrations.newest_unregistered() is None
