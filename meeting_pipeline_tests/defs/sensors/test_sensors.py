"""The sensors: each tick decides from the store, and a repeated tick changes nothing."""

import json
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.events import JobFailureData, RunFailureReason
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteRepositoryOrigin
from dagster_shared.error import SerializableErrorInfo

from meeting_pipeline import policies
from meeting_pipeline import policies as shared_policies
from meeting_pipeline.defs import policies as defs_policies
from meeting_pipeline.defs.partitions import RECORDINGS
from meeting_pipeline.defs.sensors.drop_folder import drop_folder
from meeting_pipeline.defs.sensors.gaps_due import gaps_due
from meeting_pipeline.defs.sensors.missing_partitions import missing_partitions
from meeting_pipeline.defs.sensors.results_changed import results_changed
from meeting_pipeline.defs.sensors.run_states import run_state
from meeting_pipeline.defs.sensors.stalled_runs import stalled_runs
from meeting_pipeline.defs.sensors.transcripts_ready import transcripts_ready
from meeting_pipeline.defs.sensors.webhooks_due import webhooks_due
from meeting_pipeline.domain.recording import Stage
from meeting_pipeline.foundation.workers import WORKER_TAG, this_worker
from meeting_pipeline.installation import open_installation
from meeting_pipeline.settings import load_settings
from meeting_pipeline.steps.intake import policies as intake_policies
from meeting_pipeline.steps.intake.attempts import Attempts
from meeting_pipeline.steps.intake.inbox import Candidate
from meeting_pipeline.steps.operations.recovery_round import Ending, RunState
from meeting_pipeline.steps.processing import stages
from meeting_pipeline.steps.transcription.order import order_due
from meeting_pipeline.steps.transcription.placing import options_of
from meeting_pipeline.store import policies as store_policies
from meeting_pipeline.store.tables import Recording
from meeting_pipeline_tests.dagster_runs import Runs
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import TALK, Clock, OpenWith, accepted, drop, take_all
from meeting_pipeline_tests.steps.journeys import ordered

ASK = "POST /v1/responses"


class Ticks:
    """Runs one tick of a sensor. Returns its run requests, and the whole result if there is one."""

    def __init__(self, runs: Runs) -> None:
        self.runs = runs
        self.skipped = ""

    def said(self, sensor: Any) -> str:
        """The skip message of the next tick."""
        self(sensor)
        return self.skipped

    def __call__(self, sensor: Any, cursor: str | None = None) -> tuple[list[dg.RunRequest], dg.SensorResult | None]:
        context = dg.build_sensor_context(
            instance=self.runs.instance, cursor=cursor, definitions=self.runs.definitions, sensor_name=sensor.name,
            resources={"installation": self.runs.installation},
        )  # fmt: skip
        found = sensor(context)
        self.skipped = (found.skip_message or "") if isinstance(found, dg.SkipReason) else ""
        if isinstance(found, dg.SensorResult):
            return list(found.run_requests or []), found
        return ([found] if isinstance(found, dg.RunRequest) else []), None


@pytest.fixture
def tick(runs: Runs) -> Ticks:
    return Ticks(runs)


def jobs(requests: list[dg.RunRequest]) -> list[str | None]:
    return [request.job_name for request in requests]


def under_way(
    runs: Runs, job: str, status: dg.DagsterRunStatus = dg.DagsterRunStatus.QUEUED, **more: Any
) -> dg.DagsterRun:
    """A run of this job in Dagster."""
    repository = RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("meeting_pipeline"), "__repository__")
    return runs.instance.create_run_for_job(
        runs.definitions.resolve_job_def(job), status=status, remote_job_origin=repository.get_job_origin(job), **more
    )


# --- batch jobs -------------------------------------------------------------------------------------------------------


def test_what_was_dropped_starts_one_intake(runs: Runs, tick: Ticks) -> None:
    assert tick(drop_folder) == ([], None)
    drop(runs.installation, "a.wav")
    drop(runs.installation, "b.wav")
    with pytest.MonkeyPatch.context() as settled:
        settled.setattr(intake_policies, "SETTLE_SECONDS", 0.0)
        requests, _ = tick(drop_folder)
        assert jobs(requests) == ["intake"]
        assert "a.wav" not in repr(requests)
        under_way(runs, "intake")
        assert tick(drop_folder) == ([], None)


def test_a_file_that_has_not_settled_starts_nothing(runs: Runs, tick: Ticks) -> None:
    drop(runs.installation, "a.wav")
    assert tick(drop_folder) == ([], None)


def test_a_tick_names_what_is_left_out_and_why(runs: Runs) -> None:
    (runs.installation.settings.inbox / "weekly.json").write_text("{}")
    said = skipped(runs, drop_folder)
    assert "inbox/weekly.json: it is not a transcript, so it waits as a sidecar" in said


def test_a_file_that_could_not_be_moved_starts_no_run_until_it_is_due(runs: Runs, tick: Ticks, settled: Path) -> None:
    candidate = Candidate(settled)
    with Attempts(runs.installation.settings.home).trying(candidate) as attempt:
        attempt.defer("Operation not permitted", time.time())
    assert tick(drop_folder)[0] == []
    assert "inbox/a.wav: it can be neither accepted nor rejected" in skipped(runs, drop_folder)
    settled.write_bytes(b"another file")
    assert jobs(tick(drop_folder)[0]) == ["intake"]


@pytest.mark.parametrize(
    "status",
    [
        dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING,
        dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING,
    ],
)  # fmt: skip
def test_a_batch_that_is_on_its_way_is_not_requested_again(
    runs: Runs, tick: Ticks, clock: Clock, status: dg.DagsterRunStatus
) -> None:
    drop(runs.installation, "a.wav", b"", webhook_url="http://127.0.0.1:9/hook")
    take_all(runs.installation)
    assert tick(webhooks_due) == ([], None), "a new one is left to the run that completed its recording"
    clock.advance(shared_policies.WEBHOOK_OWN_SECONDS)
    assert jobs(tick(webhooks_due)[0]) == ["deliver_webhooks"]
    under_way(runs, "deliver_webhooks", status)
    assert tick(webhooks_due) == ([], None)


def test_a_batch_that_has_ended_is_requested_for_what_came_since(runs: Runs, tick: Ticks, clock: Clock) -> None:
    under_way(runs, "deliver_webhooks", dg.DagsterRunStatus.FAILURE)
    drop(runs.installation, "a.wav", b"", webhook_url="http://127.0.0.1:9/hook")
    take_all(runs.installation)
    clock.advance(shared_policies.WEBHOOK_OWN_SECONDS)
    assert jobs(tick(webhooks_due)[0]) == ["deliver_webhooks"]


# --- transcripts_ready ------------------------------------------------------------------------------------------------


def test_each_recording_that_is_ready_gets_one_run(runs: Runs, tick: Ticks, providers: Providers) -> None:
    for number in range(3):
        drop(runs.installation, f"{number}.wav")
    take_all(runs.installation)
    order_due(runs.installation, "worker")
    requests, _ = tick(transcripts_ready)
    keys = sorted(row.key for row in runs.installation.store.recordings.list())
    assert sorted(request.partition_key or "" for request in requests) == keys
    assert sorted(request.run_key or "" for request in requests) == [f"{key}:1" for key in keys]
    assert sorted(runs.instance.get_dynamic_partitions(RECORDINGS)) == keys
    assert tick(transcripts_ready) == ([], None)


def test_orders_that_wait_start_a_few_runs(runs: Runs, tick: Ticks, providers: Providers, clock: Clock) -> None:
    row = accepted(runs.installation)
    assert tick(transcripts_ready) == ([], None), "its intake orders it"
    clock.advance(defs_policies.ORDER_PATIENCE_SECONDS + 1)
    for _ in range(defs_policies.ORDER_RUNS):
        assert jobs(tick(transcripts_ready)[0]) == ["order_again"]
        under_way(runs, "order_again")
    assert tick(transcripts_ready) == ([], None)
    assert row.size_bytes < defs_policies.INTAKE_UPLOAD_BYTES


def test_an_order_that_a_run_is_placing_starts_no_other(
    runs: Runs, tick: Ticks, providers: Providers, clock: Clock
) -> None:
    row = accepted(runs.installation)
    clock.advance(defs_policies.ORDER_PATIENCE_SECONDS + 1)
    options = options_of(runs.installation.speech.choose(has_transcript=False), row)
    assert runs.installation.store.orders.claim(runs.installation.store.orders.open(row.key, options).id, "other")
    assert tick(transcripts_ready) == ([], None)


def test_a_provider_that_does_not_answer_fails_no_tick(runs: Runs, tick: Ticks, providers: Providers) -> None:
    ordered(runs.installation)
    providers.fault("GET /v2/transcript", "status", status=500)
    assert tick(transcripts_ready) == ([], None)


def test_a_tick_requests_a_bounded_number_of_runs(
    open_with: OpenWith, instance: dg.DagsterInstance, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no runs are shared."""
    runs = Runs(open_with(**providers.environment(), MEETING_PIPELINE_BATCH_RECORDINGS="1"), instance)
    tick = Ticks(runs)
    monkeypatch.setattr(policies, "RUN_REQUESTS_PER_TICK", 2)
    for number in range(3):
        drop(runs.installation, f"{number}.vtt", TALK + f"\nNOTE {number}\n")
    take_all(runs.installation)
    assert [len(tick(transcripts_ready)[0]) for _ in range(3)] == [2, 1, 0]


def test_during_an_outage_no_run_is_requested_and_the_tick_says_who_is_out(
    runs: Runs, tick: Ticks, providers: Providers, clock: Clock
) -> None:
    row = accepted(runs.installation)
    clock.advance(defs_policies.ORDER_PATIENCE_SECONDS + 1)
    providers.fault("* /v2/*", "reset", times=-1)
    order_due(runs.installation, "worker")
    for _ in range(5):
        assert tick(transcripts_ready) == ([], None)
        clock.advance(store_policies.OUTAGE_MAX_SECONDS + 1)
    assert "assemblyai (transcription) has not worked since" in tick.said(transcripts_ready)
    assert runs.installation.store.recordings.get(row.key).attempts == 0
    providers.clear_faults()
    clock.advance(store_policies.OUTAGE_MAX_SECONDS + 1)
    assert jobs(tick(transcripts_ready)[0]) == ["order_again"]


def test_orders_that_all_fail_start_one_run_now_and_then(
    runs: Runs, tick: Ticks, providers: Providers, clock: Clock
) -> None:
    for number in range(3):
        accepted(runs.installation, f"{number}.wav")
    providers.fault("POST /v2/upload", "status", status=402, times=-1)
    order_due(runs.installation, "worker")
    assert tick(transcripts_ready) == ([], None)
    clock.advance(store_policies.OPERATOR_RETRY_SECONDS + 1)
    assert jobs(tick(transcripts_ready)[0]) == ["order_again"]
    order_due(runs.installation, "worker")
    assert tick(transcripts_ready) == ([], None)


@pytest.mark.slow
def test_collecting_that_fails_for_all_starts_one_run_now_and_then(
    runs: Runs, tick: Ticks, providers: Providers, clock: Clock
) -> None:
    rows = [accepted(runs.installation, f"{number}.wav") for number in range(3)]
    order_due(runs.installation, "worker")
    assert len(tick(transcripts_ready)[0]) == 3
    providers.fault("GET /v2/transcript/*", "status", status=500, times=-1)
    for row in rows:
        runs.recording(row.key)
    requested = []
    for _ in range(4):
        requests, _ = tick(transcripts_ready)
        requested += [request.partition_key for request in requests]
        for request in requests:
            runs.recording(request.partition_key or "")
        clock.advance(store_policies.OUTAGE_FIRST_SECONDS / 2)
    assert len(requested) == 1
    providers.clear_faults()
    clock.advance(store_policies.OUTAGE_MAX_SECONDS + 1)
    [trial] = tick(transcripts_ready)[0]
    runs.recording(trial.partition_key or "")
    clock.advance(policies.RETRY_MAX_SECONDS)
    assert len(tick(transcripts_ready)[0]) == 2


# --- gaps_due ---------------------------------------------------------------------------------------------------------


def with_gaps(runs: Runs, providers: Providers, *insights: str) -> Recording:
    """A completed recording without these insights."""
    row = accepted(runs.installation, "weekly.vtt", TALK)
    for insight in insights:
        providers.fault(ASK, "status", status=500, insight=insight, times=policies.RUN_RETRIES + 1)
    runs.recording(row.key)
    return row


def test_only_what_is_missing_is_asked_for_again_and_the_minutes(
    runs: Runs, tick: Ticks, providers: Providers, clock: Clock
) -> None:
    row = with_gaps(runs, providers, "summary", "decisions")
    assert tick(gaps_due) == ([], None)
    clock.advance(store_policies.GAP_FIRST_SECONDS + 1)
    [request], _ = tick(gaps_due)
    assert request.partition_key == row.key
    names = [key.to_user_string() for key in request.asset_selection or []]
    assert sorted(names) == ["decisions", "minutes", "summary"]
    assert tick(gaps_due) == ([], None)
    ran = runs.recording(row.key, selection=names)
    assert set(ran.materialized) == {"decisions", "minutes", "summary"}
    assert runs.installation.store.records.get(row.key).gaps == ()
    clock.advance(2 * store_policies.GAP_MAX_SECONDS)
    assert tick(gaps_due) == ([], None)


def test_a_gap_whose_run_died_is_asked_for_again_under_another_run_key(
    runs: Runs, tick: Ticks, providers: Providers, clock: Clock
) -> None:
    with_gaps(runs, providers, "summary")
    clock.advance(store_policies.GAP_FIRST_SECONDS + 1)
    [first], _ = tick(gaps_due)
    clock.advance(store_policies.GAP_MAX_SECONDS + 1)
    [second], _ = tick(gaps_due)
    assert first.run_key != second.run_key


@pytest.mark.slow
def test_while_the_language_model_is_out_no_gap_is_asked_for_and_then_all_are(
    runs: Runs, tick: Ticks, providers: Providers, clock: Clock
) -> None:
    providers.fault("* /v1/*", "reset", times=-1)
    rows = [accepted(runs.installation, f"{n}.vtt", TALK + f"\nNOTE {n}\n") for n in range(3)]
    for row in rows:
        runs.recording(row.key)
    assert runs.waits == [], "no run waits for a provider that is out"
    for _ in range(10):
        clock.advance(3 * store_policies.GAP_MAX_SECONDS)
        assert tick(gaps_due) == ([], None)
    assert "openai (insights) has not worked since" in tick.said(gaps_due)
    providers.clear_faults()
    clock.advance(store_policies.OUTAGE_MAX_SECONDS + 1)
    requests, _ = tick(gaps_due)
    assert {request.partition_key for request in requests} == {row.key for row in rows}
    for request in requests:
        runs.recording(
            request.partition_key or "", selection=[key.to_user_string() for key in request.asset_selection or []]
        )
    assert [runs.installation.store.records.get(row.key).gaps for row in rows] == [()] * 3


@pytest.mark.slow
def test_while_answers_alone_fail_one_gap_is_asked_for_now_and_then(
    runs: Runs, tick: Ticks, providers: Providers, clock: Clock
) -> None:
    providers.fault(ASK, "status", status=429, code="insufficient_quota", times=-1)
    rows = [accepted(runs.installation, f"{n}.vtt", TALK + f"\nNOTE {n}\n") for n in range(3)]
    for row in rows:
        runs.recording(row.key)
    for _ in range(3):
        assert tick(gaps_due) == ([], None)
        clock.advance(store_policies.OPERATOR_RETRY_SECONDS + 1)
        [trial], _ = tick(gaps_due)
        runs.recording(trial.partition_key or "", selection=["summary", "minutes"])
    providers.clear_faults()
    clock.advance(store_policies.OPERATOR_RETRY_SECONDS + 1)
    [trial], _ = tick(gaps_due)
    runs.recording(trial.partition_key or "", selection=["summary", "minutes"])
    clock.advance(store_policies.GAP_MAX_SECONDS)
    assert {request.partition_key for request in tick(gaps_due)[0]} == {row.key for row in rows}


# --- results_changed --------------------------------------------------------------------------------------------------


def test_changed_results_start_one_refresh_of_minutes(
    runs: Runs, tick: Ticks, providers: Providers, clock: Clock
) -> None:
    row = with_gaps(runs, providers, "summary")
    runs.recording(row.key, selection=["summary"], automatic=False)
    assert tick(results_changed) == ([], None)
    clock.advance(store_policies.REVISION_QUIET_SECONDS + 1)
    assert jobs(tick(results_changed)[0]) == ["refresh_minutes"]
    under_way(runs, "refresh_minutes")
    assert tick(results_changed) == ([], None)


def test_a_reprocessing_that_finds_the_same_refreshes_nothing(
    runs: Runs, tick: Ticks, providers: Providers, clock: Clock
) -> None:
    row = accepted(runs.installation, "a.vtt", TALK)
    runs.recording(row.key)
    runs.recording(row.key, selection=["summary"], automatic=False)
    clock.advance(store_policies.REVISION_QUIET_SECONDS + 1)
    assert "refresh_minutes" not in jobs(tick(results_changed)[0])


def test_a_burst_of_outcomes_refreshes_the_tables_once(
    runs: Runs, tick: Ticks, providers: Providers, clock: Clock
) -> None:
    for name in ("a.vtt", "b.vtt", "c.vtt"):
        runs.recording(accepted(runs.installation, name, TALK + f"\nNOTE {name}\n").key)
    clock.advance(store_policies.CATALOG_QUIET_SECONDS + 1)
    requests, result = tick(results_changed)
    assert jobs(requests) == ["refresh_catalog"]
    assert result is not None
    assert tick(results_changed, cursor=result.cursor) == ([], None)
    runs.recording(accepted(runs.installation, "d.vtt", TALK + "\nNOTE d\n").key)
    clock.advance(store_policies.CATALOG_QUIET_SECONDS + 1)
    [again], _ = tick(results_changed, cursor=result.cursor)
    assert again.run_key != requests[0].run_key


def test_a_refresh_of_the_tables_is_repeated_until_it_succeeds(
    runs: Runs, tick: Ticks, providers: Providers, clock: Clock
) -> None:
    runs.recording(accepted(runs.installation, "a.vtt", TALK).key)
    clock.advance(store_policies.CATALOG_QUIET_SECONDS + 1)
    [first], result = tick(results_changed)
    assert result is not None
    under_way(runs, "refresh_catalog", dg.DagsterRunStatus.FAILURE, tags={"dagster/run_key": first.run_key})
    assert tick(results_changed, cursor=result.cursor) == ([], None), "not at once"
    clock.advance(policies.RETRY_BASE_SECONDS + 1)
    [second], result = tick(results_changed, cursor=result.cursor)
    assert second.run_key != first.run_key
    assert result is not None
    assert runs.job("refresh_catalog").success
    clock.advance(policies.RETRY_MAX_SECONDS + 1)
    assert tick(results_changed, cursor=result.cursor) == ([], None), "it is written"


def test_one_table_made_by_hand_leaves_the_refresh_of_both_due(
    runs: Runs, tick: Ticks, providers: Providers, clock: Clock
) -> None:
    runs.recording(accepted(runs.installation, "a.vtt", TALK).key)
    job = runs.definitions.resolve_job_def("refresh_catalog")
    assert job.execute_in_process(instance=runs.instance, asset_selection=[dg.AssetKey("meetings")]).success
    clock.advance(store_policies.CATALOG_QUIET_SECONDS + 1)
    assert jobs(tick(results_changed)[0]) == ["refresh_catalog"]


@pytest.mark.parametrize("lost", ["a file", "a part of a file", "note", "database"])
def test_tables_that_are_not_of_this_database_are_written_again_at_once(
    runs: Runs, tick: Ticks, providers: Providers, lost: str
) -> None:
    runs.recording(accepted(runs.installation, "a.vtt", TALK).key)
    assert runs.job("refresh_catalog").success
    assert tick(results_changed) == ([], None)
    exports = runs.installation.settings.exports
    [path] = (exports / "meetings.parquet").iterdir()
    if lost == "a file":
        path.unlink()
    elif lost == "a part of a file":
        path.write_bytes(b"PAR1")
    elif lost == "note":
        (exports / ".tables.json").unlink()
    else:  # another state of it, from a backup
        runs.installation.store.table_changes.written("earlier")
    [request], result = tick(results_changed)
    assert request.job_name == "refresh_catalog"
    assert result is not None
    assert runs.job("refresh_catalog").success
    assert tick(results_changed, cursor=result.cursor) == ([], None)


def test_files_of_the_tables_are_looked_at_once_a_minute(
    runs: Runs, tick: Ticks, providers: Providers, clock: Clock
) -> None:
    runs.recording(accepted(runs.installation, "a.vtt", TALK).key)
    assert runs.job("refresh_catalog").success
    looked = json.dumps({"asked": "", "looked_at_s": int(runs.installation.store.context.now().timestamp())})
    [path] = (runs.installation.settings.exports / "meetings").iterdir()
    path.unlink()
    assert tick(results_changed, cursor=looked) == ([], None)
    clock.advance(defs_policies.TABLES_LOOK_SECONDS)
    assert jobs(tick(results_changed, cursor=looked)[0]) == ["refresh_catalog"]


def test_sums_that_cannot_be_added_up_delay_no_refresh(
    runs: Runs, tick: Ticks, providers: Providers, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("meeting_pipeline.defs.sensors.results_changed.compact_counters", broken)
    runs.recording(accepted(runs.installation, "a.vtt", TALK).key)
    clock.advance(store_policies.CATALOG_QUIET_SECONDS + 1)
    assert jobs(tick(results_changed)[0]) == ["refresh_catalog"]


def test_a_cursor_of_an_earlier_version_is_understood(runs: Runs, tick: Ticks) -> None:
    assert tick(results_changed, cursor=json.dumps({"told": 7, "asked": 7, "tries": 0})) == ([], None)


# --- stalled_runs -----------------------------------------------------------------------------------------------------


def started(runs: Runs, row: Recording) -> dg.DagsterRun:
    """A run of a recording whose worker has begun."""
    runs.installation.store.lifecycle.request_runs(5)
    run = under_way(runs, "process_recording", dg.DagsterRunStatus.STARTED)
    runs.installation.store.lifecycle.begin(row.key, run.run_id, collecting=True)
    return run


def status(runs: Runs, run: dg.DagsterRun) -> dg.DagsterRunStatus:
    found = runs.instance.get_run_by_id(run.run_id)
    assert found is not None
    return found.status


def stage(runs: Runs, row: Recording) -> str:
    return runs.installation.store.recordings.get(row.key).stage


def test_a_silent_worker_is_fenced_its_run_failed_and_its_recording_requested_again(
    runs: Runs, tick: Ticks, clock: Clock
) -> None:
    row = accepted(runs.installation, "weekly.vtt", TALK)
    run = started(runs, row)
    assert tick(stalled_runs) == ([], None)
    assert status(runs, run) == dg.DagsterRunStatus.STARTED
    clock.advance(policies.LEASE_SECONDS + 1)
    tick(stalled_runs)
    assert status(runs, run) == dg.DagsterRunStatus.FAILURE
    [request], _ = tick(transcripts_ready)
    assert request.run_key == f"{row.key}:2"


def test_the_third_loss_fails_the_recording(runs: Runs, tick: Ticks, clock: Clock) -> None:
    row = accepted(runs.installation, "weekly.vtt", TALK)
    for _ in range(policies.WORKER_LOSSES):
        started(runs, row)
        clock.advance(policies.LEASE_SECONDS + 1)
        tick(stalled_runs)
    assert runs.installation.store.recordings.get(row.key).error_code == "worker_lost"


@pytest.mark.parametrize("is_gone", [True, False])
def test_a_run_that_dagster_says_has_ended_loses_its_lease_when_its_worker_is_gone_or_silent(
    runs: Runs, tick: Ticks, clock: Clock, is_gone: bool
) -> None:
    row = accepted(runs.installation, "weekly.vtt", TALK)
    run = started(runs, row)
    if is_gone:
        runs.instance.add_run_tags(run.run_id, {WORKER_TAG: str(replace(this_worker(), started="long before"))})
    runs.instance.report_run_failed(run)
    clock.advance(policies.HEARTBEAT_SECONDS + 1)
    tick(stalled_runs)
    assert stage(runs, row) == (Stage.READY if is_gone else Stage.COLLECTING)
    clock.advance(policies.LEASE_SECONDS)
    tick(stalled_runs)
    assert stage(runs, row) == Stage.READY
    assert runs.installation.store.recordings.get(row.key).worker_losses == 1


def test_a_part_of_a_batch_belongs_to_the_run_of_the_batch(runs: Runs, tick: Ticks, clock: Clock) -> None:
    row = accepted(runs.installation, "weekly.vtt", TALK)
    run = under_way(runs, "refresh_minutes", dg.DagsterRunStatus.STARTED)
    lifecycle, lease_watch = runs.installation.store.lifecycle, runs.installation.store.lease_watch
    lifecycle.begin(row.key, f"{run.run_id}/3", collecting=False)
    tick(stalled_runs)
    assert [worker.run_id for worker in lease_watch.live_workers()] == [f"{run.run_id}/3"]
    clock.advance(policies.LEASE_SECONDS + 1)
    tick(stalled_runs)
    assert status(runs, run) == dg.DagsterRunStatus.FAILURE
    assert lease_watch.live_workers() == []


def test_a_run_that_died_between_its_last_step_and_telling_dagster_is_ended(
    runs: Runs, tick: Ticks, clock: Clock
) -> None:
    run = under_way(runs, "intake", dg.DagsterRunStatus.STARTED)
    leases = runs.installation.store.leases
    leases.begin_batch(run.run_id)
    leases.end(run.run_id)
    tick(stalled_runs)
    assert status(runs, run) == dg.DagsterRunStatus.STARTED, "it may be about to tell"
    clock.advance(policies.LEASE_SECONDS * 2 + 1)
    tick(stalled_runs)
    assert status(runs, run) == dg.DagsterRunStatus.FAILURE


def test_a_run_whose_worker_died_before_it_began_is_ended_at_once(runs: Runs, tick: Ticks, clock: Clock) -> None:
    row = accepted(runs.installation, "weekly.vtt", TALK)
    [request], _ = tick(transcripts_ready)
    alive = this_worker()
    tags = {"dagster/run_key": request.run_key or "", WORKER_TAG: str(replace(alive, started="before"))}
    dead = under_way(runs, "process_recording", dg.DagsterRunStatus.STARTING, tags=tags)
    slow = under_way(runs, "intake", dg.DagsterRunStatus.STARTING, tags={WORKER_TAG: str(alive)})
    elsewhere = under_way(runs, "intake", dg.DagsterRunStatus.STARTING, tags={WORKER_TAG: "another-host:1:2"})
    gone = {WORKER_TAG: str(replace(alive, started="long before"))}
    ended = under_way(runs, "intake", dg.DagsterRunStatus.FAILURE, tags=gone)
    again = under_way(
        runs, "intake", dg.DagsterRunStatus.STARTING, tags=gone, parent_run_id=ended.run_id, root_run_id=ended.run_id
    )
    clock.advance(1)
    tick(stalled_runs)
    assert [status(runs, run) for run in (dead, slow, elsewhere, again)] == [
        dg.DagsterRunStatus.FAILURE,
        dg.DagsterRunStatus.STARTING,
        dg.DagsterRunStatus.STARTING,
        dg.DagsterRunStatus.STARTING,
    ]
    assert stage(runs, row) == Stage.READY
    assert runs.installation.store.recordings.get(row.key).worker_losses == 1


def test_a_request_that_never_became_a_run_is_made_again(runs: Runs, tick: Ticks, clock: Clock) -> None:
    row = accepted(runs.installation, "weekly.vtt", TALK)
    tick(transcripts_ready)
    clock.advance(policies.QUEUED_GRACE_SECONDS + 1)
    tick(stalled_runs)
    assert stage(runs, row) == Stage.READY


def test_a_request_that_waits_in_dagsters_queue_is_left_alone(runs: Runs, tick: Ticks, clock: Clock) -> None:
    row = accepted(runs.installation, "weekly.vtt", TALK)
    [request], _ = tick(transcripts_ready)
    tags = {"dagster/run_key": request.run_key or "", "dagster/partition": row.key}
    runs.instance.add_dynamic_partitions(RECORDINGS, [row.key])
    under_way(runs, "process_recording", tags=tags)
    clock.advance(3600)
    tick(stalled_runs)
    assert stage(runs, row) == Stage.QUEUED


def test_a_run_that_a_person_cancels_ends_its_recording_and_is_not_requested_again(
    runs: Runs, tick: Ticks, clock: Clock
) -> None:
    row = accepted(runs.installation, "weekly.vtt", TALK, webhook_url="http://127.0.0.1:9/hook")
    run = started(runs, row)
    runs.instance.report_run_canceling(run)
    tick(stalled_runs)
    now = runs.installation.store.recordings.get(row.key)
    assert (now.status, now.error_code) == ("failed", "cancelled")
    assert runs.installation.store.deliveries.due() == 1
    clock.advance(3600)
    assert tick(transcripts_ready) == ([], None)


def test_a_run_whose_worker_dies_while_a_person_stops_it_is_canceled(runs: Runs, tick: Ticks, clock: Clock) -> None:
    row = accepted(runs.installation, "weekly.vtt", TALK)
    run = started(runs, row)
    runs.instance.report_run_canceling(run)
    clock.advance(policies.LEASE_SECONDS + 1)
    tick(stalled_runs)
    assert status(runs, run) == dg.DagsterRunStatus.CANCELED
    assert runs.installation.store.recordings.get(row.key).error_code == "cancelled"


def test_a_queued_run_that_a_person_cancels_ends_its_recording(runs: Runs, tick: Ticks, clock: Clock) -> None:
    row = accepted(runs.installation, "weekly.vtt", TALK)
    [request], _ = tick(transcripts_ready)
    tags = {"dagster/run_key": request.run_key or "", "dagster/partition": row.key}
    run = under_way(runs, "process_recording", tags=tags)
    clock.advance(1)
    tick(stalled_runs)
    assert stage(runs, row) == Stage.QUEUED
    runs.instance.report_run_canceled(run)
    tick(stalled_runs)
    assert runs.installation.store.recordings.get(row.key).error_code == "cancelled"


def test_a_run_that_dies_before_it_begins_is_counted_and_one_that_was_not_launched_is_not(
    runs: Runs, tick: Ticks, clock: Clock
) -> None:
    row = accepted(runs.installation, "weekly.vtt", TALK)
    for worker, losses in (({}, 0), ({WORKER_TAG: "host:1:2"}, 1)):
        [request], _ = tick(transcripts_ready)
        run = under_way(runs, "process_recording", tags={"dagster/run_key": request.run_key or "", **worker})
        runs.instance.report_run_failed(run)
        clock.advance(1)
        tick(stalled_runs)
        assert stage(runs, row) == Stage.READY
        assert runs.installation.store.recordings.get(row.key).worker_losses == losses
        clock.advance(policies.RETRY_BASE_SECONDS + 1)


def test_a_step_that_raises_is_named_by_what_it_raised(
    runs: Runs, tick: Ticks, clock: Clock, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("words of a transcript")

    row = accepted(runs.installation, "weekly.vtt", TALK)
    with monkeypatch.context() as bugged:
        bugged.setattr(stages, "extract", lambda *_, **__: broken())
        assert not runs.recording(row.key).success
    assert stage(runs, row) == Stage.EXTRACTING
    clock.advance(policies.HEARTBEAT_SECONDS + 1)
    tick(stalled_runs)
    now = runs.installation.store.recordings.get(row.key)
    assert (now.stage, now.error_code, now.worker_losses) == (Stage.READY, "internal_error", 0)
    assert "ZeroDivisionError" in str(now.error_message)
    assert "words of" not in str(now.error_message)


def test_a_transcript_that_a_person_had_made_alone_is_no_lost_worker(
    runs: Runs, tick: Ticks, clock: Clock, providers: Providers
) -> None:
    row = accepted(runs.installation, "weekly.vtt", TALK)
    assert runs.recording(row.key, selection=["transcript"], automatic=False).success
    clock.advance(policies.HEARTBEAT_SECONDS + 1)
    tick(stalled_runs)
    now = runs.installation.store.recordings.get(row.key)
    assert (now.stage, now.worker_losses) == (Stage.READY, 0)


def test_an_interrupted_run_is_nobodys_fault_and_a_database_that_fails_is_trouble(runs: Runs) -> None:
    def ended(reason: RunFailureReason, error: SerializableErrorInfo | None = None) -> RunState:
        run = under_way(runs, "process_recording", dg.DagsterRunStatus.STARTED)
        runs.instance.report_run_failed(run, "", JobFailureData(error=error, failure_reason=reason))
        return run_state(runs.instance, run.run_id)

    def raised(*types: str) -> SerializableErrorInfo:
        error = None
        for name in reversed(types):
            error = SerializableErrorInfo("words", [], name, error)
        assert error is not None
        return error

    assert ended(RunFailureReason.UNEXPECTED_TERMINATION).ending is Ending.INTERRUPTED
    assert ended(RunFailureReason.UNKNOWN).ending is Ending.NOT_LAUNCHED
    bug = raised("DagsterExecutionStepExecutionError", "KeyError")
    assert ended(RunFailureReason.RUN_EXCEPTION, bug) == RunState(Ending.ERROR, "KeyError")
    down = raised("DagsterResourceFunctionError", "OperatorError", "OperationalError")
    assert ended(RunFailureReason.RUN_EXCEPTION, down) == RunState(Ending.ERROR, "OperatorError", trouble=True)
    assert run_state(runs.instance, "no-such-run").ending is Ending.UNKNOWN


def test_what_a_run_raises_after_it_was_marked_as_failed_is_read(runs: Runs) -> None:
    """Its first failure event carries no data."""
    run = under_way(runs, "process_recording", dg.DagsterRunStatus.STARTED)
    runs.instance.report_run_failed(run, "Marked as failed by a person.")
    error = SerializableErrorInfo("words", [], "WorkerFenced")
    runs.instance.report_run_failed(run, "", JobFailureData(error, failure_reason=RunFailureReason.STEP_FAILURE))
    assert run_state(runs.instance, run.run_id) == RunState(Ending.ERROR, "WorkerFenced")


# --- the database or the disk is away ----------------------------------------------------------------------------------


def skipped(runs: Runs, sensor: Any, installation: Any = None) -> str:
    """The skip message of a tick that requests nothing."""
    context = dg.build_sensor_context(
        instance=runs.instance, definitions=runs.definitions, sensor_name=sensor.name,
        resources={"installation": installation or runs.installation},
    )  # fmt: skip
    found = sensor(context)
    assert isinstance(found, dg.SkipReason), found
    return found.skip_message or ""


@pytest.mark.parametrize(
    "sensor", [transcripts_ready, webhooks_due, gaps_due, results_changed, stalled_runs, missing_partitions]
)
def test_a_tick_without_a_database_says_so_in_one_line(runs: Runs, tmp_path: Path, sensor: Any) -> None:
    url = "postgresql://somebody:geheim-4711@127.0.0.1:9/meetings"
    settings = load_settings({"MEETING_PIPELINE_HOME": str(tmp_path / "away"), "MEETING_PIPELINE_DATABASE_URL": url})
    away = open_installation(settings, migrate=False)
    away.store.database.retry_budget.seconds = 0.0
    said = skipped(runs, sensor, away)
    assert "does not respond" in said
    assert "\n" not in said
    assert "geheim-4711" not in said


@pytest.fixture
def settled(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A settled file in the drop folder."""
    monkeypatch.setattr(intake_policies, "SETTLE_SECONDS", 0.0)
    return drop(runs.installation, "a.wav")


def let_down(runs: Runs, code: str = "disk_error") -> None:
    """Record in Dagster an intake that failed because of the disk."""
    run = under_way(runs, "intake", dg.DagsterRunStatus.STARTED, tags={defs_policies.TROUBLE_TAG: code})
    runs.instance.report_run_failed(run)


def test_a_full_disk_starts_no_intake_and_says_what_is_needed(
    runs: Runs, tick: Ticks, settled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert jobs(tick(drop_folder)[0]) == ["intake"]
    usage = shutil.disk_usage(settled)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1_000_000))
    said = skipped(runs, drop_folder)
    assert "1 MB free" in said
    assert "Free some space" in said


def test_an_intake_that_the_disk_let_down_is_not_repeated_at_once_unless_something_came_in(
    runs: Runs, tick: Ticks, settled: Path
) -> None:
    let_down(runs)
    said = skipped(runs, drop_folder)
    assert "disk_error" in said
    assert "next attempt is at" in said
    drop(runs.installation, "b.wav")
    assert jobs(tick(drop_folder)[0]) == ["intake"]


def test_an_intake_that_went_well_ends_the_wait(runs: Runs, tick: Ticks, settled: Path) -> None:
    let_down(runs)
    under_way(runs, "intake", dg.DagsterRunStatus.SUCCESS)
    assert jobs(tick(drop_folder)[0]) == ["intake"]
