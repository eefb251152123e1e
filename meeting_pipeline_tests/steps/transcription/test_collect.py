"""The transcript: reused, fetched, made or bought again, but never bought twice with the same options."""

import pytest

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import OperatorError, PermanentError, ProviderRefused, ProviderUnavailable
from meeting_pipeline.domain.recording import Stage
from meeting_pipeline.domain.result_kinds import ResultKind
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.assemblyai import AssemblyAI
from meeting_pipeline.steps.transcription.collect import Waiting, obtain
from meeting_pipeline.steps.transcription.obtained import Obtained
from meeting_pipeline.steps.transcription.order import order_due
from meeting_pipeline.steps.transcription.placing import options_of
from meeting_pipeline.steps.transcription.poll import poll_orders
from meeting_pipeline.store import policies as store_policies
from meeting_pipeline.store.ledger.orders import Orders
from meeting_pipeline.store.tables import Recording
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import TALK, Clock, OpenWith, accepted
from meeting_pipeline_tests.steps.journeys import begun, collected, ordered, transcribed

CREATE, ONE = "POST /v2/transcript", "GET /v2/transcript/*"


def orders(providers: Providers) -> int:
    return len(providers.ledger()["orders"])


def stored_versions(installation: Installation, row: Recording) -> int:
    return len(installation.store.results.versions(row.key, ResultKind.TRANSCRIPT))


def with_models(open_with: OpenWith, providers: Providers, models: str) -> Installation:
    return open_with(**providers.environment(), ASSEMBLYAI_SPEECH_MODELS=models)


def test_what_was_ordered_is_collected_with_its_price(paid: Installation, providers: Providers) -> None:
    row = ordered(paid)
    found = collected(paid, row)
    assert isinstance(found, Obtained)
    assert (found.version, found.changed, found.reused) == (1, True, False)
    hours = found.transcript.duration_ms / 3_600_000
    assert found.cost_usd == pytest.approx((0.21 + 0.02) * hours)  # the model and speaker labels
    [order] = paid.store.orders.list()
    assert order.state == "collected"
    assert order.cost_usd == pytest.approx(found.cost_usd)
    assert paid.store.recordings.get(row.key).stage == Stage.EXTRACTING


def test_an_automatic_run_takes_what_is_stored(paid: Installation, providers: Providers) -> None:
    row = ordered(paid)
    collected(paid, row)
    again = obtain(paid, row.key, begun(paid, row, "run-2"), requested_by_user=False)
    assert isinstance(again, Obtained)
    assert (again.version, again.reused, again.cost_usd) == (1, True, 0.0)
    assert orders(providers) == 1


def test_a_person_who_asks_with_the_same_options_buys_nothing(paid: Installation, providers: Providers) -> None:
    row = ordered(paid)
    collected(paid, row)
    again = collected(paid, row, "run-2", requested_by_user=True)
    assert isinstance(again, Obtained)
    assert again.reused
    assert (orders(providers), stored_versions(paid, row)) == (1, 1)


def test_a_person_who_asks_with_other_options_buys_anew_once(
    paid: Installation, providers: Providers, open_with: OpenWith
) -> None:
    row = ordered(paid)
    collected(paid, row)
    providers.settings(processing_seconds=5.0)  # longer than both requests take on a busy machine
    other = with_models(open_with, providers, "universal-2")
    assert isinstance(collected(other, row, "run-2", requested_by_user=True), Waiting)
    assert isinstance(collected(other, row, "run-3", requested_by_user=True), Waiting)  # requested again while waiting
    assert orders(providers) == 2
    providers.settings(processing_seconds=0)
    while poll_orders(other).moved_on == 0:
        pass
    found = collected(other, row, "run-4")
    assert isinstance(found, Obtained)
    assert (found.version, found.reused) == (2, False)
    back = collected(
        with_models(open_with, providers, "universal-3-5-pro,universal-2"), row, "run-5", requested_by_user=True
    )
    assert isinstance(back, Obtained)
    assert orders(providers) == 2  # the transcript of the first order is fetched again


def test_an_automatic_run_with_other_options_buys_nothing(
    paid: Installation, providers: Providers, open_with: OpenWith
) -> None:
    row = ordered(paid)
    collected(paid, row)
    again = collected(with_models(open_with, providers, "universal-2"), row, "run-2")
    assert isinstance(again, Obtained)
    assert again.reused
    assert orders(providers) == 1


def test_a_run_before_any_order_orders_by_itself(paid: Installation, providers: Providers) -> None:
    row = accepted(paid)
    assert isinstance(collected(paid, row, requested_by_user=True), Obtained)  # the loopback provider is immediate
    assert orders(providers) == 1


def test_while_somebody_else_places_the_order_a_run_does_not(paid: Installation, providers: Providers) -> None:
    row = accepted(paid)
    order = paid.store.orders.open(row.key, options_of(paid.speech.choose(has_transcript=False), row))
    paid.store.orders.claim(order.id, "other")
    assert isinstance(collected(paid, row, requested_by_user=True), Waiting)
    assert orders(providers) == 0


def test_a_worker_that_died_between_transcript_and_ledger_costs_nothing_twice(
    paid: Installation, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = ordered(paid)
    with monkeypatch.context() as dying:
        dying.setattr(Orders, "finish", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            collected(paid, row)
    again = obtain(paid, row.key, "run-1", requested_by_user=False)
    assert isinstance(again, Obtained)
    assert again.reused
    hours = again.transcript.duration_ms / 3_600_000
    assert paid.store.records.get(row.key).cost_usd == pytest.approx((0.21 + 0.02) * hours)
    assert [order.state for order in paid.store.orders.list()] == ["collected"]


def test_what_the_provider_is_still_at_is_waited_for_elsewhere(paid: Installation, providers: Providers) -> None:
    providers.fault(CREATE, "never")
    row = ordered(paid)
    assert collected(paid, row, requested_by_user=True) == Waiting("assemblyai")
    assert paid.store.recordings.get(row.key).stage == Stage.TRANSCRIBING


def test_past_its_deadline_an_order_is_given_up(paid: Installation, providers: Providers, clock: Clock) -> None:
    providers.fault(CREATE, "never")
    row = ordered(paid)
    clock.advance(store_policies.ORDER_DEADLINE_SECONDS + 1)
    with pytest.raises(ProviderRefused) as caught:
        collected(paid, row)
    assert caught.value.code == "provider_timeout"


def test_an_order_that_is_done_after_its_deadline_is_still_collected(
    paid: Installation, providers: Providers, clock: Clock
) -> None:
    row = ordered(paid)
    clock.advance(store_policies.ORDER_DEADLINE_SECONDS + 1)
    assert isinstance(collected(paid, row), Obtained)


@pytest.mark.parametrize("text", ["", "Hm.", "         "])
def test_too_little_speech_is_permanent_paid_and_not_paid_again(
    paid: Installation, providers: Providers, text: str
) -> None:
    providers.script(text=text)
    row = ordered(paid)
    for run in ("run-1", "run-2"):
        with pytest.raises(PermanentError) as caught:
            collected(paid, row, run)
        assert caught.value.code == "insufficient_content"
        assert not caught.value.retryable
    [order] = paid.store.orders.list()
    assert (order.state, orders(providers)) == ("collected", 1)
    assert order.cost_usd > 0
    assert stored_versions(paid, row) == 0


def test_what_the_provider_refused_is_permanent(paid: Installation, providers: Providers) -> None:
    providers.fault(CREATE, "error", message="Transcoding failed. File type unknown")
    row = ordered(paid)
    with pytest.raises(ProviderRefused) as caught:
        collected(paid, row)
    assert caught.value.code == "bad_audio"
    assert [order.state for order in paid.store.orders.list()] == ["rejected"]


def test_an_upload_that_the_provider_has_lost_is_uploaded_and_ordered_again(
    paid: Installation, providers: Providers
) -> None:
    providers.fault(CREATE, "error", message="Download error, unable to download the file")
    row = ordered(paid)
    with pytest.raises(ProviderUnavailable) as caught:
        collected(paid, row)
    assert caught.value.code == "upload_expired"
    assert isinstance(collected(paid, row, "run-2"), Obtained)
    ledger = providers.ledger()
    assert (len(ledger["uploads"]), len(ledger["orders"])) == (2, 2)


def test_an_upload_that_is_lost_costs_a_try_each_time(paid: Installation, providers: Providers) -> None:
    providers.fault(CREATE, "error", message="Download error, unable to download the file")
    row = ordered(paid)
    with pytest.raises(ProviderUnavailable) as caught:
        collected(paid, row)
    assert caught.value.retry_after_s is not None
    assert caught.value.retry_after_s > policies.RUN_RETRY_AFTER_CAP_SECONDS, "a try in the same run is not counted"
    paid.store.lifecycle.collect_later(row.key, "run-1", caught.value)
    assert paid.store.recordings.get(row.key).attempts == 1


INTERNAL = "Internal server error. Please retry your request."


def test_what_failed_at_the_provider_is_ordered_again(paid: Installation, providers: Providers) -> None:
    providers.fault(CREATE, "error", message=INTERNAL)
    row = ordered(paid)
    with pytest.raises(ProviderUnavailable) as caught:
        collected(paid, row)
    assert caught.value.code == "provider_failed"
    assert not caught.value.outage, "no other recording waits for it"
    assert isinstance(collected(paid, row, "run-2"), Obtained)
    assert orders(providers) == 2
    assert [order.state for order in paid.store.orders.list()] == ["collected"]


def test_what_always_fails_at_the_provider_is_ordered_a_bounded_number_of_times(
    paid: Installation, providers: Providers
) -> None:
    providers.fault(CREATE, "error", message=INTERNAL, times=-1)
    row = ordered(paid)
    for run in range(store_policies.TRANSCRIPT_ATTEMPTS):
        with pytest.raises(ProviderUnavailable) as caught:
            collected(paid, row, f"run-{run}")
        paid.store.lifecycle.collect_later(row.key, f"run-{run}", caught.value)
    failed = paid.store.recordings.get(row.key)
    assert (failed.status, failed.error_code) == ("failed", "provider_failed")
    assert orders(providers) == store_policies.TRANSCRIPT_ATTEMPTS


def test_an_order_that_the_provider_does_not_know_fails_once_and_is_placed_anew_for_a_person(
    paid: Installation, providers: Providers
) -> None:
    row = ordered(paid)
    providers.fault(ONE, "status", status=404)
    with pytest.raises(ProviderRefused) as caught:
        collected(paid, row)
    assert paid.store.lifecycle.collect_later(row.key, "run-1", caught.value) is None
    assert orders(providers) == 1, "nothing is bought before somebody asks"
    assert paid.store.recordings.retry(row.key, needs_order=True)
    order_due(paid, "worker")
    assert isinstance(collected(paid, row, "run-2"), Obtained)
    assert orders(providers) == 2


def test_without_its_key_a_recording_that_was_ordered_waits_for_the_key(
    paid: Installation, open_with: OpenWith, providers: Providers
) -> None:
    row = ordered(paid)
    without = open_with()
    with pytest.raises(OperatorError) as caught:
        collected(without, row)
    assert (caught.value.code, caught.value.outage) == ("provider_not_configured", True)
    paid.store.outages.probe_soon()  # as `up` does when it starts with the key
    assert isinstance(collected(paid, row, "run-2"), Obtained)
    assert orders(providers) == 1


def test_a_transcript_that_came_along_is_read_without_asking_anybody(paid: Installation, providers: Providers) -> None:
    row = transcribed(paid)
    current = paid.store.results.current(row.key)[ResultKind.TRANSCRIPT]
    assert current.provenance["provider"] == "imported"
    assert providers.ledger()["requests"] == {}


def test_a_local_transcript_is_made_again_for_a_person_and_reused_otherwise(installation: Installation) -> None:
    row = transcribed(installation)
    reused = collected(installation, row, "run-2")
    made = collected(installation, row, "run-3", requested_by_user=True)
    assert isinstance(reused, Obtained)
    assert isinstance(made, Obtained)
    assert (reused.reused, reused.version, made.reused, made.version, made.changed) == (True, 1, False, 2, False)


@pytest.mark.parametrize("name", ["weekly.wav", "weekly.vtt"])
def test_a_stored_copy_that_is_gone_is_said(paid: Installation, name: str) -> None:
    row = accepted(paid, name, TALK if name.endswith("vtt") else None)
    (paid.settings.recordings / row.key / (row.media_file or row.transcript_file or "")).unlink()
    with pytest.raises(PermanentError) as caught:
        collected(paid, row)
    assert caught.value.code == "no_content"


def test_an_error_of_the_system_that_the_stored_copy_does_not_explain_is_raised_as_it_is(
    paid: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = ordered(paid)

    def collect(*_arguments: object) -> object:
        raise FileNotFoundError(2, "No such file or directory", "/gone/cacert.pem")

    monkeypatch.setattr(AssemblyAI, "collect", collect)
    with pytest.raises(FileNotFoundError):
        collected(paid, row)


def test_a_hiccup_while_collecting_can_be_tried_again(paid: Installation, providers: Providers) -> None:
    row = ordered(paid)
    providers.fault(ONE, "status", status=503, retry_after=7)
    with pytest.raises(ProviderUnavailable) as caught:
        collected(paid, row)
    assert caught.value.retry_after_s == 7
    assert isinstance(obtain(paid, row.key, "run-1", requested_by_user=False), Obtained)
    assert orders(providers) == 1


def test_ordering_again_after_a_failure_that_was_collected_leads_to_an_outcome(
    paid: Installation, providers: Providers
) -> None:
    providers.script(text="Hm.")
    row = ordered(paid)
    with pytest.raises(PermanentError) as caught:
        collected(paid, row)
    paid.store.lifecycle.collect_later(row.key, "run-1", caught.value)
    assert paid.store.recordings.retry(row.key, needs_order=True)
    order_due(paid, "worker")
    assert [ticket.key for ticket in paid.store.lifecycle.request_runs(5)] == [row.key]
    assert orders(providers) == 1
