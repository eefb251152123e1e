"""``stalled_runs``: finds runs whose worker died, whatever launched them, and runs that a person stopped.

Must not go here: how a run ended (``run_states.py``), which runs are lost (``lost_runs.py``), processes (``run_workers.py``),
what happens to the recordings (``steps/operations/recover.py``).
"""

import logging
from collections.abc import Sequence
from dataclasses import replace

import dagster as dg

from meeting_pipeline.defs import policies
from meeting_pipeline.defs.jobs import process_recording
from meeting_pipeline.defs.sensors.frozen_workers import FrozenWorkers
from meeting_pipeline.defs.sensors.lost_runs import died_at_the_start, left_behind, never_queued
from meeting_pipeline.defs.sensors.run_states import request_states, run_state
from meeting_pipeline.defs.sensors.run_workers import WorkersSeen, end_workers_of
from meeting_pipeline.defs.sensors.skip_on_db_error import skip_on_database_error
from meeting_pipeline.defs.sensors.transcripts_ready import transcripts_ready
from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.installation import Installation
from meeting_pipeline.launching.launcher import WarmRunLauncher
from meeting_pipeline.steps.isolation import isolated_item
from meeting_pipeline.steps.operations.recover import repair
from meeting_pipeline.steps.operations.recovery_round import Repaired
from meeting_pipeline.store.recordings.leases import run_of
from meeting_pipeline.store.recordings.run_tickets import RunTicket

_log = logging.getLogger(__name__)
_REASON = (
    "The worker of this run stopped renewing its lease, or was stopped with its system{how}. If its recording is unfinished, "
    "another run takes it over, and nothing that was paid for is bought again. A run that you started for a finished recording "
    "is not repeated: re-execute it."
)
_frozen = FrozenWorkers()
"""Shared by all ticks: how long a worker has been stopped shows only over several ticks."""
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
    left = left_behind(instance, installation)
    how = {run_of(lease): words for lease, words in repaired.how.items()}
    given_up = list(dict.fromkeys([*map(run_of, repaired.lost_runs), *left]))
    # Processes first: one that is frozen in the middle of a transaction holds a lock of Dagster's database, and nothing
    # can be reported to Dagster before it is gone.
    ended, elsewhere = end_workers_of(instance, given_up, installation.store.lease_watch.alive_workers())
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
    workers = WorkersSeen(instance)
    repaired = repair(
        installation,
        worker_seen=workers.of,
        run_state=lambda lease: run_state(instance, lease),
        request_states=lambda tickets: request_states(
            instance, _as_ticks(installation, tickets), transcripts_ready.name
        ),
    )
    workers.forget_others()
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
        for run in never_queued(instance, installation):
            with isolated_item(_log, f"ending run {run.run_id}"):
                instance.report_run_failed(run, _NEVER_QUEUED)
        for run_id in died_at_the_start(instance):
            with isolated_item(_log, f"ending run {run_id}"):
                _end_run(instance, run_id)
    except StoreUnavailable as error:
        return error
    return None


def _end_run(instance: dg.DagsterInstance, run_id: str, how: str = "") -> None:
    run = instance.get_run_by_id(run_id)
    if run is not None and run.status == dg.DagsterRunStatus.CANCELING:
        instance.report_run_canceled(run)  # a person cancelled it, and no process is left to report that
    elif run is not None and not run.is_finished:
        instance.report_run_failed(run, _REASON.format(how=f" ({how})" if how else ""))
    instance.event_log_storage.free_concurrency_slots_for_run(run_id)
