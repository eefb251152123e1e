"""``QueueRunLauncher``: runs of recordings go to a Celery queue; all other runs are forked here, as without a broker.

Dagster's own ``CeleryRunLauncher`` sends the tasks. Parts that are not safe for runs that buy things are replaced: a stop is a
record that the worker reads, a worker counts as alive for as long as it renews its lease, and a task that the broker lost is
sent again. Sending one twice is harmless: a worker claims a run in the database before it executes it.
Must not go here: executing runs (``queue_app.py``), the worker process (``queue_worker.py``).
"""

import functools
import logging
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Self

import dagster as dg
from dagster import DagsterRun, DagsterRunStatus

from meeting_pipeline.dagster_internals import (
    CheckRunHealthResult,
    ConfigurableClassData,
    ExecuteRunArgs,
    LaunchRunContext,
    UserConfigSchema,
    WorkerStatus,
    pack_value,
)
from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.foundation.run_tags import value_of
from meeting_pipeline.foundation.workers import WORKER_TAG, parse_worker
from meeting_pipeline.installation import Installation, open_installation
from meeting_pipeline.launching import policies
from meeting_pipeline.launching.fleet import Fleet, registered
from meeting_pipeline.launching.launcher import WarmRunLauncher
from meeting_pipeline.settings import load_settings

if TYPE_CHECKING:
    from dagster_celery.launcher import CeleryRunLauncher

QUEUE: Final = "recordings"
"""The queue of runs without a tag."""
QUEUE_TAG: Final = "meeting_pipeline/queue"
"""Run tag that names another queue of the same installation."""
QUEUED_JOBS: Final = ("process_recording", "process_recordings")
"""Jobs whose runs go to workers. The others need the drop folder, the exports or the daemon's disk, or are short."""
NO_RESULTS: Final = "disabled://"
"""Nobody reads results of tasks: how a run ended is in Dagster's storage."""
APP_CONFIG: Final[dict[str, Any]] = {
    "task_acks_late": True,  # a worker takes no run while all its slots are busy
    "worker_prefetch_multiplier": 1,
    "task_ignore_result": True,
    "broker_connection_retry_on_startup": True,
    "broker_connection_timeout": 5.0,
}
_RUNS: Final = 500
"""Runs that are looked at in one round, oldest first; the next round looks at the rest."""
_log = logging.getLogger(__name__)


class QueueRunLauncher(WarmRunLauncher):
    """Sends runs of recordings to a queue. ``broker``: its address; the rest as for ``WarmRunLauncher``."""

    def __init__(
        self,
        inst_data: ConfigurableClassData | None = None,
        preload_modules: Sequence[str] = (),
        start_seconds: float = policies.LAUNCH_START_SECONDS,
        keep_leases: bool = False,
        broker: str = "",
    ) -> None:
        super().__init__(inst_data, preload_modules, start_seconds, keep_leases)
        self._broker = broker

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """The schema of ``config`` in ``dagster.yaml``."""
        return {**WarmRunLauncher.config_type(), "broker": dg.Field(dg.StringSource, is_required=True)}  # type: ignore[dict-item]

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData, config_value: Mapping[str, Any]) -> Self:
        """Create the launcher from ``dagster.yaml``."""
        return cls(inst_data=inst_data, **config_value)

    def launch_run(self, context: LaunchRunContext) -> None:
        """Send a run of recordings to its queue, or fork a worker for any other.

        Raises: OperatorError ``broker_unreachable``; Dagster then marks the run as failed, and it is requested again.
        """
        if context.dagster_run.job_name in QUEUED_JOBS:
            self._send(context.dagster_run)
        else:
            super().launch_run(context)

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Check the run's worker: by its process if that can be seen from here, otherwise by its lease, never by the broker."""
        worker = parse_worker(value_of(run.tags, WORKER_TAG))
        if run.job_name not in QUEUED_JOBS or (worker is not None and worker.is_local):
            return super().check_run_worker_health(run)
        lives = self._installation.store.leases.tasks([run.run_id]).get(run.run_id)
        if lives is None or lives:
            return CheckRunHealthResult(WorkerStatus.RUNNING, run_worker_id=value_of(run.tags, WORKER_TAG))
        latest = self._instance.get_run_by_id(run.run_id)
        if latest is None or latest.is_finished:
            return CheckRunHealthResult(WorkerStatus.SUCCESS)
        host = worker.host if worker is not None else "an unknown host"
        return CheckRunHealthResult(WorkerStatus.FAILED, f"The worker on {host} no longer renews its lease.")

    def ask_again(self) -> int:
        """Send runs again that no worker has claimed and that are not in the queue any more: the broker lost them."""
        starting = dg.RunsFilter(statuses=[DagsterRunStatus.STARTING])
        latest = time.time() - policies.TASK_LOST_SECONDS
        records = self._instance.get_run_records(starting, limit=_RUNS, ascending=True)
        sent = [
            record.dagster_run
            for record in records
            if record.dagster_run.job_name in QUEUED_JOBS and record.update_timestamp.timestamp() < latest
        ]
        claimed = self._installation.store.leases.tasks([run.run_id for run in sent]) if sent else {}
        waiting: dict[str, list[DagsterRun]] = {}
        for run in sent:
            if run.run_id not in claimed:
                waiting.setdefault(_queue_of(run), []).append(run)
        count = 0
        for queue, runs in waiting.items():
            try:
                if self._length(queue) >= len(runs):
                    continue  # all of them may be in there, behind busy workers
                for run in runs:
                    self._send(run)
                    count += 1
            except OperatorError as error:
                _log.warning("runs are requested again later: %s", error)
        return count

    @functools.cached_property
    def _installation(self) -> Installation:
        return open_installation(load_settings(), migrate=False)

    @functools.cached_property
    def _fleet(self) -> Fleet:
        fleet = registered(self._instance)
        if fleet is None:
            raise OperatorError("not_running", "No installation is registered.", "Start `meeting-pipeline up`.")
        return fleet

    @functools.cached_property
    def _celery(self) -> "CeleryRunLauncher":
        from dagster_celery.launcher import CeleryRunLauncher

        launcher = CeleryRunLauncher(self._fleet.queue(QUEUE), self._broker, NO_RESULTS, [], dict(APP_CONFIG))
        launcher.register_instance(self._instance)
        return launcher

    @functools.cached_property
    def _task(self) -> Any:
        from dagster_celery.tasks import create_execute_job_task

        return create_execute_job_task(self._celery.celery)

    def _send(self, run: DagsterRun) -> None:
        from dagster_celery.config import TASK_EXECUTE_JOB_NAME
        from dagster_celery.tags import DAGSTER_CELERY_QUEUE_TAG
        from kombu.exceptions import KombuError

        origin = run.job_code_origin
        if origin is None:
            raise OperatorError("run_without_origin", f"Run {run.run_id} does not say which code it belongs to.")
        args = pack_value(ExecuteRunArgs(origin, run.run_id, self._instance.get_ref(), set_exit_code_on_failure=False))
        named = run.with_tags({**run.tags, DAGSTER_CELERY_QUEUE_TAG: self._fleet.queue(_queue_of(run))})
        try:
            self._celery._launch_celery_task_run(
                named, self._task.si(execute_job_args_packed=args), TASK_EXECUTE_JOB_NAME
            )
        except (KombuError, OSError) as error:
            raise self._unreachable(error) from error

    def _length(self, queue: str) -> int:
        """How many tasks wait at the broker."""
        from kombu.exceptions import KombuError

        app = self._celery.celery
        try:
            with app.connection_for_read(connect_timeout=APP_CONFIG["broker_connection_timeout"]) as connection:
                connection.ensure_connection(max_retries=1)
                try:
                    declared = connection.default_channel.queue_declare(self._fleet.queue(queue), passive=True)
                except connection.channel_errors:  # there is no such queue (any more)
                    return 0
                return int(declared.message_count)
        except (KombuError, OSError) as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: Exception) -> OperatorError:
        return OperatorError(
            "broker_unreachable",
            f"The broker does not respond ({type(error).__name__}).",
            "Check that it runs, and MEETING_PIPELINE_BROKER_URL. Recordings wait and resume automatically.",
        )


def _queue_of(run: DagsterRun) -> str:
    return run.tags.get(QUEUE_TAG, QUEUE)
