"""Leases of runs that are long over are removed; those that somebody may still ask for stay."""

from datetime import timedelta

from sqlalchemy import select

from meeting_pipeline.store.recordings.old_leases import in_work, old_leases, remove_leases, runs_in_use
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import RunLease
from meeting_pipeline_tests.store.samples import Clock, completed, new_recording

DAY = 24 * 3600.0


def leases(store: Store) -> set[str]:
    with store.database.read() as session:
        return set(session.scalars(select(RunLease.run_id)))


def prune(store: Store, clock: Clock) -> None:
    found = old_leases(store.database, clock() - timedelta(seconds=90 * DAY), None, 100)
    remove_leases(store.database, [lease.run_id for lease in found])


def test_a_lease_that_is_over_goes_when_it_is_old(store: Store, clock: Clock) -> None:
    store.leases.begin_batch("intake")
    store.leases.end("intake")
    key = completed(store).key
    assert leases(store) > {"intake"}
    prune(store, clock)
    assert leases(store) > {"intake"}
    clock.advance(91 * DAY)
    prune(store, clock)
    assert leases(store) == set()
    assert store.recordings.get(key).status == "completed"


def test_a_live_lease_and_that_of_a_stopped_system_stay_and_name_their_run(store: Store, clock: Clock) -> None:
    store.leases.begin_batch("alive")
    clock.advance(91 * DAY)
    prune(store, clock)
    assert leases(store) == {"alive"}
    assert runs_in_use(store.database) == {"alive"}


def test_the_last_run_of_a_recording_in_work_stays(store: Store, clock: Clock) -> None:
    done, key = completed(store, 2).key, store.recordings.accept(new_recording(3)).key
    store.lifecycle.begin(key, "batch/7", collecting=False)
    store.leases.end("batch/7")
    assert in_work(store.database, [key, done]) == {key}
    assert "batch" in runs_in_use(store.database)
    clock.advance(91 * DAY)
    prune(store, clock)
    assert leases(store) == {"batch/7"}


def test_they_come_in_pages_without_repetition(store: Store, clock: Clock) -> None:
    for number in range(5):
        store.leases.begin_batch(f"run-{number}")
        store.leases.end(f"run-{number}")
    clock.advance(91 * DAY)
    before, after, seen = clock(), None, []
    while page := old_leases(store.database, before, after, 2):
        after = (page[-1].heartbeat_at, page[-1].run_id)
        seen += [lease.run_id for lease in page]
    assert seen == [f"run-{number}" for number in range(5)]
