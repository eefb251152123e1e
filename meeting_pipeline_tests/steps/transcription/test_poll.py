"""One poll for all open orders: which recordings can continue."""

from typing import Any

import pytest

from meeting_pipeline import policies
from meeting_pipeline.domain.recording import Stage
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.transcription.order import order_due
from meeting_pipeline.steps.transcription.placing import options_of
from meeting_pipeline.steps.transcription.poll import poll_orders
from meeting_pipeline.store import policies as store_policies
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import Clock, OpenWith, accepted, drop, take_all
from meeting_pipeline_tests.steps.journeys import ordered

LIST, CREATE = "GET /v2/transcript", "POST /v2/transcript"


def test_one_request_serves_all_that_is_in_flight(paid: Installation, providers: Providers) -> None:
    for number in range(12):
        drop(paid, f"{number}.wav")
    take_all(paid)
    order_due(paid, "worker")
    before = providers.ledger()["requests"].get(LIST, 0)
    looked = poll_orders(paid)
    assert (looked.in_flight, looked.moved_on, looked.problems) == (12, 12, {})
    assert providers.ledger()["requests"][LIST] == before + 1
    assert poll_orders(paid).in_flight == 0


def test_what_the_provider_still_works_on_stays_in_flight(paid: Installation, providers: Providers) -> None:
    providers.fault(CREATE, "never")
    row = ordered(paid)
    assert (poll_orders(paid).moved_on, poll_orders(paid).in_flight) == (0, 1)
    assert paid.store.recordings.get(row.key).stage == Stage.TRANSCRIBING


def test_what_the_provider_gave_up_on_goes_on_to_the_run_that_says_so(paid: Installation, providers: Providers) -> None:
    providers.fault(CREATE, "error", message="Transcoding failed")
    row = ordered(paid)
    assert poll_orders(paid).moved_on == 1
    assert paid.store.recordings.get(row.key).stage == Stage.READY


def test_an_order_past_its_deadline_goes_on(paid: Installation, providers: Providers, clock: Clock) -> None:
    providers.fault(CREATE, "never")
    row = ordered(paid)
    clock.advance(store_policies.ORDER_DEADLINE_SECONDS + 1)
    assert poll_orders(paid).moved_on == 1
    assert paid.store.recordings.get(row.key).stage == Stage.READY


def test_a_provider_that_cannot_be_asked_is_told_and_asked_again_after_a_while(
    paid: Installation, providers: Providers, clock: Clock
) -> None:
    ordered(paid)
    providers.fault(LIST, "status", status=500)
    asked = providers.ledger()["requests"].get(LIST, 0)
    for _ in range(5):
        looked = poll_orders(paid)
        assert (looked.moved_on, looked.problems["assemblyai"].code) == (0, "provider_unavailable")
    assert providers.ledger()["requests"][LIST] == asked + 1
    clock.advance(store_policies.OUTAGE_FIRST_SECONDS + 1)
    assert poll_orders(paid).moved_on == 1
    assert paid.store.outages.open() == []


def test_orders_of_a_provider_without_a_key_wait_for_it(paid: Installation, open_with: OpenWith) -> None:
    ordered(paid)
    looked = poll_orders(open_with())
    assert (looked.moved_on, looked.problems["assemblyai"].code) == (0, "provider_not_configured")
    paid.store.outages.probe_soon()  # as `up` does when it starts with the key
    assert poll_orders(paid).moved_on == 1


def test_an_order_past_its_deadline_waits_as_a_row_while_the_provider_has_no_key(
    paid: Installation, providers: Providers, open_with: OpenWith, clock: Clock
) -> None:
    providers.fault(CREATE, "never")
    row = ordered(paid)
    without = open_with()
    clock.advance(store_policies.ORDER_DEADLINE_SECONDS + 1)
    for _ in range(3):
        assert poll_orders(without).moved_on == 0
        assert without.store.lifecycle.request_runs(5, without.store.outages.open()) == []
        clock.advance(store_policies.OPERATOR_RETRY_SECONDS + 1)
    assert without.store.recordings.get(row.key).stage == Stage.TRANSCRIBING


def test_an_order_of_another_account_is_said_at_once_and_goes_on_with_the_right_key(
    paid: Installation, providers: Providers
) -> None:
    row = ordered(paid)
    empty: dict[str, Any] = {"page_details": {}, "transcripts": []}
    providers.fault(LIST, "status", status=200, body=empty, times=-1)
    providers.fault("GET /v2/transcript/*", "status", status=404, times=-1)
    for _ in range(2):
        looked = poll_orders(paid)
        assert (looked.moved_on, looked.unknown, looked.problems["assemblyai"].code) == (0, 1, "order_unknown")
    shown = paid.store.recordings.get(row.key)
    assert (shown.status, shown.stage, shown.error_code) == ("pending", Stage.TRANSCRIBING, "order_unknown")
    assert [event.type for event in paid.store.recordings.events(row.key)].count("waiting") == 1
    providers.clear_faults()
    assert poll_orders(paid).moved_on == 1


def test_an_order_that_is_known_again_says_so(paid: Installation, providers: Providers) -> None:
    providers.fault(CREATE, "never")
    row = ordered(paid)
    providers.fault(LIST, "status", status=200, body={"page_details": {}, "transcripts": []})
    providers.fault("GET /v2/transcript/*", "status", status=404)
    poll_orders(paid)
    assert paid.store.recordings.get(row.key).error_code == "order_unknown"
    poll_orders(paid)
    assert paid.store.recordings.get(row.key).error_code is None


def test_a_recording_that_waits_for_an_order_which_is_nowhere_goes_on(paid: Installation, clock: Clock) -> None:
    row = accepted(paid)
    order = paid.store.orders.open(row.key, options_of(paid.speech.choose(has_transcript=False), row))
    assert paid.store.orders.claim(order.id, "dead") is not None
    paid.store.lifecycle.ordered(row.key)  # as a run does when another process is placing the order
    assert poll_orders(paid).moved_on == 0
    clock.advance(policies.LEASE_SECONDS + 1)
    assert poll_orders(paid).moved_on == 1
    assert paid.store.recordings.get(row.key).stage == Stage.READY


def test_a_recording_that_cannot_be_moved_on_delays_no_other(
    paid: Installation, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        drop(paid, f"{number}.wav")
    take_all(paid)
    order_due(paid, "worker")
    bad = paid.store.orders_in_flight.list()[0].recording_key
    real = paid.store.lifecycle.ready

    def ready(key: str) -> None:
        if key == bad:
            raise KeyError("a bug")
        real(key)

    monkeypatch.setattr(paid.store.lifecycle, "ready", ready)
    assert poll_orders(paid).moved_on == 2
    assert paid.store.recordings.get(bad).stage == Stage.TRANSCRIBING


def test_a_bug_in_the_look_at_a_provider_is_said_and_raises_nothing(
    paid: Installation, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordered(paid)

    def buggy(*_: Any) -> Any:
        raise KeyError("bug")

    monkeypatch.setattr(type(paid.speech.named("assemblyai")), "poll", buggy)
    looked = poll_orders(paid)
    assert (looked.moved_on, looked.problems["assemblyai"].code) == (0, "internal_error")
