"""What Dagster's ticks show about requests: still in progress, or lost with the process that should have submitted them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest
from dagster._core.remote_origin import (
    RegisteredCodeLocationOrigin,
    RemoteInstigatorOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    InstigatorTick,
    InstigatorType,
    SensorInstigatorData,
    TickData,
    TickStatus,
)
from dagster._core.storage.tags import SENSOR_NAME_TAG
from dagster_shared.error import SerializableErrorInfo

from meeting_pipeline import policies
from meeting_pipeline.defs.sensors.stalled_runs import stalled_runs
from meeting_pipeline.defs.sensors.ticks import latest_ticks
from meeting_pipeline.defs.sensors.transcripts_ready import transcripts_ready
from meeting_pipeline.defs.sensors.webhooks_due import webhooks_due
from meeting_pipeline.domain.recording import Stage
from meeting_pipeline.store.recordings.run_tickets import RunTicket
from meeting_pipeline.store.tables import Recording
from meeting_pipeline_tests.dagster_runs import Runs
from meeting_pipeline_tests.defs.sensors.test_sensors import Ticks, jobs, under_way
from meeting_pipeline_tests.installations import TALK, Clock, accepted


@pytest.fixture(scope="module")
def stored_instance() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as opened:
        yield opened


@pytest.fixture
def instance(stored_instance: dg.DagsterInstance) -> Iterator[dg.DagsterInstance]:
    """An instance that stores ticks, as every real one does."""
    yield stored_instance
    stored_instance.wipe()
    stored_instance.schedule_storage.wipe()  # type: ignore[union-attr]  # a stored instance has one


@pytest.fixture
def tick(runs: Runs) -> Ticks:
    return Ticks(runs)


class Daemon:
    """Writes ticks of a sensor as Dagster's daemon does."""

    def __init__(self, instance: dg.DagsterInstance, clock: Clock, sensor: str) -> None:
        self.instance, self.clock, self.sensor = instance, clock, sensor
        repository = RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("meeting_pipeline"), "__repository__")
        origin = RemoteInstigatorOrigin(repository, sensor)
        self.state = InstigatorState(
            origin, InstigatorType.SENSOR, InstigatorStatus.DECLARED_IN_CODE, SensorInstigatorData(min_interval=5)
        )
        instance.add_instigator_state(self.state)

    def begins(self) -> InstigatorTick:
        return self.instance.create_tick(
            TickData(
                instigator_origin_id=self.state.instigator_origin_id,
                instigator_name=self.sensor,
                instigator_type=InstigatorType.SENSOR,
                status=TickStatus.STARTED,
                timestamp=self.clock().timestamp(),
                selector_id=self.state.selector_id,
            )
        )

    def hears(self, begun: InstigatorTick, requests: list[dg.RunRequest]) -> InstigatorTick:
        """Record the requests that the sensor returned, with the ids reserved for their runs."""
        ids = [f"run-of-{request.run_key}" for request in requests]
        heard = begun.with_run_requests(run_requests=requests, reserved_run_ids=ids)
        self.instance.update_tick(heard)
        return heard

    def ends(self, begun: InstigatorTick, status: TickStatus) -> None:
        error = SerializableErrorInfo("code server unreachable", [], "Error") if status is TickStatus.FAILURE else None
        self.instance.update_tick(begun.with_status(status, error=error))


@pytest.fixture
def daemon(instance: dg.DagsterInstance, clock: Clock) -> Daemon:
    return Daemon(instance, clock, transcripts_ready.name)


@pytest.fixture
def row(runs: Runs) -> Recording:
    return accepted(runs.installation, "weekly.vtt", TALK)


def stage(runs: Runs, row: Recording) -> str:
    return runs.installation.store.recordings.get(row.key).stage


@pytest.mark.parametrize("status", [TickStatus.FAILURE, TickStatus.SKIPPED, TickStatus.SUCCESS])
def test_a_request_whose_tick_is_over_without_a_run_is_made_again_at_once(
    runs: Runs, tick: Ticks, daemon: Daemon, row: Recording, clock: Clock, status: TickStatus
) -> None:
    begun = daemon.begins()
    clock.advance(1)
    tick(transcripts_ready)
    clock.advance(1)
    daemon.ends(begun, status)
    tick(stalled_runs)
    assert stage(runs, row) == Stage.READY


def test_a_request_whose_tick_goes_on_is_left_to_it_for_the_whole_grace(
    runs: Runs, tick: Ticks, daemon: Daemon, row: Recording, clock: Clock
) -> None:
    begun = daemon.begins()
    clock.advance(20)
    requests, _ = tick(transcripts_ready)
    clock.advance(policies.QUEUED_GRACE_SECONDS - 1)
    tick(stalled_runs)
    assert stage(runs, row) == Stage.QUEUED, "the sensor has not answered yet"
    daemon.hears(begun, requests)
    tick(stalled_runs)
    assert stage(runs, row) == Stage.QUEUED, "its runs are being made"
    clock.advance(2)
    tick(stalled_runs)
    assert stage(runs, row) == Stage.READY, "nothing waits for ever"


def test_a_request_that_a_dead_daemon_had_not_heard_of_is_made_again_when_its_next_begins(
    runs: Runs, tick: Ticks, daemon: Daemon, row: Recording, clock: Clock
) -> None:
    daemon.begins()
    clock.advance(1)
    tick(transcripts_ready)
    clock.advance(5)
    tick(stalled_runs)
    assert stage(runs, row) == Stage.QUEUED
    daemon.begins()
    tick(stalled_runs)
    assert stage(runs, row) == Stage.READY


@pytest.mark.parametrize("status", [TickStatus.STARTED, TickStatus.FAILURE])
def test_a_request_that_a_dead_daemon_had_noted_is_left_to_its_successor(
    runs: Runs, tick: Ticks, daemon: Daemon, row: Recording, clock: Clock, status: TickStatus
) -> None:
    begun = daemon.begins()
    clock.advance(1)
    requests, _ = tick(transcripts_ready)
    daemon.ends(daemon.hears(begun, requests), status)
    clock.advance(5)
    tick(stalled_runs)
    assert stage(runs, row) == Stage.QUEUED
    clock.advance(policies.QUEUED_GRACE_SECONDS)
    tick(stalled_runs)
    assert stage(runs, row) == Stage.READY


def test_a_request_that_was_marked_outside_any_tick_is_made_again_at_once(
    runs: Runs, tick: Ticks, daemon: Daemon, row: Recording, clock: Clock
) -> None:
    daemon.ends(daemon.begins(), TickStatus.SUCCESS)
    clock.advance(60)
    tick(transcripts_ready)  # as when a person tests the sensor in the UI
    clock.advance(1)
    tick(stalled_runs)
    assert stage(runs, row) == Stage.READY


@pytest.mark.processes
def test_a_request_that_is_made_again_too_soon_begins_once(
    runs: Runs, tick: Ticks, daemon: Daemon, row: Recording, clock: Clock
) -> None:
    begun = daemon.begins()
    clock.advance(1)
    [first], _ = tick(transcripts_ready)
    daemon.ends(begun, TickStatus.FAILURE)
    tick(stalled_runs)
    clock.advance(1)
    [second], _ = tick(transcripts_ready)
    runs.partition(row.key)
    ran = [
        runs.definitions.resolve_job_def("process_recording").execute_in_process(
            partition_key=row.key, instance=runs.instance, raise_on_error=False, tags=dict(request.tags)
        )
        for request in (first, second)
    ]
    assert [result.success for result in ran] == [True, True]  # what comes too late is no failure, and does nothing
    assert [len(result.get_asset_materialization_events()) > 0 for result in ran] == [False, True]
    assert runs.installation.store.recordings.get(row.key).revision == 1


def created(runs: Runs, job: str, sensor: str, **tags: str) -> dg.DagsterRun:
    """A run that the daemon has created but not queued."""
    return under_way(runs, job, dg.DagsterRunStatus.NOT_STARTED, tags={SENSOR_NAME_TAG: sensor, **tags})


def status(runs: Runs, run: dg.DagsterRun) -> dg.DagsterRunStatus:
    found = runs.instance.get_run_by_id(run.run_id)
    assert found is not None
    return found.status


def test_a_run_that_was_created_and_never_queued_does_not_hold_up_its_batch_job(
    runs: Runs, tick: Ticks, clock: Clock
) -> None:
    row = accepted(runs.installation, "weekly.vtt", TALK, webhook_url="http://127.0.0.1:9/hook")
    runs.installation.store.cancelling.cancel(row.key)
    run = created(runs, "deliver_webhooks", webhooks_due.name)
    assert tick(webhooks_due) == ([], None)
    tick(stalled_runs)
    assert status(runs, run) == dg.DagsterRunStatus.NOT_STARTED, "it may be about to be queued"
    clock.advance(policies.QUEUED_GRACE_SECONDS + 60)
    tick(stalled_runs)
    assert status(runs, run) == dg.DagsterRunStatus.FAILURE
    assert jobs(tick(webhooks_due)[0]) == ["deliver_webhooks"]


def test_a_run_that_a_tick_is_going_to_queue_is_left_to_it(
    runs: Runs, tick: Ticks, daemon: Daemon, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = daemon.begins()
    run = created(runs, "process_recording", transcripts_ready.name)
    held: dict[str, Any] = {"run_requests": [dg.RunRequest(run_key="a:1")], "reserved_run_ids": [run.run_id]}
    runs.instance.update_tick(begun.with_run_requests(**held))
    clock.advance(policies.QUEUED_GRACE_SECONDS + 60)
    tick(stalled_runs)
    assert status(runs, run) == dg.DagsterRunStatus.NOT_STARTED


def test_a_recording_whose_run_was_never_queued_waits_for_another(
    runs: Runs, tick: Ticks, row: Recording, clock: Clock
) -> None:
    [request], _ = tick(transcripts_ready)
    created(runs, "process_recording", transcripts_ready.name, **{"dagster/run_key": request.run_key or ""})
    clock.advance(policies.QUEUED_GRACE_SECONDS + 60)
    tick(stalled_runs)
    now = runs.installation.store.recordings.get(row.key)
    assert (now.stage, now.error_code, now.worker_losses) == (Stage.READY, "run_not_launched", 0)


def test_the_latest_tick_is_found_whatever_the_code_location_is_called(
    instance: dg.DagsterInstance, daemon: Daemon, clock: Clock
) -> None:
    assert latest_ticks(instance, transcripts_ready.name) == []
    daemon.begins()
    clock.advance(1)
    newest = daemon.begins()
    assert [found.tick_id for found in latest_ticks(instance, transcripts_ready.name)] == [newest.tick_id]
    assert [found.tick_id for found in latest_ticks(instance)] == [newest.tick_id]
    assert latest_ticks(instance, webhooks_due.name) == []


def test_a_ticket_is_the_same_whenever_it_was_marked(clock: Clock) -> None:
    assert RunTicket("a", 1, clock()) == RunTicket("a", 1)
