"""The Celery application of ``meeting-pipeline worker``: executes runs that ``QueueRunLauncher`` sent.

The parent process imports the definitions and everything that runs import, then forks one child for each run, as the fork server
does. Only Celery imports this module. Must not go here: sending runs (``queue_launcher.py``), supervising the process
(``queue_worker.py``).
"""

import logging
import os
import signal
from collections.abc import Mapping
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_init, worker_process_init
from dagster import DagsterInstance
from dagster_celery.config import TASK_EXECUTE_JOB_NAME

from meeting_pipeline.dagster_internals import (
    PARTITION_NAME_TAG,
    ExecuteRunArgs,
    _execute_run_command_body,
    capture_interrupts,
    unpack_value,
)
from meeting_pipeline.dagster_storage.kept_engines import close_all
from meeting_pipeline.foundation.logs import log_in_json
from meeting_pipeline.foundation.private_files import write_privately
from meeting_pipeline.foundation.workers import WORKER_TAG, this_worker
from meeting_pipeline.installation import open_installation
from meeting_pipeline.launching.queue_app_variables import PRELOAD_VARIABLE
from meeting_pipeline.launching.queue_launcher import APP_CONFIG, NO_RESULTS
from meeting_pipeline.launching.queue_preload import prepare
from meeting_pipeline.launching.worker_process import cancel_if_requested
from meeting_pipeline.settings import VARIABLES, load_settings
from meeting_pipeline.steps.heartbeat import beating

_log = logging.getLogger(__name__)

app = Celery("meeting_pipeline", broker=os.environ.get(VARIABLES["broker_url"]), backend=NO_RESULTS)
app.conf.update(
    **APP_CONFIG,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    worker_max_tasks_per_child=1,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    task_queue_max_priority=10,  # as dagster-celery declares its queues
    task_default_priority=5,
)


@setup_logging.connect  # type: ignore[untyped-decorator]
def _log_in_json(**_: Any) -> None:
    log_in_json("queue-worker")


@worker_init.connect  # type: ignore[untyped-decorator]
def _load(**_: Any) -> None:
    """Import everything once, before the first fork, and leave no connection open."""
    write_privately()
    # Celery hides what a handler raises, and has no log yet.
    log_in_json("queue-worker")
    prepare([module for module in os.environ.get(PRELOAD_VARIABLE, "").split(",") if module])


@worker_process_init.connect  # type: ignore[untyped-decorator]
def _become_a_run_worker(**_: Any) -> None:
    # Celery's children ignore it; Dagster ends a run by it.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@app.task(name=TASK_EXECUTE_JOB_NAME, ignore_result=True)  # type: ignore[untyped-decorator]
def execute_job(execute_job_args_packed: Mapping[str, Any]) -> None:
    """Execute a run, unless another worker has or had it. Its arguments are those of Dagster's own task."""
    run_id = unpack_value(execute_job_args_packed, as_type=ExecuteRunArgs).run_id
    log_in_json("run-worker", run_id=run_id)
    installation = open_installation(load_settings(), migrate=False)
    leases = installation.store.leases
    try:
        lease = leases.claim_task(run_id)
        if lease is None:
            _log.info("the run was sent twice: another worker has it")
            return
        try:
            with beating(lambda: leases.heartbeat(lease)):
                _execute(run_id)
        finally:
            leases.end(lease)
    finally:
        installation.store.close()


def _execute(run_id: str) -> None:
    try:
        with capture_interrupts(), DagsterInstance.get() as instance:
            # Before the run is STARTED: from then on run monitoring looks for the worker.
            instance.add_run_tags(run_id, {WORKER_TAG: str(this_worker())})
            run = instance.get_run_by_id(run_id)
            log_in_json("run-worker", run_id=run_id, recording_id=run.tags.get(PARTITION_NAME_TAG) if run else None)
            if not cancel_if_requested(instance, run_id):
                _execute_run_command_body(run_id, instance, lambda _event: None, set_exit_code_on_failure=False)
                cancel_if_requested(instance, run_id)
    finally:
        close_all()
