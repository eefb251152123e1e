"""A provider's outage: no recording loses an attempt, a request is sent only now and then, and work resumes afterwards."""

import logging

import pytest

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.domain.outage import Service
from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.delivery.finish import finish
from meeting_pipeline.steps.extraction.extract import extract
from meeting_pipeline.steps.extraction.gaps import note_gap
from meeting_pipeline.steps.extraction.outcomes import Missing
from meeting_pipeline.steps.transcription import policies as transcription_policies
from meeting_pipeline.steps.transcription.collect import Waiting, obtain
from meeting_pipeline.steps.transcription.obtained import Obtained
from meeting_pipeline.steps.transcription.order import OrderReport, order_due
from meeting_pipeline.steps.transcription.outages import probe
from meeting_pipeline.steps.transcription.poll import poll_orders
from meeting_pipeline.store import policies as store_policies
from meeting_pipeline.store.recordings.outage_filter import waits_for
from meeting_pipeline.store.tables import Recording
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import TALK, Clock, OpenWith, accepted, drop, take_all
from meeting_pipeline_tests.steps.journeys import collected, ordered

LIST, CREATE, ONE, UPLOAD = "GET /v2/transcript", "POST /v2/transcript", "GET /v2/transcript/*", "POST /v2/upload"
ASK, MODELS = "POST /v1/responses", "GET /v1/models*"
ALL_SPEECH, ALL_INSIGHTS = "* /v2/*", "* /v1/*"
DAY = 24 * 3600.0


def many(installation: Installation, count: int) -> list[Recording]:
    for number in range(count):
        drop(installation, f"{number}.wav")
    take_all(installation)
    return list(reversed(installation.store.recordings.list()))


def row_of(installation: Installation, row: Recording) -> Recording:
    return installation.store.recordings.get(row.key)


def asked(providers: Providers) -> int:
    return sum(providers.ledger()["requests"].values())


def bought(providers: Providers) -> int:
    return len(providers.ledger()["orders"])


def outages(installation: Installation) -> list[tuple[str, str]]:
    return [(outage.service.value, outage.code) for outage in installation.store.outages.open()]


def round_of(installation: Installation) -> OrderReport:
    """Do what the sensor and its run do."""
    poll_orders(installation)
    return order_due(installation, "worker")


# --- ordering ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "reset"}, {"kind": "close"}, {"kind": "status", "status": 500}, {"kind": "status", "status": 503},
        {"kind": "status", "status": 429}, {"kind": "status", "status": 401}, {"kind": "html"}, {"kind": "malformed"},
    ],
    ids=lambda fault: f"{fault['kind']}-{fault.get('status', '')}",
)  # fmt: skip
def test_a_day_without_the_provider_costs_no_recording_a_try_and_few_requests(
    paid: Installation, providers: Providers, clock: Clock, fault: dict[str, object]
) -> None:
    rows = many(paid, 3)
    providers.fault(ALL_SPEECH, times=-1, **fault)  # type: ignore[arg-type]  # the fault's own words
    before = asked(providers)
    rounds = int(DAY / 1200)
    for _ in range(rounds):
        round_of(paid)
        round_of(paid)
        clock.advance(1200)
    assert asked(providers) - before <= 20 + rounds
    assert {(row_of(paid, row).status, row_of(paid, row).attempts) for row in rows} == {("pending", 0)}
    assert bought(providers) == 0
    providers.clear_faults()
    clock.advance(store_policies.OUTAGE_MAX_SECONDS)
    assert round_of(paid) == OrderReport(placed=3)
    assert (outages(paid), bought(providers)) == ([], 3)


def test_one_recording_alone_is_not_blamed_for_an_outage(
    paid: Installation, providers: Providers, clock: Clock
) -> None:
    row = accepted(paid)
    providers.fault(ALL_SPEECH, "reset", times=-1)
    assert order_due(paid, "worker") == OrderReport(deferred=1)
    shown = row_of(paid, row)
    assert (shown.status, shown.stage, shown.attempts) == (RecordingStatus.PENDING, Stage.ORDERING, 0)
    assert shown.error_code == "provider_unreachable"
    assert outages(paid) == [("transcription", "provider_unreachable")]
    assert order_due(paid, "worker") == OrderReport()
    assert waits_for(paid.store.database, paid.store.outages.open())[row.key].provider == "assemblyai"


def test_what_fails_for_one_recording_alone_fails_it_after_its_tries_and_holds_up_nobody(
    paid: Installation, providers: Providers, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = accepted(paid, "bad.wav"), accepted(paid, "good.wav")
    from meeting_pipeline.domain.errors import ProviderUnavailable
    from meeting_pipeline.providers.assemblyai import AssemblyAI

    real = AssemblyAI.upload

    def upload(self: AssemblyAI, audio: object) -> str:
        if bad.key in str(audio.media_path):  # type: ignore[attr-defined]  # an Audio
            raise ProviderUnavailable("provider_unavailable", "HTTP 500.")
        return real(self, audio)  # type: ignore[arg-type]  # an Audio

    monkeypatch.setattr(AssemblyAI, "upload", upload)
    for number in range(store_policies.TRANSCRIPT_ATTEMPTS):
        order_due(paid, "worker")
        assert outages(paid) == []
        accepted(paid, f"new-{number}.wav")
        assert order_due(paid, "worker") == OrderReport(placed=1)
        clock.advance(policies.RETRY_MAX_SECONDS)
    assert row_of(paid, bad).status == RecordingStatus.FAILED
    assert row_of(paid, good).stage == Stage.TRANSCRIBING


def test_orders_that_fail_while_the_provider_answers_are_tried_one_at_a_time(
    paid: Installation, providers: Providers, clock: Clock
) -> None:
    rows = many(paid, 6)
    providers.fault(CREATE, "status", status=500, times=-1)
    order_due(paid, "worker")
    assert outages(paid) == [("orders", "provider_unavailable")]
    assert sum(row_of(paid, row).attempts for row in rows) == 1, "one failure alone is the recording's"
    tried = set()
    for _ in range(12):
        clock.advance(store_policies.OUTAGE_MAX_SECONDS)
        before = providers.ledger()["requests"][CREATE]
        poll_orders(paid)
        assert order_due(paid, "worker") == OrderReport(deferred=1)
        assert order_due(paid, "worker") == OrderReport()
        assert providers.ledger()["requests"][CREATE] == before + 1
        [outage] = paid.store.outages.open()
        tried.add(outage.trial)
    assert tried == {row.key for row in rows}, "all have their turn"
    providers.clear_faults()
    clock.advance(store_policies.OUTAGE_MAX_SECONDS)
    assert order_due(paid, "worker") == OrderReport(placed=1)
    assert order_due(paid, "worker") == OrderReport(placed=5)
    assert bought(providers) == 6


def test_an_account_without_credit_stops_orders_at_once_and_is_told_once(
    paid: Installation, providers: Providers, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "meeting_pipeline")
    flying = ordered(paid)
    rows = many(paid, 8)
    providers.fault(CREATE, "status", status=402, times=-1)
    order_due(paid, "worker")
    tries = providers.ledger()["requests"][CREATE]
    assert tries <= 1 + transcription_policies.INTAKE_UPLOADS, "no more than were under way"
    for _ in range(3):
        round_of(paid)
    assert providers.ledger()["requests"][CREATE] == tries
    assert outages(paid) == [("orders", "assemblyai_no_credit")]
    assert row_of(paid, flying).stage == Stage.READY, "what is bought is fetched"
    providers.clear_faults()
    clock.advance(store_policies.OPERATOR_RETRY_SECONDS)
    round_of(paid)
    round_of(paid)
    assert {row_of(paid, row).stage for row in rows} <= {Stage.TRANSCRIBING, Stage.READY}
    told = [record.getMessage() for record in caplog.records if "assemblyai (orders)" in record.getMessage()]
    assert len(told) == 2
    assert "Add credit" in told[0]
    assert "works again" in told[1]


def test_after_two_days_the_provider_is_given_no_more_benefit_of_the_doubt(
    paid: Installation, providers: Providers, clock: Clock
) -> None:
    rows = many(paid, 2)
    providers.fault(CREATE, "status", status=500, times=-1)
    order_due(paid, "worker")
    for _ in range(3):
        clock.advance(store_policies.OUTAGE_MAX_SECONDS)
        order_due(paid, "worker")
    assert RecordingStatus.FAILED not in {row_of(paid, row).status for row in rows}
    clock.advance(transcription_policies.OUTAGE_BENEFIT_SECONDS)
    for _ in range(3 * store_policies.TRANSCRIPT_ATTEMPTS):
        clock.advance(policies.RETRY_MAX_SECONDS)
        order_due(paid, "worker")
    assert {row_of(paid, row).status for row in rows} == {RecordingStatus.FAILED}


def test_new_arrivals_are_not_starved_by_a_backlog(paid: Installation, providers: Providers, clock: Clock) -> None:
    many(paid, 10)
    clock.advance(60)
    new = accepted(paid, "new.wav")
    chosen = paid.store.due_work.orders_due(4)
    assert new.key in {row.key for row in chosen}
    assert len({row.key for row in chosen}) == 4


# --- looking and collecting -------------------------------------------------------------------------------------------


def test_what_is_with_the_provider_is_collected_after_its_outage_even_past_the_deadline(
    paid: Installation, providers: Providers, clock: Clock
) -> None:
    row = ordered(paid)
    providers.fault(ALL_SPEECH, "status", status=503, times=-1)
    poll_orders(paid)
    clock.advance(store_policies.ORDER_DEADLINE_SECONDS + 1)
    poll_orders(paid)
    assert paid.store.lifecycle.request_runs(5, paid.store.outages.open()) == []
    providers.clear_faults()
    clock.advance(store_policies.OUTAGE_MAX_SECONDS)
    assert poll_orders(paid).moved_on == 1
    assert isinstance(collected(paid, row), Obtained)
    assert bought(providers) == 1


def collect_and_fail(installation: Installation, row: Recording, run_id: str) -> PipelineError:
    """Begin a run that cannot collect, and end it as the asset does. Returns the error."""
    installation.store.lifecycle.begin(row.key, run_id, collecting=True)
    with pytest.raises(PipelineError) as caught:
        obtain(installation, row.key, run_id, requested_by_user=False)
    installation.store.lifecycle.collect_later(row.key, run_id, caught.value)
    installation.store.leases.end(run_id)
    return caught.value


def test_runs_are_not_started_in_vain_while_nothing_can_be_collected(
    paid: Installation, providers: Providers, clock: Clock
) -> None:
    rows = many(paid, 3)
    order_due(paid, "worker")
    poll_orders(paid)
    assert len(paid.store.lifecycle.request_runs(10)) == 3
    providers.fault(ALL_SPEECH, "status", status=503, times=-1)
    assert collect_and_fail(paid, rows[0], "run-0").outage
    before = asked(providers)
    assert collect_and_fail(paid, rows[1], "run-1").outage
    assert asked(providers) == before, "it was known"
    assert paid.store.lifecycle.request_runs(10, paid.store.outages.open()) == []
    assert {row_of(paid, row).attempts for row in rows} == {0}
    providers.clear_faults()
    clock.advance(store_policies.OUTAGE_MAX_SECONDS)
    poll_orders(paid)
    assert {ticket.key for ticket in paid.store.lifecycle.request_runs(10, paid.store.outages.open())} == {
        rows[0].key,
        rows[1].key,
    }


def test_imported_transcripts_do_not_wait_for_a_provider(paid: Installation, providers: Providers) -> None:
    accepted(paid)
    providers.fault(ALL_SPEECH, "reset", times=-1)
    order_due(paid, "worker")
    row = accepted(paid, "weekly.vtt", TALK)
    assert [t.key for t in paid.store.lifecycle.request_runs(5, paid.store.outages.open())] == [row.key]


def test_collecting_that_fails_while_the_list_works_is_tried_by_one_recording_at_a_time(
    paid: Installation, providers: Providers, clock: Clock
) -> None:
    rows = many(paid, 3)
    order_due(paid, "worker")
    poll_orders(paid)
    assert len(paid.store.lifecycle.request_runs(10)) == 3
    providers.fault(ONE, "status", status=500, times=-1)
    found = [collect_and_fail(paid, row, f"run-{number}") for number, row in enumerate(rows)]
    assert [error.outage for error in found] == [False, True, True]
    [outage] = paid.store.outages.open()
    assert outage.service is Service.TRANSCRIPTS
    assert paid.store.lifecycle.request_runs(10, [outage]) == []
    first = paid.store.due_work.first_blocked_by_outage(outage)
    assert first is not None
    clock.advance(store_policies.OUTAGE_FIRST_SECONDS)
    assert paid.store.outages.claim_probe("assemblyai", outage.service, first.key)
    assert paid.store.lifecycle.request_run(first.key) is not None
    providers.clear_faults()
    assert isinstance(collected(paid, first, "trial"), Obtained)
    assert outages(paid) == []


def test_two_broken_recordings_do_not_hold_up_runs_that_are_under_way(paid: Installation, providers: Providers) -> None:
    rows = many(paid, 3)
    order_due(paid, "worker")
    poll_orders(paid)
    assert len(paid.store.lifecycle.request_runs(10)) == 3
    providers.fault(ONE, "status", status=500, times=2)
    for number in (0, 1):
        collect_and_fail(paid, rows[number], f"run-{number}")
    assert outages(paid) == [("transcripts", "provider_unavailable")]
    paid.store.lifecycle.begin(rows[2].key, "run-2", collecting=True)
    assert isinstance(obtain(paid, rows[2].key, "run-2", requested_by_user=False), Obtained)
    assert outages(paid) == []


def test_a_new_transcript_that_was_bought_for_a_completed_recording_comes_by_itself_after_an_outage(
    paid: Installation, providers: Providers, open_with: OpenWith, clock: Clock
) -> None:
    row = ordered(paid)
    collected(paid, row)
    finish(paid, row.key, "run-1")
    paid.store.leases.end("run-1")
    other = open_with(**providers.environment(), ASSEMBLYAI_SPEECH_MODELS="universal-2")
    other.store.lifecycle.begin(row.key, "person", collecting=True)
    providers.fault(ONE, "status", status=503, times=-1)
    providers.fault(LIST, "status", status=503, times=-1)
    with pytest.raises(PipelineError) as caught:
        obtain(other, row.key, "person", requested_by_user=True)
    assert caught.value.outage
    assert other.store.lifecycle.collect_later(row.key, "person", caught.value) is not None
    other.store.leases.end("person")
    shown = row_of(other, row)
    assert (shown.status, shown.stage, shown.error_code) == (RecordingStatus.COMPLETED, Stage.READY, None)
    providers.clear_faults()
    clock.advance(store_policies.OUTAGE_MAX_SECONDS)
    found = collected(other, row, "run-2")
    assert isinstance(found, Obtained)
    assert (found.version, bought(providers)) == (2, 2)


# --- orders that never end --------------------------------------------------------------------------------------------


def timed_out(installation: Installation, providers: Providers, clock: Clock) -> Recording:
    """A recording that failed because its order missed the deadline."""
    providers.fault(CREATE, "never")
    row = ordered(installation)
    clock.advance(store_policies.ORDER_DEADLINE_SECONDS + 1)
    poll_orders(installation)
    installation.store.lifecycle.request_runs(5)
    assert collect_and_fail(installation, row, "run-1").code == "provider_timeout"
    assert row_of(installation, row).status == RecordingStatus.FAILED
    return row


def test_a_person_who_asks_again_after_a_timeout_gets_a_new_order_and_the_old_one_stays_in_the_books(
    paid: Installation, providers: Providers, clock: Clock
) -> None:
    row = timed_out(paid, providers, clock)
    assert paid.store.recordings.retry(row.key, needs_order=True)
    assert order_due(paid, "worker") == OrderReport(placed=1)
    assert isinstance(collected(paid, row, "run-2"), Obtained)
    old, new = paid.store.orders.list([row.key])
    assert (old.state, old.error_code, new.state) == ("given_up", "provider_timeout", "collected")
    assert old.provider_id == providers.ledger()["orders"][0]["id"]
    assert bought(providers) == 2


def test_an_order_that_came_to_an_end_after_all_is_not_bought_again(
    paid: Installation, providers: Providers, clock: Clock
) -> None:
    row = timed_out(paid, providers, clock)
    [order] = paid.store.orders.list([row.key])
    done = {"id": order.provider_id, "status": "completed", "audio_url": None}
    providers.fault(LIST, "status", status=200, body={"page_details": {}, "transcripts": [done]})
    assert paid.store.recordings.retry(row.key, needs_order=True)
    assert order_due(paid, "worker") == OrderReport(placed=1)
    assert [found.state for found in paid.store.orders.list([row.key])] == ["ordered"]
    assert bought(providers) == 1


def test_a_person_in_the_ui_gets_a_new_order_too(paid: Installation, providers: Providers, clock: Clock) -> None:
    row = timed_out(paid, providers, clock)
    providers.settings(processing_seconds=600)
    assert isinstance(collected(paid, row, "run-2", requested_by_user=True), Waiting)
    assert bought(providers) == 2


# --- insights ---------------------------------------------------------------------------------------------------------


def without_insights(installation: Installation, name: str) -> Recording:
    """A recording whose run ended with a gap for each missing insight."""
    row = accepted(installation, f"{name}.vtt", TALK + f"\nNOTE {name}\n")
    collected(installation, row, name)
    for outcome in extract(installation, row.key, name, list(Insight), requested_by_user=False).values():
        if isinstance(outcome, Missing):
            note_gap(installation, row.key, name, outcome)
    finish(installation, row.key, name)
    installation.store.leases.end(name)
    return row


def test_a_day_without_the_language_model_burns_no_try_of_a_gap(
    paid: Installation, providers: Providers, clock: Clock
) -> None:
    providers.fault(ALL_INSIGHTS, "reset", times=-1)
    first = without_insights(paid, "first")
    before = asked(providers)
    second = without_insights(paid, "second")
    assert asked(providers) == before, "it was known"
    for row in (first, second):
        assert row_of(paid, row).status == RecordingStatus.COMPLETED
        assert len(paid.store.records.get(row.key).gaps) == 3
    for _ in range(int(2 * DAY / 600)):
        clock.advance(600)
        probe(paid, Service.INSIGHTS)
    assert outages(paid) == [("insights", "provider_unavailable")]
    providers.clear_faults()
    clock.advance(store_policies.OUTAGE_MAX_SECONDS)
    probe(paid, Service.INSIGHTS)
    assert outages(paid) == []
    due = paid.store.gap_requests.gaps_due(5)
    assert {gap.key for gap in due} == {first.key, second.key}
    assert {gap.tries for gap in due} == {0}


def test_an_insight_that_fails_beside_others_that_work_is_no_outage(paid: Installation, providers: Providers) -> None:
    for name in ("one", "two", "three"):
        providers.fault(ASK, "status", status=500, insight="summary")
        row = without_insights(paid, name)
        [gap] = paid.store.records.get(row.key).gaps
        assert gap.insight is Insight.SUMMARY
    assert outages(paid) == []


def test_what_alone_is_left_of_a_run_that_had_answers_is_no_outage(paid: Installation, providers: Providers) -> None:
    providers.fault(ASK, "status", status=500, insight="summary", times=-1)
    for name in ("one", "two"):
        row = accepted(paid, f"{name}.vtt", TALK + f"\nNOTE {name}\n")
        collected(paid, row, name)
        for _ in range(3):
            found = extract(paid, row.key, name, list(Insight), requested_by_user=False)[Insight.SUMMARY]
            assert isinstance(found, Missing)
            assert not found.error.outage
    assert outages(paid) == []


def test_an_account_without_credit_is_an_outage_of_the_answers_alone(
    paid: Installation, providers: Providers, clock: Clock
) -> None:
    providers.fault(ASK, "status", status=429, code="insufficient_quota", times=-1)
    row = without_insights(paid, "one")
    assert outages(paid) == [("llm_calls", "openai_no_credit")]
    assert {gap.code for gap in paid.store.records.get(row.key).gaps} == {"openai_no_credit"}
    asks = providers.ledger()["requests"][ASK]
    without_insights(paid, "two")
    assert providers.ledger()["requests"][ASK] == asks
    providers.clear_faults()
    paid.store.lifecycle.begin(row.key, "person", collecting=False)
    extract(paid, row.key, "person", [Insight.SUMMARY], requested_by_user=True)
    assert outages(paid) == [], "a person's run asks all the same, and its answer ends the outage"


def test_a_compatible_server_that_lists_no_models_is_not_out(paid: Installation, providers: Providers) -> None:
    providers.fault(MODELS, "status", status=404, times=-1)
    providers.fault(ASK, "status", status=500, times=-1)
    without_insights(paid, "one")
    assert outages(paid) == []
    without_insights(paid, "two")
    assert outages(paid) == [("llm_calls", "provider_unavailable")]


def test_the_outage_of_a_provider_that_nobody_uses_any_more_is_forgotten(
    paid: Installation, providers: Providers, open_with: OpenWith
) -> None:
    accepted(paid)
    providers.fault("*", "reset", times=-1)
    order_due(paid, "worker")
    without_insights(paid, "one")
    assert len(outages(paid)) == 2
    local = open_with()
    probe(local, Service.TRANSCRIPTION)
    probe(local, Service.INSIGHTS)
    assert [outage.provider for outage in local.store.outages.open()] == ["assemblyai"], "an order waits for it"
