"""The daily limit holds whatever would be bought automatically, loses nothing, and ends with the day by the store's clock."""

import logging
from datetime import timedelta

import pytest

from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.waits import WaitKind
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.extraction.extract import extract
from meeting_pipeline.steps.extraction.gaps import note_gap
from meeting_pipeline.steps.extraction.outcomes import Extracted, Missing
from meeting_pipeline.steps.extraction.request_gaps import request_gaps
from meeting_pipeline.steps.operations.delete import delete_recording
from meeting_pipeline.steps.operations.reprocess import Started, limit_notice
from meeting_pipeline.steps.transcription.collect import obtain
from meeting_pipeline.steps.transcription.obtained import Obtained
from meeting_pipeline.steps.transcription.order import OrderReport, order_due
from meeting_pipeline.steps.transcription.poll import poll_orders
from meeting_pipeline.store.ledger.spending import held_by_limit, spent_today
from meeting_pipeline.store.tables import Recording
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import Clock, OpenWith, accepted, drop, take_all
from meeting_pipeline_tests.scenario.media import vtt
from meeting_pipeline_tests.steps.journeys import collected, completed, transcribed

LIMIT = "MEETING_PIPELINE_MAX_USD_PER_DAY"
PAID = [Insight.SUMMARY, Insight.ACTION_ITEMS, Insight.DECISIONS]
STARTED = Started("http://127.0.0.1:3000", "backfill", ("a",), ("b",))


@pytest.fixture(autouse=True)
def early(clock: Clock) -> None:
    """No test crosses midnight UTC accidentally: the clock shows one o'clock of the next day."""
    tomorrow = (clock() + timedelta(days=1)).replace(hour=1, minute=0, second=0, microsecond=0)
    clock.ahead += tomorrow - clock()


def next_day(clock: Clock) -> None:
    clock.advance(24 * 3600)


def calls(providers: Providers) -> int:
    return len(providers.ledger()["llm_calls"])


def orders(providers: Providers) -> int:
    return len(providers.ledger()["orders"])


def gaps(installation: Installation, row: Recording) -> dict[str, str]:
    return {gap.insight: gap.code for gap in installation.store.overviews.get(row.key).gaps}


def spend(installation: Installation) -> None:
    """Buy insights as a person does, beyond the limit."""
    row = transcribed(installation, "run-0")
    extract(installation, row.key, "run-0", PAID, requested_by_user=True)


def test_below_the_limit_nothing_is_held(open_with: OpenWith, providers: Providers) -> None:
    installation = open_with(**providers.environment(), **{LIMIT: "5"})
    row = transcribed(installation)
    completed(installation, row)
    assert (gaps(installation, row), calls(providers)) == ({}, 3)
    assert installation.store.outages.open() == []
    assert limit_notice(installation, STARTED) is None


def test_insights_wait_as_gaps_and_are_made_the_next_day(
    open_with: OpenWith, providers: Providers, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    installation = open_with(**providers.environment(), **{LIMIT: "0"})
    row = transcribed(installation)
    with caplog.at_level(logging.WARNING):
        finished = completed(installation, row)
    assert finished.record.status is RecordingStatus.COMPLETED
    assert gaps(installation, row) == dict.fromkeys(("action_items", "decisions", "summary"), "daily_limit_reached")
    assert calls(providers) == 0
    assert "The limit of 0.00 USD per day is reached" in caplog.text
    overview = installation.store.overviews.get(row.key)
    tomorrow = clock().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    assert {overview.retried_at(gap) for gap in overview.gaps} == {tomorrow}
    for _ in range(20):  # a sensor asks all day long
        clock.advance(3600)
        requested = request_gaps(installation, 10)
        assert requested.gaps == ()
        assert requested.outage is not None
        assert requested.outage.limit


def test_the_limit_ends_with_the_day_and_the_gaps_are_filled(
    open_with: OpenWith, providers: Providers, clock: Clock
) -> None:
    installation = open_with(**providers.environment(), **{LIMIT: "0.0000001"})
    spend(installation)
    bought = calls(providers)
    row = accepted(
        installation, "second.vtt", vtt(("Dana", "We agreed to ship it on Monday."), ("Lee", "Yes, we did."))
    )
    collected(installation, row)
    completed(installation, row)
    assert calls(providers) == bought
    assert len(gaps(installation, row)) == 3
    clock.advance(3 * 24 * 3600)  # longer than the day after which other gaps are left to people
    [due] = [gap for gap in request_gaps(installation, 10).gaps if gap.key == row.key]
    installation.store.lifecycle.begin(row.key, "run-2", collecting=False)
    installation.store.gap_requests.gap_run_began(row.key, due.insights)
    # The limit is tiny: one call a day is what it lets through, so the others are held again and not given up.
    found = extract(installation, row.key, "run-2", [due.insights[0]], requested_by_user=False)
    assert isinstance(found[due.insights[0]], Extracted)
    again = extract(installation, row.key, "run-2", [due.insights[1]], requested_by_user=False)
    held = again[due.insights[1]]
    assert isinstance(held, Missing)
    assert (held.error.code, held.error.outage, held.error.retryable) == ("daily_limit_reached", True, True)
    assert calls(providers) == bought + 1


def test_a_gap_that_the_limit_held_for_days_is_tried_as_long_as_any_other(
    open_with: OpenWith, providers: Providers, clock: Clock
) -> None:
    held = open_with(**providers.environment(), **{LIMIT: "0"})
    row = transcribed(held)
    completed(held, row)
    raised = open_with(**providers.environment())
    clock.advance(3 * 24 * 3600)
    [due] = request_gaps(raised, 10).gaps
    raised.store.lifecycle.begin(row.key, "run-2", collecting=False)
    raised.store.gap_requests.gap_run_began(row.key, due.insights)
    providers.fault("POST /v1/responses", "status", status=500, times=-1)
    for outcome in extract(raised, row.key, "run-2", due.insights, requested_by_user=False).values():
        assert isinstance(outcome, Missing)
        note_gap(raised, row.key, "run-2", outcome)
    assert all(gap.due_at is not None for gap in raised.store.overviews.get(row.key).gaps)


def test_orders_wait_where_they_are_and_are_placed_the_next_day(
    open_with: OpenWith, providers: Providers, clock: Clock
) -> None:
    installation = open_with(**providers.environment(), **{LIMIT: "0.0000001"})
    spend(installation)
    for number in range(3):
        drop(installation, f"{number}.wav")
    rows = [installation.store.recordings.get(taken.accepted.key) for taken in take_all(installation).taken]
    for _ in range(5):
        poll_orders(installation)
        assert order_due(installation, "worker") == OrderReport()
    waiting = [installation.store.overviews.get(row.key) for row in rows]
    assert {(one.row.status, one.row.stage, one.row.attempts) for one in waiting} == {
        (RecordingStatus.PENDING, Stage.ORDERING, 0)
    }
    assert {one.wait.kind for one in waiting if one.wait is not None} == {WaitKind.LIMIT}
    assert orders(providers) == 0
    next_day(clock)
    assert order_due(installation, "worker").placed == 3
    assert orders(providers) == 3


def test_what_is_ordered_counts_before_it_is_collected_and_is_collected_beyond_the_limit(
    open_with: OpenWith, providers: Providers
) -> None:
    installation = open_with(**providers.environment(), **{LIMIT: "0.0000001"})
    row = accepted(installation)
    assert order_due(installation, "worker").placed == 1
    [order] = installation.store.orders.list()
    assert order.expected_usd == pytest.approx(row.duration_ms / 3_600_000 * 0.23)
    assert [outage.code for outage in installation.store.outages.open()] == ["daily_limit_reached"] * 2
    found = collected(installation, row)
    assert isinstance(found, Obtained)
    assert installation.store.orders.get(order.id).state == "collected"


def test_a_run_that_began_before_the_limit_orders_nothing(open_with: OpenWith, providers: Providers) -> None:
    before = open_with(**providers.environment())
    row = accepted(before)
    with before.store.database.write() as session:
        stored = session.get_one(Recording, row.key)
        stored.stage = Stage.READY  # as after a restart that found a transcript provider only now
        stored.due_at = before.store.context.now()
    held = open_with(**providers.environment(), **{LIMIT: "0"})
    [ticket] = held.store.lifecycle.request_runs(5)
    held.store.lifecycle.begin(row.key, "run-1", collecting=True)
    with pytest.raises(Exception, match=r"limit of 0\.00 USD") as caught:
        obtain(held, ticket.key, "run-1", requested_by_user=False)
    due = held.store.lifecycle.collect_later(row.key, "run-1", caught.value)  # type: ignore[arg-type]
    assert due is not None
    shown = held.store.recordings.get(row.key)
    assert (shown.status, shown.attempts, orders(providers)) == (RecordingStatus.PENDING, 0, 0)
    assert held.store.lifecycle.request_runs(5, held.store.outages.open()) == []
    assert len(before.store.lifecycle.request_runs(5, before.store.outages.open())) == 1


def test_a_person_buys_beyond_the_limit_and_is_told_of_it(open_with: OpenWith, providers: Providers) -> None:
    installation = open_with(**providers.environment(), **{LIMIT: "0"})
    row = transcribed(installation)
    found = extract(installation, row.key, "run-1", PAID, requested_by_user=True)
    assert all(isinstance(one, Extracted) for one in found.values())
    assert calls(providers) == 3
    notice = limit_notice(installation, STARTED)
    assert notice is not None
    assert "The limit of 0.00 USD per day is reached" in notice
    assert "is still bought" in notice
    assert "Recordings that start over wait until" in notice


def test_what_is_paid_for_is_used_beyond_the_limit(open_with: OpenWith, providers: Providers) -> None:
    installation = open_with(**providers.environment(), **{LIMIT: "0.0000001"})
    row = transcribed(installation)
    extract(installation, row.key, "run-1", PAID, requested_by_user=True)
    installation.store.leases.end("run-1")
    installation.store.lifecycle.begin(row.key, "run-2", collecting=False)
    found = extract(installation, row.key, "run-2", PAID, requested_by_user=False)
    assert all(isinstance(one, Extracted) and one.reused for one in found.values())


def test_a_model_without_a_price_is_held_by_a_limit_that_could_not_be_kept(
    open_with: OpenWith, providers: Providers
) -> None:
    environment = providers.environment() | {"OPENAI_MODEL": "gpt-4.1"}
    row = transcribed(open_with(**environment))
    installation = open_with(**environment, **{LIMIT: "5"})
    found = extract(installation, row.key, "run-1", [Insight.SUMMARY], requested_by_user=False)
    missing = found[Insight.SUMMARY]
    assert isinstance(missing, Missing)
    assert (missing.error.code, missing.error.outage) == ("unknown_price", True)
    assert calls(providers) == 0
    priced = open_with(**environment, **{LIMIT: "5", "OPENAI_PRICES": "gpt-4.1=2/0.5/8@2026-11-01"})
    bought = extract(priced, row.key, "run-1", [Insight.SUMMARY], requested_by_user=False)
    assert isinstance(bought[Insight.SUMMARY], Extracted)
    assert priced.store.records.get(row.key).cost_usd > 0


def test_deleting_a_recording_gives_back_nothing_of_the_limit(
    open_with: OpenWith, providers: Providers, clock: Clock
) -> None:
    installation = open_with(**providers.environment(), **{LIMIT: "0.0000001"})
    row = transcribed(installation)
    extract(installation, row.key, "run-1", PAID, requested_by_user=True)
    completed(installation, row)
    with installation.store.database.read() as session:
        before = spent_today(session, clock())
    delete_recording(installation, row.key, "tester")
    with installation.store.database.read() as session:
        after = spent_today(session, clock())
    assert before.usd > 0
    assert after.usd == pytest.approx(before.usd)
    assert held_by_limit(installation.store.context) != []
    next_day(clock)
    assert held_by_limit(installation.store.context) == []


def test_without_paid_providers_a_limit_holds_nothing(open_with: OpenWith) -> None:
    installation = open_with(**{LIMIT: "0"})
    row = transcribed(installation)
    completed(installation, row)
    assert gaps(installation, row) == {}


def test_metrics_show_what_was_spent_and_what_is_held(open_with: OpenWith, providers: Providers) -> None:
    installation = open_with(**providers.environment(), **{LIMIT: "0.0000001"})
    assert installation.store.statistics.now().held == {}
    spend(installation)
    found = installation.store.statistics.now()
    assert found.spent_today[()] > 0
    assert found.daily_limit == {(): 0.0000001}
    assert set(found.held) == {
        ("assemblyai", "orders", "daily_limit_reached"),
        ("openai", "llm_calls", "daily_limit_reached"),
    }
    assert found.outages == {}
