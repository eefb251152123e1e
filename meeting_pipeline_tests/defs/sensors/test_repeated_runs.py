"""A run of a backfill that was lost with its worker is repeated, if no other run would make what it was to make again."""

from __future__ import annotations

import time

import dagster as dg
import pytest
from dagster._core.events import JobFailureData, RunFailureReason
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill
from dagster._core.storage.tags import (
    AUTO_RETRY_RUN_ID_TAG,
    BACKFILL_ID_TAG,
    PARTITION_NAME_TAG,
    RUN_FAILURE_REASON_TAG,
    WILL_RETRY_TAG,
)
from sqlalchemy import text

from meeting_pipeline.defs import policies
from meeting_pipeline.defs.sensors.stalled_runs import _end_run
from meeting_pipeline.foundation.workers import WORKER_TAG, this_worker
from meeting_pipeline_tests.dagster_runs import Runs
from meeting_pipeline_tests.defs.sensors.test_sensors import under_way
from meeting_pipeline_tests.installations import TALK, accepted
from meeting_pipeline_tests.store.samples import completed

BACKFILL = "abcdefgh"


def lost(runs: Runs, key: str, **more: str) -> dg.DagsterRun:
    """A run of a backfill for this recording, whose worker is gone."""
    tags = {BACKFILL_ID_TAG: BACKFILL, PARTITION_NAME_TAG: key, WORKER_TAG: str(this_worker()), **more}
    return under_way(runs, "process_recording", dg.DagsterRunStatus.STARTED, tags=tags)


def backfill(runs: Runs, status: BulkActionStatus = BulkActionStatus.REQUESTED) -> None:
    runs.instance.add_backfill(
        PartitionBackfill(
            backfill_id=BACKFILL, status=status, from_failure=False, tags={}, backfill_timestamp=time.time(),
            asset_selection=[dg.AssetKey("summary")],
        )
    )  # fmt: skip


def others(runs: Runs, run: dg.DagsterRun) -> list[dg.DagsterRun]:
    return [one for one in runs.instance.get_runs() if one.run_id != run.run_id]


def status(runs: Runs, run: dg.DagsterRun) -> dg.DagsterRunStatus:
    found = runs.instance.get_run_by_id(run.run_id)
    assert found is not None
    return found.status


def test_the_run_of_a_finished_recording_is_queued_again_once(runs: Runs) -> None:
    backfill(runs)
    run = lost(runs, completed(runs.installation.store).key)
    _end_run(runs.instance, runs.installation, run.run_id)
    assert status(runs, run) == dg.DagsterRunStatus.FAILURE
    [again] = others(runs, run)
    assert (again.status, again.parent_run_id, again.job_name) == (
        dg.DagsterRunStatus.QUEUED, run.run_id, run.job_name,
    )  # fmt: skip
    assert (again.tags[BACKFILL_ID_TAG], again.tags[policies.REPEATS_TAG]) == (BACKFILL, run.run_id)
    assert WORKER_TAG not in again.tags, "the lost worker would be taken for its own"
    ended = runs.instance.get_run_by_id(run.run_id)
    assert ended is not None
    assert (ended.tags[WILL_RETRY_TAG], ended.tags[AUTO_RETRY_RUN_ID_TAG]) == ("true", again.run_id)

    runs.instance.report_run_failed(again)
    _end_run(runs.instance, runs.installation, run.run_id)  # a round that was interrupted is repeated
    _end_run(runs.instance, runs.installation, again.run_id)
    assert len(others(runs, run)) == 1, "what kills its worker twice would do so again"


@pytest.mark.parametrize("data", [None, JobFailureData(None, RunFailureReason.UNEXPECTED_TERMINATION)])
def test_a_run_that_others_have_found_interrupted_is_queued_again(runs: Runs, data: JobFailureData | None) -> None:
    """After a stop of the system, the worker or Dagster's monitoring may be faster."""
    backfill(runs, BulkActionStatus.COMPLETED_FAILED)
    run = lost(runs, completed(runs.installation.store).key)
    runs.instance.report_run_failed(run, "Its worker ended.", data)
    _end_run(runs.instance, runs.installation, run.run_id)
    [again] = others(runs, run)
    assert again.status == dg.DagsterRunStatus.QUEUED
    assert RUN_FAILURE_REASON_TAG not in again.tags


def test_a_run_that_failed_by_itself_is_not_repeated(runs: Runs) -> None:
    backfill(runs)
    run = lost(runs, completed(runs.installation.store).key)
    runs.instance.report_run_failed(run, job_failure_data=JobFailureData(None, RunFailureReason.STEP_FAILURE))
    _end_run(runs.instance, runs.installation, run.run_id)
    assert others(runs, run) == []


def test_the_run_of_an_unfinished_recording_is_left_to_the_store(runs: Runs) -> None:
    backfill(runs)
    run = lost(runs, accepted(runs.installation, "weekly.vtt", TALK).key)
    _end_run(runs.instance, runs.installation, run.run_id)
    assert others(runs, run) == []


@pytest.mark.parametrize("stopped", [BulkActionStatus.CANCELING, BulkActionStatus.CANCELED])
def test_a_backfill_that_a_person_cancelled_is_not_continued(runs: Runs, stopped: BulkActionStatus) -> None:
    backfill(runs, stopped)
    run = lost(runs, completed(runs.installation.store).key)
    _end_run(runs.instance, runs.installation, run.run_id)
    assert others(runs, run) == []
    assert status(runs, run) == dg.DagsterRunStatus.FAILURE


def test_a_run_that_a_person_stopped_and_one_of_a_deleted_recording_are_not_repeated(runs: Runs) -> None:
    backfill(runs)
    run = lost(runs, "2026-11-20-gone")
    _end_run(runs.instance, runs.installation, run.run_id)
    assert others(runs, run) == []
    cancelled = lost(runs, completed(runs.installation.store).key)
    runs.instance.report_run_canceling(cancelled)
    _end_run(runs.instance, runs.installation, cancelled.run_id)
    assert status(runs, cancelled) == dg.DagsterRunStatus.CANCELED
    assert len(others(runs, run)) == 1


def test_a_repetition_buys_nothing_that_the_lost_run_has_received(runs: Runs) -> None:
    row = accepted(runs.installation, "weekly.vtt", TALK)
    assert runs.recording(row.key).success

    def made_again(**tags: str) -> int:
        before = answers(runs)
        job = runs.definitions.resolve_job_def("process_recording")
        done = job.execute_in_process(
            partition_key=row.key, instance=runs.instance, tags=tags, asset_selection=[dg.AssetKey("summary")],
        )  # fmt: skip
        assert done.success
        ids.append(done.run_id)
        return answers(runs) - before

    ids: list[str] = []
    assert made_again() == 1, "a person asked for it"
    assert made_again(**{policies.REPEATS_TAG: ids[0]}) == 0
    assert made_again() == 1


def answers(runs: Runs) -> int:
    with runs.installation.store.database.read() as session:
        return int(session.scalar(text("SELECT count(*) FROM paid_answers")) or 0)
