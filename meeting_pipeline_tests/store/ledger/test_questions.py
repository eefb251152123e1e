"""The ledger of questions, on both databases: a limit that concurrent questions cannot exceed, and sums."""

import pytest

from meeting_pipeline.domain.provenance import Usage
from meeting_pipeline.store.ledger.cost_queries import Span
from meeting_pipeline.store.ledger.questions import LimitReached, QuestionPermit
from meeting_pipeline.store.ledger.spending import spent_today
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import QuestionCall
from meeting_pipeline_tests.store.samples import PAID, START, Clock, race


def begin(store: Store, expected: float | None = 0.01, limit: float = 1.0) -> QuestionPermit | LimitReached:
    return store.questions.begin("m", "1", expected_usd=expected, limit_usd=limit)


def begun(store: Store, expected: float | None = 0.01) -> str:
    found = begin(store, expected)
    assert isinstance(found, QuestionPermit)
    return found.id


def test_what_was_answered_counts_with_its_cost(store: Store) -> None:
    store.questions.answered(begun(store, 0.5), "m-2025", PAID)
    store.questions.answered(begun(store, 0.5), "m-2025", PAID, "invalid_answer")
    assert store.questions.counted_today() == pytest.approx(0.02)
    [row] = store.costs.answers_by_model(Span())
    assert (row.insight, row.model, row.calls, row.unusable) == ("question", "m-2025", 2, 1)
    assert row.cost_usd == pytest.approx(0.02)
    assert store.costs.answers_by_model(Span(key="2025-03-14-weekly-00000001")) == []
    with store.database.read() as session:
        assert spent_today(session, START).usd == pytest.approx(0.02)
        assert spent_today(session, START, "2025-03-14-weekly-00000001").usd == 0.0


def test_what_is_under_way_or_lost_counts_with_what_it_is_expected_to_cost(store: Store) -> None:
    first, second, third = (begun(store, 0.1) for _ in range(3))
    assert store.questions.counted_today() == pytest.approx(0.3)
    store.questions.unanswered(first, "connection_lost", perhaps_billed=True)
    store.questions.unanswered(second, "provider_unavailable", perhaps_billed=False)
    assert store.questions.counted_today() == pytest.approx(0.2)
    store.questions.unanswered(second, "provider_unavailable", perhaps_billed=True)
    store.questions.answered("no such row", "m", PAID)
    assert store.questions.counted_today() == pytest.approx(0.2)
    store.questions.answered(third, "m", Usage(calls=1, unpriced_calls=1))
    assert store.questions.counted_today() == pytest.approx(0.11)


def test_the_limit_holds_among_questions_at_the_same_time_and_ends_with_the_day(store: Store, clock: Clock) -> None:
    found = race(8, lambda _: begin(store, 0.3))
    assert sum(isinstance(one, QuestionPermit) for one in found) == 3
    [reached] = {one for one in found if isinstance(one, LimitReached)}
    assert (round(reached.spent_usd, 6), reached.until.isoformat()) == (0.9, "2025-03-15T00:00:00+00:00")
    clock.advance(15 * 3600)
    assert isinstance(begin(store, 0.3), QuestionPermit)


def test_a_limit_of_zero_allows_nothing_and_an_unknown_price_counts(store: Store) -> None:
    assert isinstance(begin(store, 0.0001, limit=0.0), LimitReached)
    assert isinstance(begin(store, None, limit=0.0), LimitReached)
    begun(store, None)
    assert store.questions.counted_today() == pytest.approx(0.01)


def test_old_rows_are_removed(store: Store, clock: Clock) -> None:
    begun(store)
    clock.advance(401 * 86400)
    begun(store)
    with store.database.read() as session:
        assert session.query(QuestionCall).count() == 1
