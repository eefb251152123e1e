"""Kept sums: at every moment they equal what counting the rows would give, whoever changed the rows."""

from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from meeting_pipeline import policies
from meeting_pipeline.store import policies as store_policies
from meeting_pipeline.store.metrics.kept_sums import Group, are_noted, kept_sums
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import LLMCall, Recording, TallyChange, TranscriptionOrder, WebhookAttempt
from meeting_pipeline_tests.store.samples import HOOK, OPTIONS, Attempt, Journey, bought, completed, failed


def numbers(store: Store, name: str) -> dict[tuple[str, ...], float]:
    with store.database.read() as session:
        return {
            group.labels: sums.number
            for group, sums in kept_sums(session).items()
            if group.name == name and sums.number
        }


def counted(store: Store, *columns: Any) -> dict[tuple[str, ...], float]:
    with store.database.read() as session:
        rows = session.execute(select(*columns, func.count()).group_by(*columns))
        return {tuple(word or "" for word in row[:-1]): row[-1] for row in rows}


def agree(store: Store) -> bool:
    """Whether the sums of recordings, orders and calls equal the counts of their rows."""
    recordings = counted(store, Recording.status, Recording.stage, Recording.error_code)
    orders = counted(store, TranscriptionOrder.provider, TranscriptionOrder.state)
    calls = counted(store, LLMCall.insight, LLMCall.model, LLMCall.state, LLMCall.error_code)
    calls = {labels: number for labels, number in calls.items() if labels[2] != "asking"}
    assert recordings
    return (numbers(store, "recordings"), numbers(store, "orders_now"), numbers(store, "calls")) == (
        recordings, orders, calls,
    )  # fmt: skip


def add_up(store: Store) -> None:
    while store.statistics.count_new():
        pass


def busy(store: Store) -> Journey:
    """A store with recordings in several states, an order, calls and a delivered webhook."""
    completed(store, 1, hook=HOOK)
    failed(store, 2)
    journey = Journey(store, number=3).accept(needs_order=True)
    order = journey.order(OPTIONS)
    journey.begin().collect()
    store.orders.finish(order.id, cost_usd=0.25)
    bought(store, journey.key, journey.run_id)
    bought(store, journey.key, journey.run_id, problem="answer_invalid")
    [due] = store.outbox.take(10)
    store.outbox.settle(due, Attempt(), None)
    return journey


def test_sums_equal_the_counts_of_rows_before_and_after_they_are_added_up(store: Store) -> None:
    journey = busy(store)
    assert agree(store)
    add_up(store)
    assert agree(store)
    journey.complete()
    assert agree(store)
    assert numbers(store, "attempts") == {("127.0.0.1", "delivered"): 1}


def test_adding_up_in_small_parts_changes_no_sum(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    busy(store)
    monkeypatch.setattr(policies, "STATISTICS_EVENTS", 3)
    before = above_zero(store)
    with store.database.read() as session:
        assert are_noted(session)
    add_up(store)
    assert above_zero(store) == before
    with store.database.read() as session:
        assert not are_noted(session)


def above_zero(store: Store) -> dict[Group, tuple[float, ...]]:
    with store.database.read() as session:
        found = {group: tuple(round(value, 6) for value in sums) for group, sums in kept_sums(session).items()}
    return {group: sums for group, sums in found.items() if any(sums)}


def test_rows_changed_by_other_means_than_the_repositories_count_too(store: Store) -> None:
    busy(store)
    with store.database.write() as session:
        session.execute(update(TranscriptionOrder).values(state="rejected"))
        session.execute(update(LLMCall).values(state="lost", error_code="timeout"))
    assert agree(store)
    with store.database.write() as session:
        session.execute(update(Recording).values(title="another"))
    assert agree(store)


def test_a_deletion_reduces_what_is_there_now_and_no_total(store: Store) -> None:
    journey = busy(store)
    journey.complete()
    store.deletions.delete(journey.key, "somebody")
    assert numbers(store, "recordings") == counted(store, Recording.status, Recording.stage, Recording.error_code)
    assert numbers(store, "orders_now") == {}
    with store.database.read() as session:
        assert session.scalar(select(func.count()).select_from(LLMCall)) == 0
        sums = kept_sums(session)
    assert sums[Group("orders_placed", ("assemblyai",))].number == 1
    assert sums[Group("orders_placed", ("assemblyai",))].amount == 0.25
    assert sum(value.number for group, value in sums.items() if group.name == "calls") == 2


def test_a_note_that_is_committed_late_is_not_lost(store: Store) -> None:
    """On PostgreSQL a transaction may note a change first and commit it after later ones were added up."""
    if store.database.sqlite:
        pytest.skip("SQLite has one writer at a time")
    completed(store, 1)
    with store.database.write() as slow:
        slow.execute(update(Recording).values(error_code="late"))
        Journey(store, number=2).accept()
        while store.statistics.count_new() and _notes(store):
            pass
    assert agree(store)
    add_up(store)
    assert agree(store)


def _notes(store: Store) -> int:
    with store.database.read() as session:
        return session.scalar(select(func.count()).select_from(TallyChange)) or 0


def test_removed_attempts_stay_in_the_total(store: Store) -> None:
    busy(store)
    with store.database.write() as session:
        session.execute(delete(WebhookAttempt))
    assert numbers(store, "attempts") == {("127.0.0.1", "delivered"): 1}


def test_where_nobody_scrapes_the_notes_do_not_pile_up(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    busy(store)
    store.statistics.count_if_many()
    before = _notes(store)
    assert before > 20, "few wait for a scrape"
    monkeypatch.setattr(store_policies, "TALLY_CHANGES_KEPT", 20)
    store.statistics.count_if_many()
    assert _notes(store) < 20
    assert agree(store)
