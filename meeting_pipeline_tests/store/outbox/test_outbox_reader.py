"""What the system asks the outbox: here whether the tables over all meetings are behind."""

from meeting_pipeline.store import policies as store_policies
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.samples import Clock, completed


def test_the_tables_refresh_after_quiet_or_when_one_event_waits_long(store: Store, clock: Clock) -> None:
    assert store.outbox.pending_catalog_update(0) is None
    completed(store, 1)
    assert store.outbox.pending_catalog_update(0) is None
    clock.advance(store_policies.CATALOG_QUIET_SECONDS)
    assert store.outbox.pending_catalog_update(0) == 1
    assert store.outbox.pending_catalog_update(1) is None
    clock.advance(store_policies.CATALOG_MAX_WAIT_SECONDS - store_policies.CATALOG_QUIET_SECONDS)
    completed(store, 2)
    assert store.outbox.pending_catalog_update(1) is None
    assert store.outbox.pending_catalog_update(0) == 2
