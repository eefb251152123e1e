"""The ledger of paid transcriptions: never two orders for the same recording and options."""

import pytest
from sqlalchemy.exc import NoResultFound

from meeting_pipeline import policies
from meeting_pipeline.store import policies as store_policies
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.event_log.watch import FeedWatch
from meeting_pipeline.store.ledger.orders_in_flight import InFlight
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import TranscriptionOrder
from meeting_pipeline_tests.store.samples import OPTIONS, Clock, Journey, race

OTHER = OPTIONS.model_copy(update={"language": "de"})
CLAIM = policies.LEASE_SECONDS


@pytest.fixture
def key(store: Store) -> str:
    return Journey(store).accept(needs_order=True).key


def placed(store: Store, key: str, provider_id: str = "p-1") -> TranscriptionOrder:
    """An order that the provider has accepted."""
    order = store.orders.open(key, OPTIONS)
    assert store.orders.claim(order.id, "w") is not None
    assert store.orders.uploaded(order.id, "w", "https://upload")
    assert store.orders.ordering(order.id, "w")
    store.orders.ordered(order.id, provider_id)
    return store.orders.get(order.id)


def test_the_same_options_opened_at_once_are_one_order(store: Store, key: str) -> None:
    assert len({order.id for order in race(6, lambda _: store.orders.open(key, OPTIONS))}) == 1
    assert len(store.orders.list()) == 1


def test_other_options_are_another_order(store: Store, key: str) -> None:
    assert store.orders.open(key, OPTIONS).id != store.orders.open(key, OTHER).id


def test_one_of_many_workers_gets_the_claim(store: Store, key: str) -> None:
    order = store.orders.open(key, OPTIONS)
    claims = race(6, lambda i: store.orders.claim(order.id, f"worker-{i}"))
    assert len([claim for claim in claims if claim is not None]) == 1


def test_a_claim_lapses_unless_it_is_renewed(store: Store, key: str, clock: Clock) -> None:
    order = store.orders.open(key, OPTIONS)
    store.orders.claim(order.id, "first")
    clock.advance(CLAIM - 1)
    store.orders.renew_claims("first")
    store.orders.renew_claims("second")
    clock.advance(CLAIM - 1)
    assert store.orders.claim(order.id, "second") is None
    clock.advance(1)
    assert store.orders.claim(order.id, "second") is not None
    assert not store.orders.uploaded(order.id, "first", "https://upload")
    assert not store.orders.ordering(order.id, "first")
    store.orders.release(order.id, "first")
    assert store.orders.get(order.id).claimed_by == "second"


def test_a_released_order_is_free_at_once(store: Store, key: str) -> None:
    order = store.orders.open(key, OPTIONS)
    store.orders.claim(order.id, "first")
    store.orders.release(order.id, "first")
    assert store.orders.claim(order.id, "second") is not None


def test_an_order_left_while_it_was_placed_is_found_so(store: Store, key: str, clock: Clock) -> None:
    order = store.orders.open(key, OPTIONS)
    store.orders.claim(order.id, "died")
    store.orders.uploaded(order.id, "died", "https://upload")
    store.orders.ordering(order.id, "died")
    clock.advance(CLAIM)
    claimed = store.orders.claim(order.id, "next")
    assert claimed is not None
    assert (claimed.state, claimed.upload_url) == ("ordering", "https://upload")


def test_an_upload_that_is_gone_is_uploaded_again(store: Store, key: str) -> None:
    order = store.orders.open(key, OPTIONS)
    store.orders.claim(order.id, "w")
    store.orders.uploaded(order.id, "w", "https://upload")
    assert store.orders.get(order.id).state == "uploaded"
    store.orders.uploaded(order.id, "w", None)
    assert (store.orders.get(order.id).state, store.orders.get(order.id).upload_url) == ("new", None)


def test_a_placed_order_has_its_id_its_deadline_and_no_claim(store: Store, key: str, clock: Clock) -> None:
    order = placed(store, key)
    assert (order.state, order.provider_id, order.claimed_by) == ("ordered", "p-1", None)
    assert order.deadline_at is not None
    assert (order.deadline_at - clock.now).total_seconds() == store_policies.ORDER_DEADLINE_SECONDS
    assert store.orders.claim(order.id, "another") is None


def test_orders_in_flight_are_those_of_recordings_that_wait(store: Store, key: str) -> None:
    order = placed(store, key)
    assert store.orders_in_flight.list() == []
    store.lifecycle.ordered(key)
    assert [found.id for found in store.orders_in_flight.list()] == [order.id]
    store.lifecycle.ready(key)
    assert store.orders_in_flight.list() == []


def test_an_order_that_its_provider_announces_is_noted_once(store: Store, key: str, clock: Clock) -> None:
    order = placed(store, key)
    assert store.orders_in_flight.announced(OPTIONS.provider, "p-1")
    first = store.orders.get(order.id).announced_at
    assert first == clock.now
    clock.advance(60)
    assert not store.orders_in_flight.announced(OPTIONS.provider, "p-1")
    assert store.orders.get(order.id).announced_at == first


def test_the_newest_announcement_counts_while_its_order_is_in_flight(store: Store, key: str, clock: Clock) -> None:
    placed(store, key)
    store.orders_in_flight.announced(OPTIONS.provider, "p-1")
    assert store.orders_in_flight.count().announced_at is None
    store.lifecycle.ordered(key)
    assert store.orders_in_flight.count().announced_at == clock.now
    store.lifecycle.ready(key)
    assert store.orders_in_flight.count() == InFlight(0, None, None)


def test_an_order_that_is_unknown_over_or_of_another_provider_is_not_announced(store: Store, key: str) -> None:
    order = placed(store, key)
    assert not store.orders_in_flight.announced(OPTIONS.provider, "p-2")
    assert not store.orders_in_flight.announced("another", "p-1")
    store.orders.finish(order.id, error=("no_speech", "Silence."))
    assert not store.orders_in_flight.announced(OPTIONS.provider, "p-1")
    assert store.orders.get(order.id).announced_at is None


def test_a_rejected_order_that_is_opened_again_waits_for_a_new_announcement(store: Store, key: str) -> None:
    order = placed(store, key)
    store.orders_in_flight.announced(OPTIONS.provider, "p-1")
    store.orders.finish(order.id, error=("no_speech", "Silence."))
    assert store.orders.open(key, OPTIONS).announced_at is None


def test_an_announcement_wakes_those_who_wait_for_commits(store: Store, key: str, store_url: str) -> None:
    placed(store, key)
    watched = Database(store_url)
    with FeedWatch(watched) as watch:
        assert not watch.wait(0.0)
        store.orders_in_flight.announced(OPTIONS.provider, "p-1")
        assert watch.wait(120.0)
    watch.close()
    watched.close()


def test_a_recording_that_waits_for_no_order_is_stranded(store: Store, key: str, clock: Clock) -> None:
    store.lifecycle.ordered(key)
    assert store.orders_in_flight.stranded() == [key]
    order = store.orders.open(key, OPTIONS)
    store.orders.claim(order.id, "w")
    assert store.orders_in_flight.stranded() == []
    clock.advance(CLAIM)
    assert store.orders_in_flight.stranded() == [key]
    placed(store, key)
    assert store.orders_in_flight.stranded() == []


def test_a_collected_order_is_paid_for_and_stays(store: Store, key: str) -> None:
    order = placed(store, key)
    store.orders.finish(order.id, cost_usd=0.5)
    store.orders.finish(order.id, error=("provider_rejected", "Late news."))
    store.orders.ordered(order.id, "p-2")
    found = store.orders.open(key, OPTIONS)
    assert (found.id, found.state, found.cost_usd, found.provider_id) == (order.id, "collected", 0.5, "p-1")


def test_a_rejected_order_is_opened_afresh(store: Store, key: str, clock: Clock) -> None:
    order = placed(store, key)
    store.orders.finish(order.id, error=("bad_audio", "It cannot be decoded."))
    found = store.orders.get(order.id)
    assert (found.state, found.error_code) == ("rejected", "bad_audio")
    again = store.orders.open(key, OPTIONS)
    assert (again.id, again.state, again.provider_id, again.upload_url) == (order.id, "new", None, None)
    assert (again.error_code, again.finished_at) == (None, None)
    assert store.orders.claim(again.id, "w") is not None


def test_an_order_opened_afresh_is_the_latest(store: Store, key: str, clock: Clock) -> None:
    first = placed(store, key)
    store.orders.finish(first.id, error=("bad_audio", "It cannot be decoded."))
    clock.advance(1)
    second = store.orders.open(key, OTHER)
    assert store.orders.latest(key).id == second.id  # type: ignore[union-attr] # a failed test, if there is none
    clock.advance(1)
    store.orders.open(key, OPTIONS)
    assert store.orders.latest(key).id == first.id  # type: ignore[union-attr] # see above


def test_orders_are_listed_by_recording(store: Store, key: str) -> None:
    other = Journey(store, number=2).accept(needs_order=True).key
    mine, theirs = store.orders.open(key, OPTIONS), store.orders.open(other, OPTIONS)
    assert {order.id for order in store.orders.list()} == {mine.id, theirs.id}
    assert [order.id for order in store.orders.list([other])] == [theirs.id]
    assert store.orders.latest("nothing") is None


def test_an_unknown_order_cannot_be_claimed(store: Store) -> None:
    assert store.orders.claim("nothing", "w") is None
    with pytest.raises(NoResultFound):
        store.orders.get("nothing")
