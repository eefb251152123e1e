"""Totals: each event counts once, whichever process counts it, and a deletion subtracts nothing."""

from datetime import date

import pytest

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import ProviderUnavailable
from meeting_pipeline.domain.record import Problem
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.store.metrics.event_totals import bucket_of
from meeting_pipeline.store.metrics.totals import Total, Totals
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.samples import (
    HOOK,
    OPTIONS,
    REFUSED,
    Attempt,
    Clock,
    Journey,
    bought,
    completed,
    failed,
    race,
    unavailable,
)


def totals(store: Store) -> Totals:
    """Count all new events, and return the totals. On PostgreSQL, transactions that have just ended settle shortly after."""
    while store.statistics.count_new():
        pass
    return store.statistics.now().totals


def without_places(found: Totals) -> dict[Total, float]:
    return {total: round(value, 6) for total, value in found.items() if total.name != "feed_counted_to"}


def test_a_duration_is_in_the_first_bucket_that_holds_it() -> None:
    assert [bucket_of(seconds) for seconds in (-1, 0, 1, 1.01, 86400, 86401)] == [
        "1.0", "1.0", "1.0", "2.0", "86400.0", "+Inf",
    ]  # fmt: skip


def test_stages_are_measured_from_event_to_event(store: Store, clock: Clock) -> None:
    journey = Journey(store).accept()
    clock.advance(7)
    store.lifecycle.request_runs(10)
    clock.advance(3)
    store.lifecycle.begin(journey.key, "run-1", collecting=True)
    journey.run_id = "run-1"
    clock.advance(40)
    journey.collect()
    clock.advance(90_000)
    journey.complete()
    found = totals(store)
    stages = {total.labels[0]: value for total, value in found.items() if total.name == "stage_seconds"}
    assert stages == {"ready": 7.0, "queued": 3.0, "collecting": 40.0, "extracting": 90_000.0}
    assert found[Total("stage_bucket", ("ready", "10.0"))] == 1
    assert found[Total("stage_bucket", ("extracting", "+Inf"))] == 1
    assert found[Total("outcome_seconds", ("completed",))] == 90_050.0
    assert (found[Total("accepted")], found[Total("audio_seconds")]) == (1, 60.0)


def test_the_time_to_an_outcome_is_counted_once_and_anew_after_a_retry(store: Store, clock: Clock) -> None:
    journey = failed(store)
    clock.advance(1000)
    store.recordings.retry(journey.key, needs_order=False)
    clock.advance(5)
    journey.begin().collect().complete()
    found = totals(store)
    assert found[Total("outcome_seconds", ("failed",))] == 0.0
    assert found[Total("outcome_seconds", ("completed",))] == 5.0
    assert sum(value for total, value in found.items() if total.name == "outcome_bucket") == 2
    assert found[Total("failures", ("no_speech",))] == 1


def test_setbacks_gaps_and_losses_are_counted_by_code(store: Store, clock: Clock) -> None:
    journey = Journey(store).accept().begin()
    store.lifecycle.collect_later(journey.key, journey.run_id, ProviderUnavailable("provider_busy", "Busy."))
    store.leases.end(journey.run_id)
    clock.advance(policies.RETRY_BASE_SECONDS)
    journey.begin().collect()
    store.results.store_gap(journey.key, journey.run_id, unavailable(Insight.SUMMARY))
    found = totals(store)
    assert found[Total("waits", ("provider_busy",))] == 1
    assert found[Total("gaps", ("summary", "provider_unavailable"))] == 1


def test_a_file_that_was_refused_is_no_failed_recording(store: Store) -> None:
    problem = Problem("truncated", "It ends too early.", "Send it again.")
    options = SidecarOptions(webhook_url=HOOK)
    store.recordings.refuse("a.wav", options, "drop_folder", date(2025, 3, 14), problem, identity="f" * 64)
    assert without_places(totals(store)) == {Total("refusals", ("truncated",)): 1}


def test_counting_bit_by_bit_gives_the_same(store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1, 6):
        completed(store, number)
        clock.advance(11)
    failed(store, 6)
    monkeypatch.setattr(policies, "STATISTICS_EVENTS", 3)
    bit_by_bit = without_places(totals(store))
    assert not store.statistics.count_new()
    assert without_places(totals(store)) == bit_by_bit
    assert bit_by_bit[Total("accepted")] == 6
    assert sum(value for total, value in bit_by_bit.items() if total.name == "stage_bucket") == 5 * 4 + 3


def test_many_who_count_at_once_count_once(store: Store) -> None:
    for number in range(1, 9):
        completed(store, number)
    race(6, lambda _: store.statistics.count_new())
    assert totals(store)[Total("accepted")] == 8


def test_what_was_paid_is_summed_and_kept_when_its_recording_is_deleted(store: Store) -> None:
    journey = Journey(store).accept(needs_order=True, hook=HOOK)
    order = store.orders.open(journey.key, OPTIONS)
    store.orders.claim(order.id, "w")
    store.orders.uploaded(order.id, "w", "https://upload")
    store.orders.ordering(order.id, "w")
    store.orders.ordered(order.id, "ext-1")
    store.lifecycle.ordered(journey.key)
    store.lifecycle.ready(journey.key)
    journey.begin().collect()
    store.orders.finish(order.id, cost_usd=0.25)
    bought(store, journey.key, journey.run_id)
    bought(store, journey.key, journey.run_id, problem="answer_invalid")
    journey.complete()
    for attempt in (REFUSED, Attempt()):
        [due] = store.outbox.take(10, failing=attempt is not REFUSED, avoid=(), per_host=10)
        store.outbox.settle(due, attempt, None if attempt.delivered else store.context.now())
    before = without_places(totals(store))
    assert before[Total("orders", ("assemblyai",))] == 1
    assert before[Total("order_usd", ("assemblyai",))] == 0.25
    assert before[Total("answers", ("summary", "m-2025"))] == 2
    assert before[Total("wasted_answers", ("summary", "unusable", "answer_invalid"))] == 1
    assert before[Total("tokens", ("m-2025", "cached"))] == 80
    assert before[Total("answer_usd", ("m-2025",))] == 0.02
    assert before[Total("webhook_attempts", ("127.0.0.1", "delivered"))] == 1
    assert before[Total("webhook_attempts", ("127.0.0.1", "failed"))] == 1
    store.deletions.delete(journey.key, "somebody")
    kept = without_places(totals(store))
    kept = {
        (Total(t.name, ("127.0.0.1", *t.labels[1:])) if t.name.startswith("webhook") else t): v for t, v in kept.items()
    }
    assert kept == before


def test_what_was_not_counted_yet_counts_when_it_is_deleted(store: Store) -> None:
    counted_before = completed(store, 1)
    totals(store)
    counted_never = completed(store, 2)
    store.deletions.delete(counted_before.key, "somebody")
    store.deletions.delete(counted_never.key, "somebody")
    completed(store, 3)
    found = totals(store)
    assert found[Total("accepted")] == 3
    assert sum(value for total, value in found.items() if total.name == "outcome_bucket") == 3
