"""The processes that work on runs: which worker a run has, whether it makes progress, and ending those of runs that are over.

Must not go here: which runs are lost (``lost_runs.py``), ending a process (``launching/ending.py``).
"""

import logging
import time
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Final

import dagster as dg

from meeting_pipeline.defs import policies
from meeting_pipeline.foundation.run_tags import value_of
from meeting_pipeline.foundation.worker_activity import Activity, Watcher
from meeting_pipeline.foundation.workers import PROCESS_TAG, WORKER_TAG, Worker, parse_worker
from meeting_pipeline.launching.ending import end_workers
from meeting_pipeline.steps.isolation import isolated_item
from meeting_pipeline.steps.operations.recovery_round import WorkerSeen
from meeting_pipeline.store.recordings.leases import LeaseHolder, run_of

_AFTERLIFE_LOOK_SECONDS: Final = 3600.0
"""Runs that ended earlier than this have been checked many times already."""
_log = logging.getLogger(__name__)
_watcher = Watcher()
"""Shared by all ticks of the sensor: whether a process makes progress shows only by comparing two observations."""
_WORDS = {
    Activity.UNKNOWN: "cannot be checked from here",
    Activity.FIRST_LOOK: "is alive",
    Activity.GONE: "has ended",
    Activity.STOPPED: "is stopped by a signal",
    Activity.WORKING: "is alive and uses the CPU",
    Activity.IDLE: "is alive but does nothing",
}


class WorkersSeen:
    """What was observed of workers in one round.

    All leases of a run of many belong to one process, and between two looks within milliseconds no process does anything.
    """

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self._instance = instance
        self._seen: dict[Worker, Activity] = {}

    def of(self, lease: str) -> WorkerSeen:
        """Observe the process that a run names as its worker. Empty if it names none."""
        run = self._instance.get_run_by_id(run_of(lease))
        tags = (value_of(run.tags, WORKER_TAG), value_of(run.tags, PROCESS_TAG)) if run is not None else ()
        named = [worker for tag in tags if (worker := parse_worker(tag)) is not None]
        # A retry may name its parent's worker beside its own.
        worker = next((one for one in named if one.is_alive), named[0] if named else None)
        if worker is None:
            return WorkerSeen()
        if worker not in self._seen:
            self._seen[worker] = _watcher.check(worker)
        activity = self._seen[worker]
        return WorkerSeen(activity, f"process {worker.pid} on host {worker.host} {_WORDS[activity]}")

    def forget_others(self) -> None:
        """Forget the workers that were not observed in this round."""
        _watcher.keep_only(self._seen)


def end_workers_of(
    instance: dg.DagsterInstance, given_up: Collection[str], alive: Collection[LeaseHolder]
) -> tuple[int, int]:
    """End the remaining processes of these runs, and of all runs that have been over for some time, whoever ended them.

    A process that renews a lease (``alive``) is left until that is revoked: it may be in the middle of a paid call.
    Returns how many processes were ended, and how many workers of ``given_up`` are on other hosts.
    """
    workers: dict[str, Worker | None] = {}
    for run_id in given_up:
        with isolated_item(_log, f"looking for the worker of run {run_id}"):
            workers[run_id] = worker_of(instance, instance.get_run_by_id(run_id))
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
                workers[record.dagster_run.run_id] = worker_of(instance, record.dagster_run)
    known = [worker for worker in workers.values() if worker is not None]
    elsewhere = [worker for run_id, worker in workers.items() if run_id in given_up and worker and not worker.is_local]
    return end_workers(known), len(elsewhere)


def worker_of(instance: dg.DagsterInstance, run: dg.DagsterRun | None) -> Worker | None:
    """The worker that the run itself recorded: a retry may carry the name of its parent's worker."""
    named = value_of(run.tags, WORKER_TAG) if run is not None else None
    if run is None or named is None:
        return None
    before = instance.get_run_by_id(run.parent_run_id) if run.parent_run_id else None
    if before is not None and value_of(before.tags, WORKER_TAG) == named:
        return None
    return parse_worker(named)
