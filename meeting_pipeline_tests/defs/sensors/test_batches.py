"""Runs of many recordings: how they are requested, and what becomes of their recordings when they end early."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest
import yaml
from dagster._utils.tags import TagConcurrencyLimitsCounter

from meeting_pipeline import policies
from meeting_pipeline.defs.partitions import RECORDINGS
from meeting_pipeline.defs.sensors.gaps_due import gaps_due
from meeting_pipeline.defs.sensors.run_states import request_states
from meeting_pipeline.defs.sensors.stalled_runs import stalled_runs
from meeting_pipeline.defs.sensors.transcripts_ready import transcripts_ready
from meeting_pipeline.domain.recording import Stage
from meeting_pipeline.foundation.worker_activity import Activity, Watcher
from meeting_pipeline.foundation.workers import WORKER_TAG, this_worker
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.operations.recovery_round import Ending, RunState
from meeting_pipeline.steps.processing.run_config import JOB, keys_in, recordings_in, run_config
from meeting_pipeline.store import policies as store_policies
from meeting_pipeline.store.recordings.run_tickets import RunTicket
from meeting_pipeline.store.tables import Recording
from meeting_pipeline.supervisor.instance import write_instance
from meeting_pipeline_tests.dagster_runs import AUTOMATIC, Runs
from meeting_pipeline_tests.defs.sensors.test_requests import with_gaps
from meeting_pipeline_tests.defs.sensors.test_sensors import Ticks, status, under_way
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import TALK, Clock, OpenWith, accepted


@pytest.fixture
def tick(runs: Runs) -> Ticks:
    return Ticks(runs)


def talks(runs: Runs, count: int) -> list[str]:
    """Recordings that are ready for a run."""
    return [accepted(runs.installation, f"{n}.vtt", f"{TALK}\nNOTE {n}\n").key for n in range(count)]


def batch(runs: Runs, tickets: list[RunTicket], at: dg.DagsterRunStatus, **more: Any) -> dg.DagsterRun:
    """A run of these requests, in this state."""
    config = run_config([{"key": ticket.key, "request": ticket.request} for ticket in tickets])
    return under_way(runs, JOB, at, run_config=config, **{"tags": AUTOMATIC, **more})


def begun(runs: Runs, run: dg.DagsterRun, *tickets: RunTicket) -> None:
    """What a worker has taken of a batch: the batch, and the first recordings of it."""
    store = runs.installation.store
    store.leases.begin_batch(run.run_id)
    for number, ticket in enumerate(tickets):
        store.lifecycle.begin(ticket.key, f"{run.run_id}/{number}", collecting=True, request=ticket.request)


def stages(runs: Runs, keys: list[str]) -> list[str]:
    return [runs.installation.store.recordings.get(key).stage for key in keys]


def losses(runs: Runs, keys: list[str]) -> list[int]:
    return [runs.installation.store.recordings.get(key).worker_losses for key in keys]


# --- ends -------------------------------------------------------------------------------------------------------------


def test_a_request_is_found_in_the_run_that_stands_for_it(runs: Runs) -> None:
    talks(runs, 3)
    tickets = runs.installation.store.lifecycle.request_runs(10)
    assert request_states(runs.instance, tickets, "transcripts_ready") == {}
    batch(runs, tickets[:2], dg.DagsterRunStatus.STARTED)
    found = request_states(runs.instance, tickets, "transcripts_ready")
    assert {ticket: state.ending for ticket, state in found.items()} == dict.fromkeys(tickets[:2], Ending.GOING_ON)
    assert all(state.shared for state in found.values())


def test_while_a_batch_goes_on_its_waiting_recordings_are_left_alone(runs: Runs, tick: Ticks, clock: Clock) -> None:
    keys = talks(runs, 3)
    tickets = runs.installation.store.lifecycle.request_runs(10)
    begun(runs, batch(runs, tickets, dg.DagsterRunStatus.STARTED), tickets[0])
    clock.advance(policies.QUEUED_GRACE_SECONDS + 1)
    for lease in runs.installation.store.lease_watch.live_workers():
        assert runs.installation.store.leases.heartbeat(lease.run_id)
    tick(stalled_runs)
    assert sorted(stages(runs, keys)) == [Stage.COLLECTING, Stage.QUEUED, Stage.QUEUED]


def test_every_recording_of_a_silent_batch_goes_to_another_run(runs: Runs, tick: Ticks, clock: Clock) -> None:
    """Only those that it had begun may have ended it: they get runs of their own."""
    keys = talks(runs, 4)
    tickets = runs.installation.store.lifecycle.request_runs(10)
    run = batch(runs, tickets, dg.DagsterRunStatus.STARTED, tags={**AUTOMATIC, WORKER_TAG: "elsewhere:1:1@table"})
    begun(runs, run, *tickets[:2])
    clock.advance(policies.LEASE_SECONDS + 1)
    tick(stalled_runs)
    assert status(runs, run) == dg.DagsterRunStatus.FAILURE
    tick(stalled_runs)
    assert stages(runs, keys) == [Stage.READY] * 4
    first = {ticket.key for ticket in tickets[:2]}
    assert losses(runs, keys) == [int(key in first) for key in keys]
    again = {ticket.key: ticket.alone for ticket in runs.installation.store.lifecycle.request_runs(10)}
    assert again == {key: key in first for key in keys}


def test_recordings_whose_batches_always_die_before_their_turn_get_runs_of_their_own(
    runs: Runs, tick: Ticks, clock: Clock
) -> None:
    [key] = talks(runs, 1)
    for _ in range(store_policies.SHARED_REQUESTS):
        [ticket] = runs.installation.store.lifecycle.request_runs(10)
        assert not ticket.alone
        run = batch(runs, [ticket], dg.DagsterRunStatus.STARTED, tags={**AUTOMATIC, WORKER_TAG: "elsewhere:1:1@t"})
        runs.instance.report_run_failed(run)
        tick(stalled_runs)
        assert stages(runs, [key]) == [Stage.READY]
    [last] = runs.installation.store.lifecycle.request_runs(10)
    assert last.alone


def test_a_batch_that_met_a_bug_costs_no_attempt_of_those_whose_turn_never_came(
    runs: Runs, tick: Ticks, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = talks(runs, 2)
    tickets = runs.installation.store.lifecycle.request_runs(10)
    failed = RunState(Ending.ERROR, "KeyError", shared=True)
    monkeypatch.setattr(
        "meeting_pipeline.defs.sensors.stalled_runs.request_states", lambda *_: dict.fromkeys(tickets, failed)
    )
    tick(stalled_runs)
    assert stages(runs, keys) == [Stage.READY] * 2
    assert [runs.installation.store.recordings.get(key).attempts for key in keys] == [0, 0]


def test_a_silent_batch_whose_process_lives_is_looked_at_once_in_a_round(
    runs: Runs, tick: Ticks, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    talks(runs, 3)
    tickets = runs.installation.store.lifecycle.request_runs(10)
    worker = str(this_worker())
    begun(runs, batch(runs, tickets, dg.DagsterRunStatus.STARTED, tags={**AUTOMATIC, WORKER_TAG: worker}), *tickets)
    looks: list[object] = []

    def check(_: Watcher, worker: object) -> Activity:
        looks.append(worker)
        return Activity.WORKING

    monkeypatch.setattr(Watcher, "check", check)
    clock.advance(policies.LEASE_SECONDS + 1)
    tick(stalled_runs)
    assert len(looks) == 1
    lease_watch = runs.installation.store.lease_watch
    assert lease_watch.silent_workers() == [], "all leases of the process were renewed"
    assert len(lease_watch.live_workers()) >= 3


def test_a_batch_that_a_person_stopped_cancels_all_that_it_had_not_finished(runs: Runs, tick: Ticks) -> None:
    keys = talks(runs, 3)
    tickets = runs.installation.store.lifecycle.request_runs(10)
    run = batch(runs, tickets, dg.DagsterRunStatus.STARTED)
    begun(runs, run, tickets[0])
    runs.instance.report_run_canceling(run)
    tick(stalled_runs)
    found = [runs.installation.store.recordings.get(key) for key in keys]
    assert [(row.status, row.error_code) for row in found] == [("failed", "cancelled")] * 3


def test_a_recording_that_a_person_cancelled_leaves_the_rest_of_its_batch_alone(runs: Runs, tick: Ticks) -> None:
    keys = talks(runs, 2)
    tickets = runs.installation.store.lifecycle.request_runs(10)
    run = batch(runs, tickets, dg.DagsterRunStatus.STARTED)
    begun(runs, run, *tickets)
    runs.installation.store.cancelling.cancel(keys[0])
    tick(stalled_runs)
    assert status(runs, run) == dg.DagsterRunStatus.STARTED
    assert stages(runs, keys) == [Stage.DONE, Stage.COLLECTING]
    assert tick(transcripts_ready)[0] == []


# --- requests ---------------------------------------------------------------------------------------------------------


def sizes(requests: list[dg.RunRequest]) -> list[int]:
    """Recordings of each requested run, largest first; a run of its own has 1."""
    return sorted((len(recordings_in(request.run_config)) or 1 for request in requests), reverse=True)


def test_recordings_for_which_there_are_free_runs_get_runs_of_their_own(runs: Runs, tick: Ticks) -> None:
    keys = talks(runs, 4)
    requests, _ = tick(transcripts_ready)
    assert sorted(request.partition_key or "" for request in requests) == sorted(keys)
    assert {request.job_name for request in requests} == {"process_recording"}


def test_more_recordings_than_free_runs_share_them_evenly(runs: Runs, tick: Ticks) -> None:
    keys = talks(runs, 10)
    requests, _ = tick(transcripts_ready)
    assert sizes(requests) == [3, 3, 2, 2]
    assert {request.job_name for request in requests} == {JOB}
    assert {request.tags["dagster/priority"] for request in requests} == {"10"}
    assert set().union(*(keys_in(request.run_config) for request in requests)) == set(keys)
    assert set(runs.instance.get_dynamic_partitions(RECORDINGS)) == set(keys)
    assert tick(transcripts_ready)[0] == []


def test_a_run_takes_no_more_recordings_than_the_setting_says(
    open_with: OpenWith, instance: dg.DagsterInstance, providers: Providers
) -> None:
    limits = {"MEETING_PIPELINE_BATCH_RECORDINGS": "3", "MEETING_PIPELINE_MAX_CONCURRENT_RUNS": "2"}
    runs = Runs(open_with(**providers.environment(), **limits), instance)
    talks(runs, 10)
    assert sizes(Ticks(runs)(transcripts_ready)[0]) == [3, 3]
    assert stages(runs, [row.key for row in runs.installation.store.recordings.list()]).count(Stage.READY) == 4


def test_while_all_runs_are_busy_one_more_is_at_hand_and_the_rest_waits_here(runs: Runs, tick: Ticks) -> None:
    for _ in range(4):
        under_way(runs, "process_recording", dg.DagsterRunStatus.STARTED, tags=AUTOMATIC)
    keys = talks(runs, 30)
    assert sizes(tick(transcripts_ready)[0]) == [25]
    batch(runs, [], dg.DagsterRunStatus.QUEUED, tags={"dagster/priority": "10"})
    assert tick(transcripts_ready)[0] == []
    assert stages(runs, keys).count(Stage.READY) == 5


def test_recordings_that_wait_in_working_runs_leave_the_next_run_full(
    open_with: OpenWith, instance: dg.DagsterInstance, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However few runs of one recording may wait in Dagster, and however many recordings share a run."""
    limits = {"MEETING_PIPELINE_BATCH_RECORDINGS": "6", "MEETING_PIPELINE_MAX_CONCURRENT_RUNS": "2"}
    monkeypatch.setattr(store_policies, "QUEUED_RECORDINGS", 5)
    runs = Runs(open_with(**providers.environment(), **limits), instance)
    talks(runs, 30)
    tick = Ticks(runs)
    requests, _ = tick(transcripts_ready)
    assert sizes(requests) == [6, 6]
    for request in requests:
        under_way(runs, JOB, dg.DagsterRunStatus.STARTED, run_config=request.run_config, tags=request.tags)
    assert sizes(tick(transcripts_ready)[0]) == [6]


def test_what_waits_behind_new_recordings_takes_no_run_from_them(runs: Runs, tick: Ticks) -> None:
    for _ in range(4):
        batch(runs, [], dg.DagsterRunStatus.QUEUED, tags={"dagster/priority": "-5"})
    talks(runs, 4)
    assert sizes(tick(transcripts_ready)[0]) == [1, 1, 1, 1]


@pytest.mark.parametrize("tags", [{"dagster/backfill": "abcdefgh"}, {}])
def test_a_backfill_and_what_a_person_runs_take_no_run_from_new_recordings(
    open_with: OpenWith, instance: dg.DagsterInstance, providers: Providers, tags: dict[str, str]
) -> None:
    runs = Runs(open_with(**providers.environment(), MEETING_PIPELINE_MAX_CONCURRENT_RUNS="1"), instance)
    for _ in range(2):
        under_way(runs, "process_recording", dg.DagsterRunStatus.STARTED, tags=tags)
    talks(runs, 1)
    assert sizes(Ticks(runs)(transcripts_ready)[0]) == [1]


@pytest.mark.parametrize("most", [1, 2, 3, 8])
def test_however_many_gaps_are_filled_a_new_recording_can_start_at_once(
    open_with: OpenWith, instance: dg.DagsterInstance, providers: Providers, most: int
) -> None:
    """Judged by Dagster's own counter of the limits that `up` writes."""
    runs = Runs(open_with(**providers.environment(), MEETING_PIPELINE_MAX_CONCURRENT_RUNS=str(most)), instance)
    settings = runs.installation.settings
    write_instance(settings)
    config = yaml.safe_load((settings.dagster_home / "dagster.yaml").read_text())["concurrency"]["runs"]
    counter = TagConcurrencyLimitsCounter(config["tag_concurrency_limits"], [])
    with_gaps(runs.installation, talks(runs, most + 1))
    tick, working = Ticks(runs), 0
    [filling, *_] = tick(gaps_due)[0]
    run = under_way(runs, JOB, dg.DagsterRunStatus.STARTED, run_config=filling.run_config, tags=filling.tags)
    while not counter.is_blocked(run):  # as many as Dagster lets run
        counter.update_counters_with_launched_item(run)
        working += 1
    assert working == max(1, min(2, most - 1))
    accepted(runs.installation, "new.vtt", f"{TALK}\nNOTE new\n")
    [new] = tick(transcripts_ready)[0]
    assert new.partition_key
    assert not counter.is_blocked(under_way(runs, "process_recording", tags=new.tags))


def test_a_recording_that_may_end_its_workers_shares_with_nobody(runs: Runs, tick: Ticks) -> None:
    keys = talks(runs, 7)
    with runs.installation.store.database.write() as session:
        session.get_one(Recording, keys[0]).worker_losses = 1
    requests, _ = tick(transcripts_ready)
    assert sizes(requests) == [2, 2, 2, 1]
    assert [request.partition_key for request in requests if request.partition_key] == [keys[0]]


def test_where_transcripts_are_made_on_this_machine_no_run_is_shared(
    installation: Installation, instance: dg.DagsterInstance
) -> None:
    runs = Runs(installation, instance)
    talks(runs, 6)
    assert sizes(Ticks(runs)(transcripts_ready)[0]) == [1] * 6


# --- gaps -------------------------------------------------------------------------------------------------------------


def test_a_few_gaps_get_runs_of_their_own(runs: Runs, tick: Ticks) -> None:
    with_gaps(runs.installation, talks(runs, 2))
    requests, _ = tick(gaps_due)
    assert {request.job_name for request in requests} <= {None, "process_recording"}
    assert sizes(requests) == [1, 1]


def test_many_gaps_share_runs_behind_everything_else(runs: Runs, tick: Ticks) -> None:
    keys = talks(runs, 9)
    with_gaps(runs.installation, keys)
    requests, _ = tick(gaps_due)
    assert sizes(requests) == [5, 4]
    assert {request.tags["dagster/priority"] for request in requests} == {"-5"}
    assert all(policies.CATCH_UP_TAG in request.tags for request in requests)
    named = [one for request in requests for one in recordings_in(request.run_config)]
    assert {tuple(one["assets"]) for one in named} == {("summary", "minutes")}
    assert tick(gaps_due)[0] == []


def test_a_gap_that_waits_in_a_shared_run_is_not_requested_again(runs: Runs, tick: Ticks, clock: Clock) -> None:
    with_gaps(runs.installation, talks(runs, 5))
    requests, _ = tick(gaps_due)
    for request in requests[1:]:
        under_way(runs, JOB, dg.DagsterRunStatus.QUEUED, run_config=request.run_config, tags=request.tags)
    clock.advance(store_policies.GAP_REQUEST_SECONDS + 1)
    again, _ = tick(gaps_due)
    assert {request.partition_key for request in again} == keys_in(requests[0].run_config), "its run never came"


def test_gaps_of_many_are_filled_in_one_run(runs: Runs, tick: Ticks, providers: Providers) -> None:
    keys = talks(runs, 3)
    providers.fault("POST /v1/responses", "status", status=400, insight="summary", times=3)
    tickets = runs.installation.store.lifecycle.request_runs(10)
    job = runs.definitions.resolve_job_def(JOB)
    runs.partition(*keys)
    config = run_config([{"key": ticket.key, "request": ticket.request} for ticket in tickets])
    assert job.execute_in_process(instance=runs.instance, run_config=config, tags=AUTOMATIC).success
    assert all(runs.installation.store.records.get(key).gaps for key in keys)
    gaps = run_config([{"key": key, "assets": ["summary", "minutes"]} for key in keys])
    assert job.execute_in_process(instance=runs.instance, run_config=gaps, tags=AUTOMATIC).success
    assert [runs.installation.store.records.get(key).gaps for key in keys] == [()] * 3
    assert [runs.installation.store.recordings.get(key).revision for key in keys] == [2] * 3
