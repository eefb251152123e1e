"""Sums over both ledgers: every payment counts, and counts once."""

from datetime import timedelta

import pytest

from meeting_pipeline import policies
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.store.ledger.cost_queries import AnswerSum, OrderSum, Span, UnusableSum
from meeting_pipeline.store.ledger.llm_calls import Begun
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.samples import OPTIONS, Clock, Journey, bought, question


@pytest.fixture
def journey(store: Store) -> Journey:
    return Journey(store).accept(needs_order=True).begin(collecting=False)


def collected(store: Store, key: str, cost_usd: float = 0.5) -> str:
    order = store.orders.open(key, OPTIONS)
    store.orders.ordered(order.id, f"p-{key}")
    store.orders.finish(order.id, cost_usd=cost_usd)
    return order.id


def test_empty_books_are_empty(store: Store) -> None:
    accounts = store.costs
    assert (accounts.orders_by_state(Span()), accounts.answers_by_model(Span())) == ([], [])
    assert (accounts.unusable_answers(Span()), accounts.unanswered(Span()), accounts.collected(Span())) == ([], [], [])


def test_orders_are_summed_by_state(store: Store, journey: Journey) -> None:
    collected(store, journey.key)
    other = Journey(store, number=2).accept(needs_order=True)
    store.orders.open(other.key, OPTIONS)
    assert store.costs.orders_by_state(Span()) == [
        OrderSum("assemblyai", "collected", 1, 0.5),
        OrderSum("assemblyai", "new", 1, 0.0),
    ]


def test_answers_are_summed_by_insight_and_model_unusable_ones_too(store: Store, journey: Journey) -> None:
    bought(store, journey.key, journey.run_id)
    bought(store, journey.key, journey.run_id, problem="refused")
    bought(store, journey.key, journey.run_id, question("d", Insight.DECISIONS))
    assert store.costs.answers_by_model(Span()) == [
        AnswerSum("decisions", "m-2025", 0.01, 1, 0, 100, 40, 10),
        AnswerSum("summary", "m-2025", 0.02, 2, 1, 200, 80, 20),
    ]
    assert store.costs.unusable_answers(Span()) == [UnusableSum("summary", "refused", 1, 0.01)]


def test_a_span_is_one_recording_or_what_was_begun_since(store: Store, journey: Journey, clock: Clock) -> None:
    collected(store, journey.key)
    bought(store, journey.key, journey.run_id)
    later = clock.advance(10)
    other = Journey(store, number=2).accept().begin()
    bought(store, other.key, other.run_id)
    assert [a.calls for a in store.costs.answers_by_model(Span())] == [2]
    assert [a.calls for a in store.costs.answers_by_model(Span(key=journey.key))] == [1]
    assert [a.calls for a in store.costs.answers_by_model(Span(since=later))] == [1]
    assert store.costs.orders_by_state(Span(since=later)) == []
    assert [a.recording_key for a in store.costs.answers(Span(key=other.key))] == [other.key]
    assert store.costs.answers(Span(key=journey.key, since=later + timedelta(days=1))) == []


def test_what_is_being_asked_is_not_missing_until_its_worker_is(store: Store, journey: Journey, clock: Clock) -> None:
    assert isinstance(store.llm_calls.begin(journey.key, journey.run_id, question("asking")), Begun)
    lost = store.llm_calls.begin(journey.key, journey.run_id, question("lost"))
    assert isinstance(lost, Begun)
    store.llm_calls.unanswered(lost.id, "provider_timeout", perhaps_billed=True)
    assert [answer.id for answer in store.costs.unanswered(Span())] == [lost.id]
    clock.advance(policies.LEASE_SECONDS + 1)
    assert {answer.state for answer in store.costs.unanswered(Span())} == {"asking", "lost"}


def test_collected_orders_come_with_their_recording(store: Store, journey: Journey) -> None:
    order_id = collected(store, journey.key)
    [(order, row)] = store.costs.collected(Span())
    assert (order.id, row.key) == (order_id, journey.key)
    assert store.costs.transcript_inputs([journey.key]) == set()
    journey.collect()
    assert store.costs.transcript_inputs([journey.key, "another"]) == {(journey.key, "t")}
    assert store.costs.transcript_inputs(["another"]) == set()
