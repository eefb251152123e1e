"""The current state in numbers."""

from typing import Any

import pytest

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.domain.outage import Service
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.store import policies
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.installations import OpenWith
from meeting_pipeline_tests.store.samples import OPTIONS, REFUSED, Clock, Journey, completed, failed, unavailable


def test_an_empty_store_has_numbers(store: Store) -> None:
    found = store.statistics.now()
    assert (found.recordings, found.totals, found.webhook_lag, found.workers) == ({}, {}, 0.0, 0)
    assert found.queue == {("ordering",): 0.0, ("ready",): 0.0, ("queued",): 0.0, ("transcribing",): 0.0}


def test_recordings_are_counted_by_status_stage_and_code(store: Store) -> None:
    completed(store, 1)
    failed(store, 2)
    failed(store, 3)
    Journey(store, number=4).accept(needs_order=True)
    waiting = Journey(store, number=5).accept(needs_order=True)
    store.lifecycle.order_later(waiting.key, OperatorError("assemblyai_key_refused", "No."))
    working = Journey(store, number=6).accept().begin()
    found = store.statistics.now()
    assert found.recordings == {
        ("completed", "done"): 1,
        ("failed", "done"): 2,
        ("pending", "ordering"): 2,
        ("processing", "collecting"): 1,
    }
    assert found.failed == {("no_speech",): 2}
    assert found.waiting == {("assemblyai_key_refused",): 1}
    assert found.workers == 1
    assert working.key


def test_the_oldest_of_a_queue_has_an_age(store: Store, clock: Clock) -> None:
    Journey(store, number=1).accept(needs_order=True)
    clock.advance(10)
    ordered = Journey(store, number=2).accept(needs_order=True)
    order = store.orders.open(ordered.key, OPTIONS)
    store.orders.claim(order.id, "w")
    store.orders.ordered(order.id, "ext-1")
    store.lifecycle.ordered(ordered.key)
    Journey(store, number=3).accept()
    clock.advance(5)
    found = store.statistics.now()
    assert found.queue == {("ordering",): 1, ("ready",): 1, ("queued",): 0, ("transcribing",): 1}
    assert found.queue_ages == {("ordering",): 15, ("ready",): 5, ("queued",): 0, ("transcribing",): 5}
    assert found.orders == {("assemblyai", "ordered"): 1}
    store.lifecycle.request_runs(1)
    clock.advance(2)
    assert store.statistics.now().queue_ages[("queued",)] == 2


def test_what_is_not_due_yet_is_no_queue(store: Store) -> None:
    waiting = Journey(store).accept(needs_order=True)
    store.lifecycle.order_later(waiting.key, OperatorError("assemblyai_key_refused", "No."))
    assert store.statistics.now().queue[("ordering",)] == 0


def test_gaps_say_whether_they_are_asked_for_again(store: Store) -> None:
    journey = Journey(store).accept().begin().collect()
    store.results.store_gap(journey.key, journey.run_id, unavailable(Insight.SUMMARY))
    store.results.store_gap(journey.key, journey.run_id, unavailable(Insight.DECISIONS, retryable=False))
    assert store.statistics.now().gaps == {
        ("summary", "provider_unavailable", "due"): 1,
        ("decisions", "provider_unavailable", "left"): 1,
    }


def test_an_outage_has_an_age_and_a_suspicion_has_none(store: Store, clock: Clock) -> None:
    error = OperatorError("assemblyai_no_credit", "Empty.")
    store.outages.failed("assemblyai", Service.ORDERS, error, None)
    store.outages.failed("openai", Service.LLM_CALLS, error, "somebody")
    clock.advance(30)
    assert store.statistics.now().outages == {("assemblyai", Service.ORDERS.value, "assemblyai_no_credit"): 30}


def deliver(store: Store, **how: Any) -> None:
    for due in store.outbox.take(100, failing=False, avoid=(), per_host=100):
        store.outbox.settle(due, REFUSED, **how)


def test_mails_are_counted_by_state_with_the_lag_of_the_oldest(open_with: OpenWith, clock: Clock) -> None:
    to = {"SERVER": "mail.example:25", "FROM": "a@mail.example", "TO": "b@mail.example, c@mail.example"}
    store = open_with(**{f"MEETING_PIPELINE_MAIL_{name}": value for name, value in to.items()}).store
    completed(store)
    clock.advance(7)
    found = store.statistics.now()
    assert (found.mails, found.mails_due, round(found.mail_lag)) == ({("pending",): 2}, 2, 7)
    for code in ("mail_recipient_refused", None):
        mail = store.mails.take("run")
        assert mail is not None
        store.mails.settle(mail, code, "", unsure=False, next_at=None)
    store.statistics.count_new()
    found = store.statistics.now()
    assert (found.mails, found.mails_due, found.mail_lag) == ({("dead",): 1}, 0, 0)
    attempts = {total.labels: value for total, value in found.totals.items() if total.name == "mail_attempts"}
    assert attempts == {("failed", "mail_recipient_refused"): 1, ("sent", "none"): 1}


def test_webhooks_are_counted_by_host_with_the_lag_of_the_oldest(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, host in enumerate(["a.example", "b.example", "c.example"], start=1):
        completed(store, number, hook=f"https://{host}/hook")
        clock.advance(1)
    found = store.statistics.now()
    assert (found.webhook_lag, found.webhooks_due) == (3, 3)
    deliver(store, next_at=None)
    found = store.statistics.now()
    assert found.deliveries == {(f"{name}.example", "dead"): 1 for name in "abc"}
    assert (found.webhook_lag, found.webhooks_due) == (0, 0)
    assert found.endpoints == {("failing",): 3}
    monkeypatch.setattr(policies, "METRIC_HOSTS", 1)
    found = store.statistics.now()
    assert found.deliveries == {("a.example", "dead"): 1, ("other", "dead"): 2}
    attempts = {total.labels: value for total, value in found.totals.items() if total.name == "webhook_attempts"}
    assert attempts == {("a.example", "failed"): 1, ("other", "failed"): 2}
