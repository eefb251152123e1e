"""``stalled_runs``: finds runs whose worker died, whatever launched them, or that a person stopped.

Must not go here: how a run ended (``run_states.py``), what becomes of the recordings (``steps/repairing.py``).
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from dagster._core.storage.tags import SENSOR_NAME_TAG

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.jobs import process_recording
from meeting_pipeline.launching.workers import WORKER_TAG, parse_worker
from meeting_pipeline.resources.worker import run_of
from meeting_pipeline.sensors.patience import says_when_the_database_is_away
from meeting_pipeline.sensors.run_states import request_states, run_state
from meeting_pipeline.sensors.ticks import latest_ticks, runs_in_hand
from meeting_pipeline.sensors.transcripts_ready import transcripts_ready
from meeting_pipeline.steps.opening import Installation
from meeting_pipeline.steps.repairing import repair

_log = logging.getLogger(__name__)
_REASON = (
    "The worker of this run stopped giving signs of life, or was stopped with its system. Its recording goes to another run; "
    "nothing that was paid for is bought again."
)
_NEVER_QUEUED = (
    "Dagster created this run and did not queue it: its daemon died, or its storage did not answer. What it was to do is "
    "requested again."
)


@dg.sensor(
    job=process_recording,
    minimum_interval_seconds=policies.SLOW_SENSOR_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Workers renew a lease every few seconds. A lease that lapses is taken away for good, its run is marked "
    "failed, its pool slots are freed, and the recording is handed to the next run. A recording whose run a person stopped "
    "ends as failed (cancelled).",
)
@says_when_the_database_is_away
def stalled_runs(context: dg.SensorEvaluationContext, installation: dg.ResourceParam[Installation]) -> dg.SkipReason:
    """One round of repair. It requests no run: `transcripts_ready` does, for what became ready."""
    instance = context.instance
    for run in _never_queued(instance, installation):
        with _by_itself(run.run_id):
            instance.report_run_failed(run, _NEVER_QUEUED)
    for run_id in _died_at_the_start(instance):
        with _by_itself(run_id):
            _end_run(instance, run_id)
    repaired = repair(
        installation,
        run_state=lambda lease: run_state(instance, lease),
        request_states=lambda tickets: request_states(instance, tickets, transcripts_ready.name),
    )
    left = _left_behind(instance, installation)
    for run_id in dict.fromkeys([*map(run_of, repaired.lost_runs), *left]):
        with _by_itself(run_id):
            _end_run(instance, run_id)
    return dg.SkipReason(
        f"{len(repaired.lost_runs)} workers were dead, {repaired.handed_back} recordings handed back, "
        f"{repaired.requested_again} runs to be requested again, {repaired.cancelled} recordings cancelled."
    )


@contextmanager
def _by_itself(run_id: str) -> Iterator[None]:
    """One run that Dagster does not let us end (it was deleted meanwhile, say) keeps no other. It is met again."""
    try:
        yield
    except StoreUnavailable:
        raise
    except Exception:  # noqa: BLE001 - whatever Dagster's storage raises about one run; the log has it
        _log.exception("run %s was not ended; it is tried again", run_id)


def _never_queued(instance: dg.DagsterInstance, installation: Installation) -> list[dg.DagsterRun]:
    """Runs of our sensors that nobody is going to queue any more. One of them would hold up its batch job for good."""
    records = instance.get_run_records(dg.RunsFilter(statuses=[dg.DagsterRunStatus.NOT_STARTED]))
    before = installation.store.context.now().timestamp() - policies.QUEUED_GRACE_SECONDS
    old = [record.dagster_run for record in records if record.create_timestamp.timestamp() < before]
    ours = [run for run in old if SENSOR_NAME_TAG in run.tags]
    in_hand = runs_in_hand(latest_ticks(instance)) if ours else set()
    lost = [run for run in ours if run.run_id not in in_hand]
    # Looked at once more: a tick that goes on may have queued one since, and be over.
    again = (
        {run.run_id: run for run in instance.get_runs(dg.RunsFilter(run_ids=[run.run_id for run in lost]))}
        if lost
        else {}
    )
    return [run for run in again.values() if run.status == dg.DagsterRunStatus.NOT_STARTED]


def _died_at_the_start(instance: dg.DagsterInstance) -> list[str]:
    """Runs whose worker died before it said that it began. Dagster gives a start two minutes, whatever became of it."""
    starting = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTING])
    runs = instance.get_runs(starting, limit=policies.REQUESTS_CHECKED, ascending=True)
    return [run.run_id for run in runs if _has_lost_its_worker(instance, run)]


def _has_lost_its_worker(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    worker = parse_worker(run.tags.get(WORKER_TAG))
    if worker is None or not worker.is_local or worker.is_alive:
        return False
    before = instance.get_run_by_id(run.parent_run_id) if run.parent_run_id else None
    return (
        before is None or before.tags.get(WORKER_TAG) != run.tags[WORKER_TAG]
    )  # a retry may carry the name of its parent's


def _left_behind(instance: dg.DagsterInstance, installation: Installation) -> set[str]:
    """Runs that finished their work, or lost their lease, and whose end nobody told Dagster: not every launcher notices.

    A worker that lost its lease may be in a call still. It is given the time of one.
    """
    started = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING])
    runs = instance.get_runs(started, limit=policies.REQUESTS_CHECKED, ascending=True)
    ids, lifecycle = [run.run_id for run in runs], installation.store.lifecycle
    ended = lifecycle.over(ids, policies.LEASE_SECONDS * 2)
    return ended | lifecycle.over(ids, policies.LEASE_SECONDS + policies.CALL_SECONDS, state="lost")


def _end_run(instance: dg.DagsterInstance, run_id: str) -> None:
    run = instance.get_run_by_id(run_id)
    if run is not None and run.status == dg.DagsterRunStatus.CANCELING:
        instance.report_run_canceled(run)  # a person asked for it, and nobody is left who could say so
    elif run is not None and not run.is_finished:
        instance.report_run_failed(run, _REASON)
    instance.event_log_storage.free_concurrency_slots_for_run(run_id)
