"""A bad element does not fail its batch, and marked recordings are requested even if the tick that marked them fails."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.partitions.context import partition_loading_context

from meeting_pipeline import policies
from meeting_pipeline.defs import policies as defs_policies
from meeting_pipeline.defs.partitions import RECORDINGS
from meeting_pipeline.defs.sensors.gaps_due import gaps_due
from meeting_pipeline.defs.sensors.requests import with_partition
from meeting_pipeline.defs.sensors.stalled_runs import stalled_runs
from meeting_pipeline.defs.sensors.transcripts_ready import transcripts_ready
from meeting_pipeline.installation import Installation
from meeting_pipeline.store import policies as store_policies
from meeting_pipeline.store.recordings.due_work import DueWork
from meeting_pipeline.store.recordings.run_tickets import RunTicket
from meeting_pipeline.store.tables import GapRow, Recording
from meeting_pipeline_tests.dagster_runs import Runs
from meeting_pipeline_tests.defs.sensors.test_sensors import Ticks, stage, started, status
from meeting_pipeline_tests.installations import TALK, Clock, accepted


@pytest.fixture
def tick(runs: Runs) -> Ticks:
    return Ticks(runs)


def evaluated(runs: Runs, name: str) -> list[dg.RunRequest]:
    """The run requests of a tick, after the checks that Dagster makes before it accepts them."""
    repository = runs.definitions.get_repository_def()
    context = dg.build_sensor_context(
        instance=runs.instance, repository_def=repository, sensor_name=name, resources={"installation": runs.installation}
    )  # fmt: skip
    with partition_loading_context(dynamic_partitions_store=runs.instance):
        return list(repository.get_sensor_def(name).evaluate_tick(context).run_requests or ())


def three(installation: Installation) -> list[str]:
    return [accepted(installation, f"{n}.vtt", f"{TALK}\nNOTE {n}\n").key for n in range(3)]


def with_gaps(installation: Installation, keys: list[str]) -> None:
    """Turn the recordings into completed ones whose summary is a gap that is due."""
    now = installation.store.context.now()
    with installation.store.database.write() as session:
        for key in keys:
            row = session.get_one(Recording, key)
            row.status, row.stage, row.due_at = "completed", "done", None
            session.add(
                GapRow(recording_key=key, insight="summary", since=now - timedelta(seconds=1), tries=1, code="c",
                       reason="r", advice="", due_at=now)
            )  # fmt: skip


@pytest.mark.parametrize("deleted", [0, 1, 2])
@pytest.mark.parametrize("sensor", ["gaps_due", "transcripts_ready"])
def test_a_partition_that_a_person_deleted_comes_back_and_all_are_requested_in_the_same_tick(
    runs: Runs, sensor: str, deleted: int
) -> None:
    keys = three(runs.installation)
    runs.partition(*keys)
    if sensor == "gaps_due":
        with_gaps(runs.installation, keys)
    for key in keys[:deleted]:
        runs.instance.delete_dynamic_partition(RECORDINGS, key)
    assert {request.partition_key for request in evaluated(runs, sensor)} == set(keys)
    assert set(runs.instance.get_dynamic_partitions(RECORDINGS)) == set(keys)


def test_a_request_for_a_recording_that_is_gone_is_left_out(runs: Runs) -> None:
    [key, *_] = three(runs.installation)
    context = dg.build_sensor_context(instance=runs.instance)
    requests = [
        dg.RunRequest(partition_key="2026-11-20-gone-00000000"),
        dg.RunRequest(partition_key=key),
        dg.RunRequest(),
    ]
    assert with_partition(context, runs.installation, requests) == requests[1:]
    assert runs.instance.get_dynamic_partitions(RECORDINGS) == [key]


def test_gaps_whose_tick_died_are_requested_again_within_a_minute_and_as_the_same_runs(
    runs: Runs, tick: Ticks, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = three(runs.installation)
    with_gaps(runs.installation, keys)

    def dies(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(runs.instance.__class__, "add_dynamic_partitions", dies)
        with pytest.raises(KeyboardInterrupt):
            tick(gaps_due)
    assert tick(gaps_due) == ([], None), "they are marked"
    clock.advance(store_policies.GAP_REQUEST_SECONDS)
    requests, _ = tick(gaps_due)
    assert {request.partition_key for request in requests} == set(keys)
    clock.advance(store_policies.GAP_REQUEST_SECONDS)
    again, _ = tick(gaps_due)
    assert {request.run_key for request in again} == {request.run_key for request in requests}
    assert store_policies.GAP_REQUEST_SECONDS + defs_policies.SLOW_SENSOR_SECONDS <= 60


def test_a_recording_that_is_deleted_while_others_are_marked_stops_none_of_them(
    runs: Runs, tick: Ticks, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = three(runs.installation)
    due = DueWork.due

    def with_a_deleted_one(self: DueWork, *args: Any, **more: Any) -> Any:
        return [Recording(key="2026-11-20-gone-00000000"), *due(self, *args, **more)]

    monkeypatch.setattr(DueWork, "due", with_a_deleted_one)
    assert {request.partition_key for request in tick(transcripts_ready)[0]} == set(keys)


def test_a_request_of_a_recording_that_is_deleted_meanwhile_stops_no_repair(
    runs: Runs, tick: Ticks, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = accepted(runs.installation, "weekly.vtt", TALK)
    tick(transcripts_ready)
    clock.advance(policies.QUEUED_GRACE_SECONDS + 1)
    queued = DueWork.queued_before

    def with_a_deleted_one(self: DueWork, seconds: float, limit: int) -> Any:
        return [RunTicket("2026-11-20-gone-00000000", 1, clock()), *queued(self, seconds, limit)]

    monkeypatch.setattr(DueWork, "queued_before", with_a_deleted_one)
    tick(stalled_runs)
    assert stage(runs, row) == "ready"


def test_a_run_that_cannot_be_ended_stops_no_other_and_is_ended_by_a_later_tick(
    runs: Runs, tick: Ticks, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [runs.installation.store.recordings.get(key) for key in three(runs.installation)]
    ran = [started(runs, row) for row in rows]
    clock.advance(policies.LEASE_SECONDS + 1)
    report = runs.instance.report_run_failed

    def but_one(run: dg.DagsterRun, *args: Any, **more: Any) -> Any:
        if run.run_id == ran[0].run_id:
            raise RuntimeError("not this one")
        return report(run, *args, **more)

    with monkeypatch.context() as broken:
        broken.setattr(runs.instance, "report_run_failed", but_one)
        tick(stalled_runs)
    assert [status(runs, run) for run in ran] == [
        dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.FAILURE,
    ]  # fmt: skip
    clock.advance(policies.CALL_SECONDS)
    tick(stalled_runs)
    assert status(runs, ran[0]) == dg.DagsterRunStatus.FAILURE
