"""What the cross-meeting tables lack: noted with each outcome, retry and deletion, until the tables have it."""

from meeting_pipeline.store import policies
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.samples import Clock, Journey, completed, failed


def settle(store: Store) -> None:
    store.table_changes.settle(store.table_changes.behind().changes)


def noted(store: Store) -> set[str]:
    return set(store.table_changes.behind().changes)


def test_the_tables_refresh_after_quiet_or_when_one_change_waits_long(store: Store, clock: Clock) -> None:
    assert store.table_changes.due() is None
    completed(store, 1)
    assert store.table_changes.due() is None
    clock.advance(policies.CATALOG_QUIET_SECONDS)
    first = store.table_changes.due()
    assert first is not None
    clock.advance(policies.CATALOG_MAX_WAIT_SECONDS - policies.CATALOG_QUIET_SECONDS)
    completed(store, 2)
    assert store.table_changes.due() not in (None, first), (
        "the first has waited long enough, though the second just came"
    )
    settle(store)
    assert store.table_changes.due() is None


def test_outcomes_retries_and_deletions_are_changes_and_work_in_progress_is_none(store: Store) -> None:
    Journey(store, number=1).accept().begin().collect()
    assert noted(store) == set()
    done, lost = completed(store, 2).key, failed(store, 3).key
    assert noted(store) == {done, lost}
    settle(store)
    store.recordings.retry(lost, needs_order=False)
    store.deletions.delete(done, "ops")
    assert noted(store) == {done, lost}


def test_a_recording_that_changes_while_the_tables_are_written_stays_noted(store: Store) -> None:
    keys = [completed(store, number).key for number in (1, 2)]
    read = store.table_changes.behind().changes
    store.deletions.delete(keys[0], "ops")
    store.table_changes.settle(read)
    assert noted(store) == {keys[0]}


def test_the_version_is_that_of_the_latest_writing(store: Store) -> None:
    assert store.table_changes.version() is None
    for version in ("one", "two"):
        store.table_changes.written(version)
        assert store.table_changes.version() == store.table_changes.behind().version == version
