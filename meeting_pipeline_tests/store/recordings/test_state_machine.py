"""Retries after an error: how long to wait, and when to stop."""

from datetime import timedelta

import pytest

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import (
    BadAnswer,
    OperatorError,
    PermanentError,
    PipelineError,
    ProviderUnavailable,
)
from meeting_pipeline.store import policies as store_policies
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.samples import HOOK, Clock, Journey, event_types

DOWN = ProviderUnavailable("provider_unavailable", "The provider did not answer.")
NO_CREDIT = OperatorError("no_credit", "The account is empty.", "Top it up.")


def waits(store: Store, clock: Clock, journey: Journey, *errors: PipelineError) -> list[float | None]:
    """Seconds until the next attempt after each of these errors of the run; ``None`` if the recording failed."""
    found: list[float | None] = []
    for error in errors:
        journey.begin()
        due = store.lifecycle.collect_later(journey.key, journey.run_id, error)
        store.leases.end(journey.run_id)
        found.append(None if due is None else (due - clock.now).total_seconds())
        clock.advance(found[-1] or 0.0)
    return found


def test_a_transcript_is_tried_three_times_a_minute_and_two_apart(store: Store, clock: Clock) -> None:
    journey = Journey(store).accept(hook=HOOK)
    assert waits(store, clock, journey, DOWN, BadAnswer("cut_off", "Cut off."), DOWN) == [60.0, 120.0, None]
    row = store.recordings.get(journey.key)
    assert (row.status, row.stage, row.error_code) == ("failed", "done", "provider_unavailable")
    assert [event.type for event in store.deliveries.events(journey.key)] == ["meeting.failed"]
    assert store.deliveries.due() == 1


def test_a_waiting_recording_is_pending_and_says_what_it_waits_for(store: Store, clock: Clock) -> None:
    journey = Journey(store).accept()
    waits(store, clock, journey, DOWN)
    row = store.recordings.get(journey.key)
    assert (row.status, row.stage, row.due_at) == ("pending", "ready", clock.now)
    assert row.error_code == "provider_unavailable"
    assert event_types(store, journey.key)[-1] == "waiting"
    journey.begin().collect()
    assert store.recordings.get(journey.key).error_code is None


def test_it_is_not_tried_before_its_time(store: Store, clock: Clock) -> None:
    journey = Journey(store).accept().begin()
    store.lifecycle.collect_later(journey.key, journey.run_id, DOWN)
    clock.advance(59)
    assert store.lifecycle.request_runs(10) == []
    clock.advance(1)
    assert len(store.lifecycle.request_runs(10)) == 1


def test_an_order_waits_by_the_same_rules(store: Store, clock: Clock) -> None:
    key = Journey(store).accept(needs_order=True).key
    dues = []
    for _ in range(3):
        dues.append(store.lifecycle.order_later(key, DOWN))
        clock.advance(300)
    assert dues[0] == clock.now - timedelta(seconds=900 - policies.RETRY_BASE_SECONDS)
    assert dues[2] is None
    assert store.recordings.get(key).status == "failed"


def test_an_operators_error_costs_no_try(store: Store, clock: Clock) -> None:
    journey = Journey(store).accept()
    assert waits(store, clock, journey, *[NO_CREDIT] * 7) == [store_policies.OPERATOR_RETRY_SECONDS] * 7
    row = store.recordings.get(journey.key)
    assert (row.status, row.attempts, row.error_code) == ("pending", 0, "no_credit")
    assert waits(store, clock, journey, DOWN, DOWN) == [60.0, 120.0]


def test_what_cannot_get_better_fails_at_once(store: Store, clock: Clock) -> None:
    journey = Journey(store).accept()
    assert waits(store, clock, journey, PermanentError("no_speech", "Nobody speaks.", "Check the mic.")) == [None]
    row = store.recordings.get(journey.key)
    assert (row.status, row.error_advice) == ("failed", "Check the mic.")


@pytest.mark.parametrize(("asked", "waited"), [(600.0, 600.0), (5.0, 60.0), (7200.0, 7200.0), (None, 60.0)])
def test_a_provider_may_ask_for_a_longer_wait(store: Store, clock: Clock, asked: float | None, waited: float) -> None:
    busy = ProviderUnavailable("rate_limited", "Too many.", retry_after_s=asked)
    assert waits(store, clock, Journey(store).accept(), busy) == [waited]


def test_a_recording_tried_again_has_all_its_tries(store: Store, clock: Clock) -> None:
    journey = Journey(store).accept()
    waits(store, clock, journey, DOWN, DOWN, DOWN)
    store.recordings.retry(journey.key, needs_order=False)
    assert waits(store, clock, journey, DOWN, DOWN, DOWN) == [60.0, 120.0, None]
