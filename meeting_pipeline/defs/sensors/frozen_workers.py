"""Ends workers that a signal stopped while the database accepts no writes: one may hold the lock that all others wait for.

Such a worker cannot be fenced first like others, because fencing is a write too. Ending it releases its lock, and the next
round finds a lost worker.
Must not go here: workers that are ended while the database works (``stalled_runs.py``).
"""

import dagster as dg

from meeting_pipeline import policies
from meeting_pipeline.foundation.run_tags import value_of
from meeting_pipeline.foundation.worker_activity import Activity, Watcher
from meeting_pipeline.foundation.workers import PROCESS_TAG, WORKER_TAG, Worker, parse_worker
from meeting_pipeline.launching.ending import end_workers

_AT_WORK = (dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING)


class FrozenWorkers:
    """Remembers how long workers have been stopped. One per process that checks them."""

    def __init__(self) -> None:
        self._since: dict[Worker, float] = {}

    def reset(self) -> None:
        """The database accepts writes again: a stopped worker is found by its expired lease."""
        self._since = {}

    def end_stopped(self, instance: dg.DagsterInstance, now: float) -> int:
        """End workers of this host that have been stopped for the duration of a lease. Returns how many.

        ``now``: seconds. A worker that resumes in time is left alone. Raises what Dagster's storage raises.
        """
        stopped = [worker for worker in _workers(instance) if Watcher().check(worker) is Activity.STOPPED]
        self._since = {worker: self._since.get(worker, now) for worker in stopped}
        return end_workers(worker for worker, since in self._since.items() if now - since >= policies.LEASE_SECONDS)


def _workers(instance: dg.DagsterInstance) -> set[Worker]:
    """The workers named by runs in progress. A retry may name its parent's worker, which has ended."""
    runs = instance.get_runs(dg.RunsFilter(statuses=list(_AT_WORK)), limit=policies.REQUESTS_CHECKED, ascending=True)
    named = (parse_worker(value_of(run.tags, tag)) for run in runs for tag in (WORKER_TAG, PROCESS_TAG))
    return {worker for worker in named if worker is not None}
