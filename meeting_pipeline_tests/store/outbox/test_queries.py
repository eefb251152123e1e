"""Pages of webhook deliveries: each delivery appears once, even while new ones are created."""

import pytest

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.store.outbox.queries import DeliveryFilter, find_deliveries, find_delivery, position_of
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.samples import HOOK, Clock, completed


def test_pages_follow_each_other_without_a_gap_or_a_repeat(store: Store, clock: Clock) -> None:
    for number in range(1, 8):
        completed(store, number, hook=HOOK)
    everything = [one.row.id for one in find_deliveries(store.database, DeliveryFilter())]
    seen: list[str] = []
    after = None
    for _ in range(4):
        page = find_deliveries(store.database, DeliveryFilter(), limit=2, after=after)
        seen += [one.row.id for one in page]
        after = position_of(page[-1])
        clock.advance(1)
        completed(store, 10 + len(seen), hook=HOOK)
    assert seen == everything


def test_a_delivery_that_is_not_there_is_a_named_problem(store: Store) -> None:
    with pytest.raises(PermanentError) as caught:
        find_delivery(store.database, "0" * 32)
    assert caught.value.code == "unknown_delivery"
