"""Unusual actions in the UI: odd selections, partitions and runs deleted during a run, runs of deleted recordings.

Each ends in a clear state, and the recording continues.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import execute_run

from meeting_pipeline import policies
from meeting_pipeline.defs.partitions import RECORDINGS
from meeting_pipeline.defs.sensors.stalled_runs import stalled_runs
from meeting_pipeline.defs.sensors.transcripts_ready import transcripts_ready
from meeting_pipeline.steps.extraction.extract import extract
from meeting_pipeline.steps.operations.delete import delete_recording
from meeting_pipeline.steps.processing import stages
from meeting_pipeline.store.tables import Recording
from meeting_pipeline_tests.dagster_runs import Ran, Runs
from meeting_pipeline_tests.defs.sensors.test_sensors import Ticks, started, status, under_way
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import TALK, Clock, accepted


@pytest.fixture
def tick(runs: Runs) -> Ticks:
    return Ticks(runs)


def codes(ran: Ran) -> dict[str, Any]:
    """The error code of each failed step."""
    return {step: failed.user_failure_data.metadata["code"].value for step, failed in ran.failures.items()}


def stands(runs: Runs, row: Recording) -> tuple[str, str, str | None]:
    now = runs.installation.store.recordings.get(row.key)
    return now.status, now.stage, now.error_code


def queued(runs: Runs, key: str, tags: Mapping[str, str] | None = None, **more: Any) -> dg.DagsterRun:
    """A queued run of all assets of a partition, as a person or a backfill launches it."""
    job = runs.definitions.resolve_job_def("process_recording")
    return runs.instance.create_run_for_job(job, tags={"dagster/partition": key, **(tags or {})}, **more)


def launched(runs: Runs, run: dg.DagsterRun) -> Ran:
    """Execute a queued run as a worker does."""
    job = InMemoryJob(runs.definitions.resolve_job_def("process_recording"))
    return Ran(execute_run(job, run, runs.instance, raise_on_error=False))  # type: ignore[arg-type]  # has what is asked


def deleted(runs: Runs, row: Recording) -> None:
    """Delete as ``cancel`` and ``delete`` do, including what is cleared later."""
    runs.installation.store.cancelling.cancel(row.key)
    delete_recording(runs.installation, row.key, "ops", drop_deliveries=True)
    assert runs.job("intake").success


@pytest.mark.parametrize("selection", [["minutes"], ["summary"], ["summary", "minutes"]])
def test_what_rests_on_a_transcript_is_red_without_one_and_the_recording_goes_on(
    runs: Runs, tick: Ticks, selection: list[str]
) -> None:
    row = accepted(runs.installation, "weekly.vtt", TALK)
    before = stands(runs, row)
    ran = runs.recording(row.key, selection=selection, automatic=False)
    assert set(codes(ran).values()) == {"no_transcript"}
    assert stands(runs, row) == before == ("pending", "ready", None)
    tick(stalled_runs)
    [request], _ = tick(transcripts_ready)
    assert runs.recording(request.partition_key or "").success
    assert stands(runs, row) == ("completed", "done", None)


@pytest.mark.parametrize("selection", [["minutes"], ["decisions"], ["transcript"], None])
def test_a_partition_that_was_typed_by_hand_is_red_and_makes_no_recording(
    runs: Runs, selection: list[str] | None
) -> None:
    ran = runs.recording("typed-by-hand", selection=selection, automatic=False)
    assert set(codes(ran).values()) == {"unknown_recording"}
    assert runs.installation.store.recordings.list() == []
    assert runs.instance.has_dynamic_partition(RECORDINGS, "typed-by-hand")


@pytest.mark.parametrize("again", [False, True])
def test_a_run_of_a_deleted_recording_is_red_and_touches_nothing_of_the_same_content_handed_in_again(
    runs: Runs, again: bool
) -> None:
    row = accepted(runs.installation, "weekly.vtt", TALK)
    runs.partition(row.key)
    run = queued(runs, row.key)
    deleted(runs, row)
    later = accepted(runs.installation, "weekly.vtt", TALK)
    if again:
        runs.instance.report_run_failed(run)
        run = queued(runs, row.key, parent_run_id=run.run_id, root_run_id=run.run_id)
    assert codes(launched(runs, run)) == {"transcript": "unknown_recording"}
    assert stands(runs, later) == ("pending", "ready", None)
    assert runs.installation.store.recordings.find(row.key) is None
    assert runs.installation.store.lease_watch.live_workers() == []
    assert not (runs.installation.settings.recordings / row.key).exists()
    assert runs.recording(later.key).success


def test_a_recording_that_is_deleted_under_its_run_ends_it_red_and_leaves_nothing(
    runs: Runs, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = accepted(runs.installation, "weekly.vtt", TALK)

    def deleting(*args: Any, **more: Any) -> Any:
        runs.installation.store.cancelling.cancel(row.key)
        clock.advance(policies.LEASE_SECONDS + 1)  # its worker gives no sign of life, and comes back
        delete_recording(runs.installation, row.key, "ops", drop_deliveries=True)
        return extract(*args, **more)

    monkeypatch.setattr(stages, "extract", deleting)
    assert codes(runs.recording(row.key)) == {"insights": "unknown_recording"}
    assert runs.installation.store.recordings.list() == []
    assert not (runs.installation.settings.recordings / row.key).exists()


def test_a_partition_that_is_deleted_under_its_run_costs_the_recording_no_try_and_nothing_is_bought_again(
    runs: Runs, tick: Ticks, clock: Clock, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = accepted(runs.installation, "weekly.vtt", TALK)

    def deleting(*args: Any, **more: Any) -> Any:
        runs.instance.delete_dynamic_partition(RECORDINGS, row.key)
        return extract(*args, **more)

    with monkeypatch.context() as under_it:
        under_it.setattr(stages, "extract", deleting)
        assert not runs.recording(row.key).success
    clock.advance(policies.HEARTBEAT_SECONDS + 1)
    tick(stalled_runs)
    now = runs.installation.store.recordings.get(row.key)
    assert (now.stage, now.attempts, now.worker_losses, now.error_code) == ("ready", 0, 0, None)
    calls = len(providers.ledger()["llm_calls"])
    [request], _ = tick(transcripts_ready)
    assert runs.instance.has_dynamic_partition(RECORDINGS, row.key)
    assert launched(runs, queued(runs, request.partition_key or "", request.tags)).success
    assert stands(runs, row) == ("completed", "done", None)
    assert len(providers.ledger()["llm_calls"]) == calls


def test_a_run_that_is_deleted_while_it_works_is_fenced_and_its_recording_goes_to_another(
    runs: Runs, tick: Ticks, clock: Clock
) -> None:
    row = accepted(runs.installation, "weekly.vtt", TALK)
    run = started(runs, row)
    runs.instance.delete_run(run.run_id)
    tick(stalled_runs)
    assert not runs.installation.store.leases.heartbeat(run.run_id), "its worker must not go on"
    runs.installation.store.leases.end(run.run_id)
    clock.advance(policies.HEARTBEAT_SECONDS + 1)
    tick(stalled_runs)
    now = runs.installation.store.recordings.get(row.key)
    assert (now.stage, now.worker_losses, now.error_code) == ("ready", 0, None)
    [request], _ = tick(transcripts_ready)
    assert runs.recording(request.partition_key or "").success
    assert stands(runs, row) == ("completed", "done", None)


def test_what_is_wiped_in_the_ui_is_still_in_the_store_and_can_be_materialized_again(
    runs: Runs, providers: Providers
) -> None:
    row = accepted(runs.installation, "weekly.vtt", TALK)
    assert runs.recording(row.key).success
    told = runs.installation.store.recordings.get(row.key).revision
    calls = len(providers.ledger()["llm_calls"])
    for name in ("recording", "transcript", "summary", "minutes"):
        runs.instance.wipe_assets([dg.AssetKey(name)])
    assert stands(runs, row) == ("completed", "done", None)
    ran = runs.recording(row.key, selection=["transcript", "minutes"], automatic=False)
    assert set(ran.materialized) == {"transcript", "minutes"}
    assert runs.installation.store.recordings.get(row.key).revision == told
    assert len(providers.ledger()["llm_calls"]) == calls


def test_a_backfill_that_is_cancelled_leaves_every_outcome_and_ends_only_what_had_none(
    runs: Runs, tick: Ticks, clock: Clock
) -> None:
    done = accepted(runs.installation, "done.vtt", TALK)
    assert runs.recording(done.key).success
    waiting = accepted(runs.installation, "waiting.vtt", TALK + "\nNOTE waiting\n")
    working = accepted(runs.installation, "working.vtt", TALK + "\nNOTE working\n")
    under_work = {row.key: under_way(runs, "process_recording", dg.DagsterRunStatus.STARTED) for row in (done, working)}
    for key, run in under_work.items():
        runs.installation.store.lifecycle.begin(key, run.run_id, collecting=True)
        runs.instance.report_run_canceling(run)
    queue = under_way(runs, "process_recording", tags={"dagster/partition": waiting.key, "dagster/backfill": "b"})
    runs.instance.report_run_canceled(queue)
    tick(stalled_runs)
    clock.advance(policies.LEASE_SECONDS + 1)
    tick(stalled_runs)
    assert stands(runs, done) == ("completed", "done", None)
    assert stands(runs, working) == ("failed", "done", "cancelled")
    assert stands(runs, waiting) == ("pending", "ready", None), "its own run is still to come"
    assert [request.partition_key for request in tick(transcripts_ready)[0]] == [waiting.key]
    assert {status(runs, run) for run in under_work.values()} <= {
        dg.DagsterRunStatus.CANCELING, dg.DagsterRunStatus.CANCELED,
    }  # fmt: skip


@pytest.mark.parametrize("selection", [None, ["summary"], ["minutes"], ["transcript"]])
def test_a_run_that_comes_too_late_ends_green_with_nothing_done(
    runs: Runs, tick: Ticks, providers: Providers, selection: list[str] | None
) -> None:
    row = accepted(runs.installation, "weekly.vtt", TALK)
    [request], _ = tick(transcripts_ready)
    assert launched(runs, queued(runs, row.key, request.tags)).success
    before, calls = stands(runs, row), len(providers.ledger()["llm_calls"])
    chosen = None if selection is None else frozenset(dg.AssetKey(name) for name in selection)
    late = launched(runs, queued(runs, row.key, request.tags, asset_selection=chosen))
    assert late.success
    assert set(late.materialized) == set()
    assert late.checks == {}, "a verdict that nobody gave would replace the one that there is"
    assert stands(runs, row) == before
    assert len(providers.ledger()["llm_calls"]) == calls
