"""Endpoints that fail, are disabled and are enabled again, and the deliveries that wait for them."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import DeclarativeBase, Session

from meeting_pipeline import policies
from meeting_pipeline.store.engine import row_helpers
from meeting_pipeline.store.outbox.webhook_urls import target_of
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.samples import (
    GONE,
    HOOK,
    REFUSED,
    Attempt,
    Clock,
    completed,
    event_types,
    race,
    summary,
)

OTHER = "http://127.0.0.2:9/other?token=tell-nobody"
DAY = 86400.0


def states(store: Store) -> list[str]:
    return sorted(row.state for row in store.deliveries.list())


def fail_at(store: Store, clock: Clock, *, after_s: float, number: int) -> str | None:
    """Let the endpoint fail once more, ``after_s`` seconds later, with a delivery of another recording."""
    clock.advance(after_s)
    completed(store, number, hook=HOOK)
    (taken,) = [taken for taken in store.outbox.take(10) if taken.recording_key.endswith(f"{number:08x}")]
    return store.outbox.settle(taken, REFUSED, clock.now + timedelta(days=30))


def test_an_endpoint_that_answers_410_is_given_up_and_what_waits_for_it_is_held(store: Store, clock: Clock) -> None:
    for number in (1, 2, 3):
        completed(store, number, hook=HOOK)
        clock.advance(1)  # deliveries that are due at the same time are taken in no particular order
    completed(store, 4, hook=OTHER)
    later, first = store.outbox.take(2)
    assert store.outbox.settle(later, REFUSED, clock.now + timedelta(days=1)) == "pending"
    assert store.outbox.settle(first, GONE, None) == "held"
    assert [taken.url for taken in store.outbox.take(10)] == [OTHER]
    assert states(store) == ["held", "held", "held", "leased"]
    assert store.deliveries.due() == 0
    (endpoint,) = store.outbox.endpoints.list(state="disabled")
    assert (endpoint.target, endpoint.url, endpoint.code) == (target_of(HOOK), HOOK, "webhook_gone")
    assert "410" in endpoint.reason
    assert event_types(store, first.recording_key)[-1] == "webhook"


def test_an_event_that_comes_later_is_held_untried_with_the_reason(store: Store) -> None:
    completed(store, 1, hook=HOOK)
    (taken,) = store.outbox.take(1)
    store.outbox.settle(taken, GONE, None)
    key = completed(store, 2, hook=HOOK).key
    assert store.deliveries.due() == 1  # a taker has yet to hold it
    assert store.outbox.take(10) == []
    (row,) = store.deliveries.list(key=key)
    assert (row.state, row.attempts, row.last_error) == ("held", 0, "endpoint_disabled")
    assert store.deliveries.due() == 0


def test_a_sender_that_died_leaves_nothing_behind_that_is_never_held(store: Store, clock: Clock) -> None:
    completed(store, 1, hook=HOOK)
    completed(store, 2, hook=HOOK)
    first, _ = store.outbox.take(2)
    store.outbox.settle(first, GONE, None)
    clock.advance(policies.WEBHOOK_LEASE_SECONDS + 1)
    assert store.outbox.take(10) == []
    assert states(store) == ["held", "held"]


def test_an_enabled_endpoint_gets_all_that_was_held_in_the_order_of_revisions(store: Store) -> None:
    journey = completed(store, 1, hook=HOOK)
    (taken,) = store.outbox.take(1)
    store.outbox.settle(taken, GONE, None)
    journey.begin(collecting=False).answer(summary("Another view.")).complete()
    assert store.outbox.take(10) == []
    assert states(store) == ["held", "held"]
    assert store.outbox.endpoints.enable([target_of(HOOK)]) == 2
    assert store.outbox.endpoints.list() == []
    for expected in (1, 2):
        (taken,) = store.outbox.take(10)
        assert (taken.attempt, json.loads(taken.body)["revision"]) == (1, expected)
        assert store.outbox.settle(taken, Attempt(), None) == "delivered"


def test_a_replay_of_one_delivery_enables_its_endpoint(store: Store) -> None:
    for number in (1, 2):
        completed(store, number, hook=HOOK)
    for taken in store.outbox.take(2):
        store.outbox.settle(taken, GONE, None)
    assert store.outbox.replay([taken.delivery_id]) == 1
    assert len(store.outbox.take(10)) == 2


def test_an_endpoint_that_fails_for_five_days_is_given_up_but_not_before(store: Store, clock: Clock) -> None:
    completed(store, 1, hook=HOOK)
    (taken,) = store.outbox.take(1)
    store.outbox.settle(taken, REFUSED, clock.now + timedelta(days=30))
    for number in range(2, 6):
        assert fail_at(store, clock, after_s=DAY, number=number) == "pending"
    (endpoint,) = store.outbox.endpoints.list()
    assert (endpoint.state, endpoint.code) == ("failing", "webhook_status")
    assert fail_at(store, clock, after_s=DAY, number=6) == "held"
    (endpoint,) = store.outbox.endpoints.list()
    assert (endpoint.state, endpoint.reason) == ("disabled", "Every attempt has failed since 2025-03-14 09:00 UTC.")
    store.outbox.take(10)
    assert states(store) == ["held"] * 6


def test_a_delivery_whose_schedule_ran_out_is_dead_even_when_that_gives_its_endpoint_up(
    store: Store, clock: Clock
) -> None:
    for number in range(1, 5):
        fail_at(store, clock, after_s=0 if number == 1 else DAY, number=number)
    clock.advance(DAY)
    completed(store, 9, hook=HOOK)
    (taken,) = store.outbox.take(1)
    clock.advance(DAY)
    assert store.outbox.settle(taken, REFUSED, None) is not None
    assert sorted(row.state for row in store.deliveries.list(key=taken.recording_key)) == ["dead"]
    assert [endpoint.state for endpoint in store.outbox.endpoints.list()] == ["disabled"]


def test_one_success_ends_a_row_of_failures(store: Store, clock: Clock) -> None:
    fail_at(store, clock, after_s=0, number=1)
    fail_at(store, clock, after_s=2 * DAY, number=2)
    completed(store, 3, hook=HOOK)
    (taken,) = store.outbox.take(1)
    store.outbox.settle(taken, Attempt(), None)
    assert store.outbox.endpoints.list() == []
    for number in (4, 5, 6):
        assert fail_at(store, clock, after_s=1.5 * DAY, number=number) == "pending"


def test_failures_with_a_quiet_week_between_them_are_not_in_a_row(store: Store, clock: Clock) -> None:
    fail_at(store, clock, after_s=0, number=1)
    assert fail_at(store, clock, after_s=7 * DAY, number=2) == "pending"


def test_a_success_that_was_under_way_does_not_enable_an_endpoint(store: Store) -> None:
    for number in (1, 2):
        completed(store, number, hook=HOOK)
    gone, fine = store.outbox.take(2)
    store.outbox.settle(gone, GONE, None)
    assert store.outbox.settle(fine, Attempt(), None) == "delivered"
    assert [endpoint.state for endpoint in store.outbox.endpoints.list()] == ["disabled"]


def test_first_failures_of_an_endpoint_at_once_are_one_row(store: Store, clock: Clock) -> None:
    for number in range(1, 9):
        completed(store, number, hook=HOOK)
    taken = store.outbox.take(8)
    found = race(8, lambda i: store.outbox.settle(taken[i], REFUSED, clock.now + timedelta(days=1)))
    assert found == ["pending"] * 8
    assert [endpoint.state for endpoint in store.outbox.endpoints.list()] == ["failing"]


def test_giving_up_and_enabling_at_once_leaves_nothing_held_without_a_reason(store: Store, clock: Clock) -> None:
    for number in range(1, 9):
        completed(store, number, hook=HOOK)
    taken = store.outbox.take(4)

    def work(index: int) -> object:
        if index < 4:
            return store.outbox.settle(taken[index], GONE, None)
        return store.outbox.take(4) if index < 6 else store.outbox.endpoints.enable([target_of(HOOK)])

    race(8, work)
    if not store.outbox.endpoints.list():
        assert "held" not in states(store)


def test_an_endpoint_that_is_enabled_while_its_next_attempt_fails_counts_as_failing_since_then(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL its row may be deleted between finding it and locking it: the attempt was not noted, and made again."""
    if store.database.sqlite:
        pytest.skip("SQLite has one writer at a time")
    for number in (1, 2):
        completed(store, number, hook=HOOK)
    first, second = store.outbox.take(2)
    store.outbox.settle(first, REFUSED, None)
    insert, meanwhile = row_helpers.insert_missing, iter([store.outbox.endpoints.enable])

    def insert_and_enable(session: Session, table: type[DeclarativeBase], rows: Sequence[Mapping[str, Any]]) -> None:
        insert(session, table, rows)
        for enable in meanwhile:
            with ThreadPoolExecutor(1) as pool:
                pool.submit(enable, [target_of(HOOK)]).result()
            return

    monkeypatch.setattr(row_helpers, "insert_missing", insert_and_enable)
    assert store.outbox.settle(second, REFUSED, None) == "dead"
    assert not [*meanwhile]
    assert [endpoint.target for endpoint in store.outbox.endpoints.list()] == [target_of(HOOK)]


@pytest.mark.parametrize(("failing", "expected"), [(True, [HOOK]), (False, [OTHER]), (None, [HOOK, OTHER])])
def test_endpoints_that_fail_and_those_that_do_not_can_be_taken_apart(
    store: Store, clock: Clock, failing: bool | None, expected: list[str]
) -> None:
    fail_at(store, clock, after_s=0, number=1)
    completed(store, 2, hook=HOOK)
    completed(store, 3, hook=OTHER)
    assert sorted(taken.url for taken in store.outbox.take(10, failing=failing)) == expected


def test_a_host_with_much_to_get_leaves_room_for_the_others(store: Store, clock: Clock) -> None:
    for number in range(1, 6):
        completed(store, number, hook=f"{HOOK}/{number}")
        clock.advance(1)
    completed(store, 9, hook=OTHER)
    taken = store.outbox.take(10, per_host=2)
    assert [one.url for one in taken] == [f"{HOOK}/1", f"{HOOK}/2", OTHER]
    assert [one.host for one in store.outbox.take(10, avoid=["127.0.0.2"], per_host=1)] == ["127.0.0.1"]
    assert store.outbox.take(10, avoid=["127.0.0.1", "127.0.0.2"]) == []


def test_neither_the_endpoint_nor_what_is_taken_shows_a_credential(store: Store) -> None:
    completed(store, 1, hook=OTHER)
    (taken,) = store.outbox.take(1)
    store.outbox.settle(taken, REFUSED, None)
    (endpoint,) = store.outbox.endpoints.list()
    assert endpoint.url == "http://127.0.0.2:9/other?..."
    assert "tell-nobody" not in repr(taken)
