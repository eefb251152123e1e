"""``stalled_runs``: finds runs whose worker died, whatever launched them, and runs that a person stopped.

Must not go here: how a run ended (``run_states.py``), what happens to the recordings (``steps/operations/recover.py``).
"""

import logging
import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import dagster as dg

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.dagster_internals import SENSOR_NAME_TAG
from meeting_pipeline.defs import policies
from meeting_pipeline.defs.jobs import process_recording
from meeting_pipeline.defs.sensors.frozen_workers import FrozenWorkers
from meeting_pipeline.defs.sensors.run_states import request_states, run_state
from meeting_pipeline.defs.sensors.skip_on_db_error import skip_on_database_error
from meeting_pipeline.defs.sensors.ticks import latest_ticks, runs_pending_submission
from meeting_pipeline.defs.sensors.transcripts_ready import transcripts_ready
from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.foundation.run_tags import value_of
from meeting_pipeline.foundation.worker_activity import Activity, Watcher
from meeting_pipeline.foundation.workers import PROCESS_TAG, WORKER_TAG, Worker, parse_worker
from meeting_pipeline.installation import Installation
from meeting_pipeline.launching.ending import end_workers
from meeting_pipeline.launching.launcher import WarmRunLauncher
from meeting_pipeline.steps.isolation import isolated_item
from meeting_pipeline.steps.operations.recover import repair
from meeting_pipeline.steps.operations.recovery_round import Repaired, WorkerSeen
from meeting_pipeline.store.recordings.leases import run_of
from meeting_pipeline.store.recordings.lifecycle import LeaseHolder, RunTicket

_AFTERLIFE_LOOK_SECONDS: Final = 3600.0
"""Runs that ended earlier than this have been checked many times already."""
_log = logging.getLogger(__name__)
_REASON = (
    "The worker of this run stopped renewing its lease, or was stopped with its system{how}. Another run takes over its "
    "recording; nothing that was paid for is bought again."
)
_watcher = Watcher()
"""Shared by all ticks of this sensor: whether a process makes progress shows only by comparing two observations."""
_frozen = FrozenWorkers()
"""Shared too: how long a worker has been stopped shows only over several ticks."""
_WORDS = {
    Activity.UNKNOWN: "cannot be checked from here",
    Activity.FIRST_LOOK: "is alive",
    Activity.GONE: "has ended",
    Activity.STOPPED: "is stopped by a signal",
    Activity.WORKING: "is alive and uses the CPU",
    Activity.IDLE: "is alive but does nothing",
}
_NEVER_QUEUED = (
    "Dagster created this run but did not queue it: its daemon died, or its storage did not respond. The work is requested "
    "again."
)


@dg.sensor(
    job=process_recording,
    minimum_interval_seconds=policies.SLOW_SENSOR_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Workers renew a lease every few seconds. When a lease lapses it is revoked, the run is marked as failed, "
    "its pool slots are freed, its process is ended, and another run takes over the recording. A recording whose "
    "run somebody terminated ends as failed (cancelled). If a run is over but its worker still renews the lease, the "
    "worker is asked to stop, and no run takes over before it has ended.",
)
@skip_on_database_error
def stalled_runs(context: dg.SensorEvaluationContext, installation: dg.ResourceParam[Installation]) -> dg.SkipReason:
    """One round of repair. It requests no run: `transcripts_ready` does, for recordings that became ready."""
    instance = context.instance
    trouble = _end_what_never_began(instance, installation)
    asked = instance.run_launcher.ask_again() if isinstance(instance.run_launcher, WarmRunLauncher) else 0
    try:
        repaired = _repair(instance, installation)
    except StoreUnavailable:
        # A worker frozen inside a transaction may be the cause; it cannot be fenced before it is gone.
        _frozen.end_stopped(instance, installation.store.context.now().timestamp())
        raise
    _frozen.reset()
    left = _left_behind(instance, installation)
    how = {run_of(lease): words for lease, words in repaired.how.items()}
    given_up = list(dict.fromkeys([*map(run_of, repaired.lost_runs), *left]))
    # Processes first: one that is frozen in the middle of a transaction holds a lock of Dagster's database, and nothing
    # can be reported to Dagster before it is gone.
    ended, elsewhere = _end_workers(instance, given_up, installation.store.lease_watch.alive_workers())
    for run_id in given_up:
        with isolated_item(_log, f"ending run {run_id}"):
            _end_run(instance, run_id, how.get(run_id, ""))
    if trouble is not None:
        raise trouble
    return dg.SkipReason(
        f"{len(repaired.lost_runs)} workers lost, {repaired.requeued} recordings requeued, {repaired.requested_again} runs to "
        f"be requested again, {repaired.cancelled} recordings cancelled."
        + (f" {repaired.fenced} workers of runs that are over were asked to stop." if repaired.fenced else "")
        + (f" {asked} runs that a broker had lost were requested again." if asked else "")
        + (f" {ended} worker processes were still alive and were ended." if ended else "")
        + (
            f" {elsewhere} workers on other hosts can no longer change anything, but cannot be ended from here."
            if elsewhere
            else ""
        )
    )


def _repair(instance: dg.DagsterInstance, installation: Installation) -> Repaired:
    """Raises: StoreUnavailable."""
    seen: dict[Worker, Activity] = {}
    repaired = repair(
        installation,
        worker_seen=lambda lease: _worker_seen(instance, lease, seen),
        run_state=lambda lease: run_state(instance, lease),
        request_states=lambda tickets: request_states(
            instance, _as_ticks(installation, tickets), transcripts_ready.name
        ),
    )
    _watcher.keep_only(seen)
    return repaired


def _as_ticks(installation: Installation, tickets: Sequence[RunTicket]) -> list[RunTicket]:
    """The requests with the times of this machine, which Dagster's daemon gives its ticks."""
    context = installation.store.context
    return [replace(one, at=context.on_this_machine(one.at)) if one.at is not None else one for one in tickets]


def _end_what_never_began(instance: dg.DagsterInstance, installation: Installation) -> StoreUnavailable | None:
    """End runs that will never be queued, and runs whose worker died at the start. Returns the error that prevented some of it.

    The caller raises it later, because a worker that is frozen while it holds a lock of Dagster's database must still be
    ended.
    """
    try:
        for run in _never_queued(instance, installation):
            with isolated_item(_log, f"ending run {run.run_id}"):
                instance.report_run_failed(run, _NEVER_QUEUED)
        for run_id in _died_at_the_start(instance):
            with isolated_item(_log, f"ending run {run_id}"):
                _end_run(instance, run_id)
    except StoreUnavailable as error:
        return error
    return None


def _end_workers(
    instance: dg.DagsterInstance, given_up: Collection[str], alive: Collection[LeaseHolder]
) -> tuple[int, int]:
    """End the remaining processes of these runs, and of all runs that have been over for some time, whatever ended them.

    A process that renews a lease (``alive``) is left until that is revoked: it may be in the middle of a paid call.
    Returns how many processes were ended, and how many workers of ``given_up`` are on other hosts.
    """
    workers: dict[str, Worker | None] = {}
    for run_id in given_up:
        with isolated_item(_log, f"looking for the worker of run {run_id}"):
            workers[run_id] = _worker_of(instance, instance.get_run_by_id(run_id))
    over = dg.RunsFilter(
        statuses=[dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED, dg.DagsterRunStatus.SUCCESS],
        updated_after=datetime.now(UTC) - timedelta(seconds=_AFTERLIFE_LOOK_SECONDS),
    )
    latest = time.time() - policies.WORKER_AFTERLIFE_SECONDS
    waited_for = {run_of(worker.run_id) for worker in alive}
    for record in instance.get_run_records(over, limit=policies.WORKER_AFTERLIFE_RUNS):
        if record.dagster_run.run_id in waited_for:
            continue
        if record.end_time is not None and record.end_time < latest:
            with isolated_item(_log, f"looking for the worker of run {record.dagster_run.run_id}"):
                workers[record.dagster_run.run_id] = _worker_of(instance, record.dagster_run)
    known = [worker for worker in workers.values() if worker is not None]
    elsewhere = [worker for run_id, worker in workers.items() if run_id in given_up and worker and not worker.is_local]
    return end_workers(known), len(elsewhere)


def _worker_of(instance: dg.DagsterInstance, run: dg.DagsterRun | None) -> Worker | None:
    """The worker that the run itself recorded: a retry may carry the name of its parent's worker."""
    named = value_of(run.tags, WORKER_TAG) if run is not None else None
    if run is None or named is None:
        return None
    before = instance.get_run_by_id(run.parent_run_id) if run.parent_run_id else None
    if before is not None and value_of(before.tags, WORKER_TAG) == named:
        return None
    return parse_worker(named)


def _never_queued(instance: dg.DagsterInstance, installation: Installation) -> list[dg.DagsterRun]:
    """Runs of our sensors that will never be queued. One of them would block its batch job forever."""
    records = instance.get_run_records(dg.RunsFilter(statuses=[dg.DagsterRunStatus.NOT_STARTED]))
    before = installation.store.context.now().timestamp() - shared_policies.QUEUED_GRACE_SECONDS
    old = [record.dagster_run for record in records if record.create_timestamp.timestamp() < before]
    ours = [run for run in old if SENSOR_NAME_TAG in run.tags]
    in_hand = runs_pending_submission(latest_ticks(instance)) if ours else set()
    lost = [run for run in ours if run.run_id not in in_hand]
    # Check again: a tick that is still in progress may have queued one since then, and ended.
    again = (
        {run.run_id: run for run in instance.get_runs(dg.RunsFilter(run_ids=[run.run_id for run in lost]))}
        if lost
        else {}
    )
    return [run for run in again.values() if run.status == dg.DagsterRunStatus.NOT_STARTED]


def _died_at_the_start(instance: dg.DagsterInstance) -> list[str]:
    """Runs whose worker died before reporting its start. Otherwise Dagster waits two minutes for a start."""
    starting = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTING])
    runs = instance.get_runs(starting, limit=shared_policies.REQUESTS_CHECKED, ascending=True)
    return [run.run_id for run in runs if _has_lost_its_worker(instance, run)]


def _has_lost_its_worker(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    worker = _worker_of(instance, run)
    return worker is not None and worker.is_local and not worker.is_alive


def _left_behind(instance: dg.DagsterInstance, installation: Installation) -> set[str]:
    """Runs that finished their work or lost their lease, but whose end was not reported to Dagster: not every launcher notices.

    A worker that lost its lease may still be in a call, so it is given the time of one call.
    """
    started = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING])
    runs = instance.get_runs(started, limit=shared_policies.REQUESTS_CHECKED, ascending=True)
    ids, leases = [run.run_id for run in runs], installation.store.leases
    ended = leases.over(ids, shared_policies.LEASE_SECONDS * 2)
    return ended | leases.over(ids, shared_policies.LEASE_SECONDS + shared_policies.CALL_SECONDS, state="lost")


def _worker_seen(instance: dg.DagsterInstance, lease: str, seen: dict[Worker, Activity]) -> WorkerSeen:
    """Observe the process that a run names as its worker. Empty if it names none.

    ``seen``: what was observed in this round. All leases of a shared run belong to one process, and between two looks within
    milliseconds no process does anything.
    """
    run = instance.get_run_by_id(run_of(lease))
    tags = (value_of(run.tags, WORKER_TAG), value_of(run.tags, PROCESS_TAG)) if run is not None else ()
    named = [worker for tag in tags if (worker := parse_worker(tag)) is not None]
    # A retry may name its parent's worker in addition to its own.
    worker = next((one for one in named if one.is_alive), named[0] if named else None)
    if worker is None:
        return WorkerSeen()
    if worker not in seen:
        seen[worker] = _watcher.check(worker)
    activity = seen[worker]
    return WorkerSeen(activity, f"process {worker.pid} on host {worker.host} {_WORDS[activity]}")


def _end_run(instance: dg.DagsterInstance, run_id: str, how: str = "") -> None:
    run = instance.get_run_by_id(run_id)
    if run is not None and run.status == dg.DagsterRunStatus.CANCELING:
        instance.report_run_canceled(run)  # a person cancelled it, and no process is left to report that
    elif run is not None and not run.is_finished:
        instance.report_run_failed(run, _REASON.format(how=f" ({how})" if how else ""))
    instance.event_log_storage.free_concurrency_slots_for_run(run_id)
