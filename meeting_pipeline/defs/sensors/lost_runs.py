"""Finds runs that only we can end: never queued, dead at the start, or finished without telling Dagster. Reads only.

Must not go here: their workers (``run_workers.py``), ending them (``stalled_runs.py``).
"""

import dagster as dg

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.dagster_internals import SENSOR_NAME_TAG
from meeting_pipeline.defs.sensors.run_workers import worker_of
from meeting_pipeline.defs.sensors.ticks import latest_ticks, runs_pending_submission
from meeting_pipeline.installation import Installation


def never_queued(instance: dg.DagsterInstance, installation: Installation) -> list[dg.DagsterRun]:
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


def died_at_the_start(instance: dg.DagsterInstance) -> list[str]:
    """Runs whose worker died before reporting its start. Otherwise Dagster waits two minutes for a start."""
    starting = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTING])
    runs = instance.get_runs(starting, limit=shared_policies.REQUESTS_CHECKED, ascending=True)
    return [run.run_id for run in runs if _has_lost_its_worker(instance, run)]


def _has_lost_its_worker(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    worker = worker_of(instance, run)
    return worker is not None and worker.is_local and not worker.is_alive


def left_behind(instance: dg.DagsterInstance, installation: Installation) -> set[str]:
    """Runs that finished their work or lost their lease, but whose end was not reported to Dagster: not every launcher notices.

    A worker that lost its lease may still be in a call, so it is given the time of one call.
    """
    started = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING])
    runs = instance.get_runs(started, limit=shared_policies.REQUESTS_CHECKED, ascending=True)
    ids, leases = [run.run_id for run in runs], installation.store.leases
    ended = leases.over(ids, shared_policies.LEASE_SECONDS * 2)
    return ended | leases.over(ids, shared_policies.LEASE_SECONDS + shared_policies.CALL_SECONDS, state="lost")
