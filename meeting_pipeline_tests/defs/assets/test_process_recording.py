"""The assets of one recording, run by Dagster: retries, gaps, waits, failures, and runs of single assets."""

from datetime import timedelta
from typing import Any

import dagster as dg
import pytest
from sqlalchemy.exc import OperationalError

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import StoreUnavailable, WorkerFenced
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline.providers.openai import OpenAIAnalyst
from meeting_pipeline.steps.processing import stages
from meeting_pipeline.steps.transcription import collect, obtained
from meeting_pipeline.store import policies as store_policies
from meeting_pipeline.store.results.records import Records
from meeting_pipeline.store.results.results import Results
from meeting_pipeline.store.tables import Artifact, Recording
from meeting_pipeline_tests.dagster_runs import Runs
from meeting_pipeline_tests.fakes.control import Providers, Receiver
from meeting_pipeline_tests.installations import TALK, Clock, accepted
from meeting_pipeline_tests.steps.journeys import ordered

ASK, CREATE, ONE = "POST /v1/responses", "POST /v2/transcript", "GET /v2/transcript/*"
ALL = {"transcript", "speakers", "summary", "action_items", "decisions", "minutes"}


def imported(runs: Runs) -> Recording:
    """A recording that needs no order."""
    return accepted(runs.installation, "weekly.vtt", TALK)


def queued(runs: Runs, row: Recording) -> None:
    """Request a run, as the sensor does."""
    runs.installation.store.lifecycle.ready(row.key)
    runs.installation.store.lifecycle.request_runs(50)


def now(runs: Runs, row: Recording) -> Recording:
    return runs.installation.store.recordings.get(row.key)


def calls(providers: Providers) -> list[str]:
    return sorted(call["insight"] for call in providers.ledger()["llm_calls"])


# --- going well -------------------------------------------------------------------------------------------------------


def test_one_run_takes_a_recording_from_its_order_to_its_minutes(runs: Runs, providers: Providers) -> None:
    row = ordered(runs.installation)
    queued(runs, row)
    ran = runs.recording(row.key)
    assert ran.success
    assert set(ran.materialized) == ALL
    assert {ran.outcome(asset) for asset in ALL} == {"available"}
    assert all(ran.checks.values())
    assert (now(runs, row).status, now(runs, row).stage) == (RecordingStatus.COMPLETED, Stage.DONE)
    ledger = providers.ledger()
    assert (len(ledger["uploads"]), len(ledger["orders"]), len(ledger["llm_calls"])) == (1, 1, 4)
    assert runs.installation.store.lease_watch.live_workers() == []


def test_nothing_said_stands_in_tags_or_run_configuration(runs: Runs, providers: Providers) -> None:
    row = imported(runs)
    run = runs.instance.get_run_by_id(runs.recording(row.key).result.run_id)
    assert run is not None
    assert "draft of the plan" not in repr((run.tags, run.run_config))
    assert "Dana" not in repr((run.tags, run.run_config))


def test_a_hiccup_of_the_analyst_is_tried_again_in_the_run(runs: Runs, providers: Providers) -> None:
    row = imported(runs)
    providers.fault(ASK, "status", status=500, insight="summary")
    ran = runs.recording(row.key)
    assert ran.success
    assert ran.steps(dg.DagsterEventType.STEP_UP_FOR_RETRY) == ["insights"]
    assert ran.outcome("summary") == "available"
    assert calls(providers) == ["action_items", "decisions", "summary"]
    assert len(runs.waits) == 1


def test_a_hiccup_while_collecting_is_tried_again_in_the_run(runs: Runs, providers: Providers) -> None:
    row = ordered(runs.installation)
    queued(runs, row)
    providers.fault(ONE, "status", status=503)
    ran = runs.recording(row.key)
    assert ran.success
    assert ran.steps(dg.DagsterEventType.STEP_UP_FOR_RETRY) == ["transcript"]
    assert (now(runs, row).status, now(runs, row).attempts) == (RecordingStatus.COMPLETED, 0)


def test_a_short_retry_after_is_waited_for_in_the_run(runs: Runs, providers: Providers) -> None:
    row = imported(runs)
    providers.fault(ASK, "status", status=429, retry_after=11, insight="summary")
    assert runs.recording(row.key).outcome("summary") == "available"
    assert [round(wait) for wait in runs.waits] == [11]


def test_the_whole_record_is_loaded_once_for_all_that_is_shown_of_the_insights(
    runs: Runs, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = imported(runs)
    assert runs.recording(row.key, selection=["transcript"]).success
    providers.fault(ASK, "status", status=500, insight="decisions", times=-1)
    loaded: list[str] = []
    get, current = Records.get, Results.current

    def counting(self: Records, key: str) -> MeetingRecord:
        loaded.append("record")
        return get(self, key)

    def narrow(self: Results, key: str, *kinds: ResultKind) -> dict[ResultKind, Artifact]:
        loaded.append("+".join(kinds) or "all results")
        return current(self, key, *kinds)

    monkeypatch.setattr(Records, "get", counting)
    monkeypatch.setattr(Results, "current", narrow)
    ran = runs.recording(row.key, selection=[insight.value for insight in Insight])
    assert {ran.outcome(insight.value) for insight in Insight} == {"available", policies.OUTCOME_GAP}
    assert loaded == [*["transcript"] * (1 + policies.RUN_RETRIES), "record"]


# --- gaps -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("insight", ["summary", "action_items", "decisions"])
def test_an_insight_that_cannot_be_had_is_a_gap_and_the_recording_completes(
    runs: Runs, providers: Providers, insight: str
) -> None:
    row = imported(runs)
    providers.fault(ASK, "status", status=500, insight=insight, times=-1)
    ran = runs.recording(row.key)
    assert ran.success
    assert len(runs.waits) == policies.RUN_RETRIES
    assert ran.outcome(insight) == policies.OUTCOME_GAP
    assert [name for name, passed in ran.checks.items() if not passed] == [
        f"{insight}_are_available" if insight != "summary" else "summary_is_available"
    ]
    assert now(runs, row).status == RecordingStatus.COMPLETED
    record = runs.installation.store.records.get(row.key)
    assert [gap.insight.value for gap in record.gaps] == [insight]
    assert insight.replace("_", " ") in (runs.installation.settings.recordings / row.key / "minutes.md").read_text()


def test_a_gap_has_the_keys_and_types_of_a_good_result(runs: Runs, providers: Providers) -> None:
    row = imported(runs)
    good = runs.recording(row.key).materialized["summary"].metadata
    providers.fault(ASK, "status", status=500, times=-1)
    gap = runs.recording(row.key, selection=["summary"], automatic=False).materialized["summary"].metadata
    shared = set(good) & set(gap)
    assert {"preview", "result", "outcome", "item_count", "llm_calls", "cost_usd"} <= shared
    assert {key: type(gap[key]) for key in shared} == {key: type(good[key]) for key in shared}


def test_a_gap_keeps_the_earlier_good_result(runs: Runs, providers: Providers) -> None:
    row = imported(runs)
    runs.recording(row.key)
    before = runs.installation.store.records.get(row.key).summary
    providers.fault(ASK, "status", status=500, times=-1)
    ran = runs.recording(row.key, selection=["summary"], automatic=False)
    assert ran.success
    assert ran.checks == {"summary_is_available": False}
    record = runs.installation.store.records.get(row.key)
    assert (record.summary, record.gaps) == (before, ())


def test_what_is_refused_for_good_is_not_tried_again_in_the_run(runs: Runs, providers: Providers) -> None:
    row = imported(runs)
    providers.fault(ASK, "status", status=400, insight="summary", times=-1)
    assert runs.recording(row.key).outcome("summary") == policies.OUTCOME_GAP
    assert runs.waits == []
    [gap] = runs.installation.store.records.get(row.key).gaps
    assert gap.retry_at is None


def test_a_wrong_key_is_not_tried_again_in_the_run(runs: Runs, providers: Providers) -> None:
    row = imported(runs)
    providers.settings(openai_key="another")
    ran = runs.recording(row.key)
    assert ran.success
    assert runs.waits == []
    assert {gap.code for gap in runs.installation.store.records.get(row.key).gaps} == {"openai_key_refused"}


def test_a_long_retry_after_becomes_a_due_time(runs: Runs, providers: Providers, clock: Clock) -> None:
    row = imported(runs)
    providers.fault(ASK, "status", status=429, retry_after=900, insight="summary", times=-1)
    runs.recording(row.key)
    assert runs.waits == []
    [gap] = runs.installation.store.records.get(row.key).gaps
    assert gap.retry_at is not None
    assert timedelta(seconds=800) < gap.retry_at - clock() <= timedelta(seconds=900)


def test_a_bug_is_no_gap(runs: Runs, providers: Providers, monkeypatch: pytest.MonkeyPatch) -> None:
    row = imported(runs)
    real = OpenAIAnalyst.extract

    def buggy(self: OpenAIAnalyst, insight: Insight, *rest: Any) -> Any:
        if insight is Insight.SUMMARY:
            raise TypeError("a bug")
        return real(self, insight, *rest)

    monkeypatch.setattr(OpenAIAnalyst, "extract", buggy)
    ran = runs.recording(row.key)
    assert not ran.success
    assert list(ran.failures) == ["insights"]
    assert "minutes" not in ran.materialized
    record = runs.installation.store.records.get(row.key)
    assert record.gaps == ()
    assert record.decisions is not None
    assert calls(providers) == ["action_items", "decisions"]


# --- waiting ----------------------------------------------------------------------------------------------------------


def test_a_run_that_has_to_wait_ends_well_and_the_next_completes(
    runs: Runs, providers: Providers, clock: Clock
) -> None:
    row = accepted(runs.installation)
    providers.settings(processing_seconds=3600)
    first = runs.recording(row.key, automatic=False)
    assert first.success
    assert first.materialized == {}
    assert first.steps(dg.DagsterEventType.STEP_SKIPPED) == ["insights", "minutes"]
    assert now(runs, row).stage == Stage.TRANSCRIBING
    providers.settings(processing_seconds=0)
    order_id = providers.ledger()["orders"][0]["id"]
    body = {
        **providers.http.get(f"/v2/transcript/{order_id}", headers={"authorization": providers.assemblyai_key}).json()
    }
    words = "We decided to wait for the transcript."
    providers.fault(ONE, "status", status=200, body={**body, "status": "completed", "text": words, "audio_duration": 9})
    queued(runs, row)
    second = runs.recording(row.key)
    assert second.success
    assert set(second.materialized) == ALL
    ledger = providers.ledger()
    assert (len(ledger["uploads"]), len(ledger["orders"])) == (1, 1)


# --- failing ----------------------------------------------------------------------------------------------------------


def test_a_permanent_failure_is_red_says_what_to_do_and_is_not_tried_again(runs: Runs, providers: Providers) -> None:
    providers.fault(CREATE, "error", message="Transcoding failed. File type unknown")
    row = ordered(runs.installation)
    queued(runs, row)
    ran = runs.recording(row.key)
    assert not ran.success
    assert ran.steps(dg.DagsterEventType.STEP_UP_FOR_RETRY) == []
    failure = ran.failures["transcript"].user_failure_data
    assert failure.metadata["code"].value == "bad_audio"
    assert failure.metadata["what_to_do"].value
    assert (now(runs, row).status, now(runs, row).error_code) == (RecordingStatus.FAILED, "bad_audio")
    assert ran.materialized == {}


def test_a_transient_failure_that_outlasts_the_run_is_due_again(runs: Runs, providers: Providers, clock: Clock) -> None:
    row = ordered(runs.installation)
    queued(runs, row)
    providers.fault(ONE, "status", status=503, times=-1)
    ran = runs.recording(row.key)
    assert not ran.success
    assert len(ran.steps(dg.DagsterEventType.STEP_UP_FOR_RETRY)) == policies.RUN_RETRIES
    waiting = now(runs, row)
    assert (waiting.status, waiting.stage, waiting.attempts) == (RecordingStatus.PENDING, Stage.READY, 1)
    assert waiting.due_at is not None
    assert waiting.due_at > clock()


def test_transient_failures_fail_the_recording_in_the_end(runs: Runs, providers: Providers, clock: Clock) -> None:
    row = ordered(runs.installation)
    providers.fault(ONE, "status", status=503, times=-1)
    for _ in range(store_policies.TRANSCRIPT_ATTEMPTS):
        queued(runs, row)
        runs.recording(row.key)
        clock.advance(policies.RETRY_MAX_SECONDS)
    assert (now(runs, row).status, now(runs, row).error_code) == (RecordingStatus.FAILED, "provider_unavailable")
    assert len(providers.ledger()["orders"]) == 1


def test_an_unknown_recording_is_a_red_asset_without_retries(runs: Runs, providers: Providers) -> None:
    ran = runs.recording("2025-03-14-nobody-00000000")
    assert not ran.success
    assert ran.failures["transcript"].user_failure_data.metadata["code"].value == "unknown_recording"
    assert runs.waits == []


def test_a_run_whose_worker_was_declared_dead_changes_nothing(
    runs: Runs, providers: Providers, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = imported(runs)
    real = obtained.require_content

    def die(*given: Any) -> Any:
        clock.advance(policies.LEASE_SECONDS * 2)
        lease_watch = runs.installation.store.lease_watch
        assert all(lease_watch.revoke_silent_lease(worker) for worker in lease_watch.silent_workers())
        return real(*given)

    monkeypatch.setattr(collect, "require_content", die)
    ran = runs.recording(row.key)
    assert not ran.success
    assert ran.failures["transcript"].user_failure_data.metadata["code"].value == "worker_fenced"
    assert runs.installation.store.results.versions(row.key) == []


# --- one asset alone --------------------------------------------------------------------------------------------------


def test_materializing_one_insight_buys_that_alone_and_leaves_the_stage_alone(runs: Runs, providers: Providers) -> None:
    row = ordered(runs.installation)
    queued(runs, row)
    runs.recording(row.key)
    before = providers.ledger()
    ran = runs.recording(row.key, selection=["summary"], automatic=False)
    assert ran.success
    assert set(ran.materialized) == {"summary"}
    after = providers.ledger()
    assert (len(after["uploads"]), len(after["orders"])) == (len(before["uploads"]), len(before["orders"]))
    assert [call["insight"] for call in after["llm_calls"][len(before["llm_calls"]) :]] == ["summary"]
    assert (now(runs, row).status, now(runs, row).stage) == (RecordingStatus.COMPLETED, Stage.DONE)
    versions = runs.installation.store.results.versions(row.key, ResultKind.SUMMARY)
    assert [version.version for version in versions] == [1, 2]
    assert now(runs, row).changed_at is None, "the same answer is no news"


def test_materializing_minutes_alone_asks_nobody(runs: Runs, providers: Providers) -> None:
    row = imported(runs)
    runs.recording(row.key)
    before = providers.ledger()["requests"]
    assert runs.recording(row.key, selection=["minutes"], automatic=False).success
    assert providers.ledger()["requests"] == before


def test_a_gap_run_fills_the_gap_and_writes_the_minutes_again(runs: Runs, providers: Providers) -> None:
    row = imported(runs)
    providers.fault(ASK, "status", status=400, insight="summary")
    runs.recording(row.key)
    ran = runs.recording(row.key, selection=["summary", "minutes"])
    assert set(ran.materialized) == {"summary", "minutes"}
    assert runs.installation.store.records.get(row.key).gaps == ()
    assert now(runs, row).revision == 2
    assert calls(providers) == ["action_items", "decisions", "summary"]


def test_an_insight_without_a_transcript_is_red_and_says_so(runs: Runs, providers: Providers) -> None:
    row = accepted(runs.installation)
    ran = runs.recording(row.key, selection=["summary"], automatic=False)
    assert ran.failures["insights"].user_failure_data.metadata["code"].value == "no_transcript"
    assert runs.waits == []


@pytest.mark.parametrize(
    "method", ["lifecycle.begin", "results.store_transcript", "results.store_answer", "lifecycle.complete"]
)
def test_a_database_that_stays_away_costs_a_recording_no_try(
    runs: Runs, providers: Providers, clock: Clock, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    row = ordered(runs.installation)
    queued(runs, row)
    repository, name = method.split(".")

    def away(*_: Any, **__: Any) -> None:
        error = StoreUnavailable("database_unreachable", "The database does not answer.", "Start it.")
        raise error from OperationalError("SELECT 1", {}, Exception("gone"))

    with monkeypatch.context() as gone:
        gone.setattr(getattr(runs.installation.store, repository), name, away)
        assert not runs.recording(row.key).success
    after = now(runs, row)
    assert (RecordingStatus(after.status).terminal, after.attempts, after.worker_losses) == (False, 0, 0)
    assert runs.recording(row.key).success
    assert now(runs, row).status == RecordingStatus.COMPLETED
    assert len(providers.ledger()["orders"]) == 1
    questions = [call["prompt"] for call in providers.ledger()["llm_calls"]]
    assert len(questions) == len(set(questions)), "no question was bought twice"


# --- its webhook ------------------------------------------------------------------------------------------------------


def with_webhook(runs: Runs, receiver: Receiver) -> Recording:
    row = accepted(runs.installation, "weekly.vtt", TALK, webhook_url=receiver.hook("weekly"))
    queued(runs, row)
    return row


def test_a_run_delivers_the_webhook_of_its_recording(runs: Runs, providers: Providers, receiver: Receiver) -> None:
    ran = runs.recording(with_webhook(runs, receiver).key)
    assert ran.success
    assert len(receiver.received("weekly")) == 1
    assert [row.state for row in runs.installation.store.deliveries.list()] == ["delivered"]


@pytest.mark.parametrize(
    "error",
    [StoreUnavailable("database_unreachable", "The database is away."), WorkerFenced("run"), RuntimeError("a bug")],
    ids=["away", "fenced", "bug"],
)
def test_a_delivery_that_fails_neither_fails_the_run_nor_is_lost(
    error: Exception, runs: Runs, providers: Providers, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(stages, "drain_own", fails)
    row = with_webhook(runs, receiver)
    ran = runs.recording(row.key)
    assert ran.success
    assert "minutes" in ran.materialized
    assert now(runs, row).status == RecordingStatus.COMPLETED
    assert [delivery.state for delivery in runs.installation.store.deliveries.list()] == ["pending"]
