"""The code of a forked run worker, and of the process that reports a dead worker.

Belongs here: code that runs in a child of the fork server, from the first line after the fork.
Must not go here: code of the fork server itself, which opens the instance only once, while it prepares.
"""

import atexit
import os
import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from typing import Any, Final

from dagster import DagsterInstance, DagsterRunStatus, deserialize_value

from meeting_pipeline import policies
from meeting_pipeline.dagster_internals import (
    PARTITION_NAME_TAG,
    InstanceRef,
    _execute_run_command_body,
    capture_interrupts,
    get_instance_for_cli,
    get_run_crash_explanation,
)
from meeting_pipeline.dagster_storage.kept_engines import close_all
from meeting_pipeline.foundation.logs import PROCESS_VARIABLE, log_in_json
from meeting_pipeline.foundation.private_files import write_privately
from meeting_pipeline.foundation.run_tags import value_of
from meeting_pipeline.foundation.workers import WORKER_TAG, parse_worker, this_worker
from meeting_pipeline.steps.sandbox.sandbox import prefork

_GIVES_WAY: Final = 5
"""Added to the niceness of a run for which nobody waits: where processors are short, it gets a third of the time of the run of a
new recording. Not more: it holds the lock of a SQLite database now and then, and must be able to give it back."""


def execute_run(channel: Connection, run_id: str, instance: str, environment: Mapping[str, str]) -> None:
    """Execute a run as ``dagster api execute_run`` does, after adding this process to the run's tags.

    Args:
        channel: the fork server's connection to the launcher; closed here, so that the launcher notices the server's end.
        run_id: a run in state STARTING.
        instance: the serialized ``InstanceRef``.
        environment: the launcher's environment at the time of the launch.
    """
    _become_a_process_of_its_own(channel, environment)
    with suppress(OSError):  # no memory for it: one is started when needed
        prefork()
    try:
        with capture_interrupts(), get_instance_for_cli(deserialize_value(instance, InstanceRef)) as opened:
            # Before the run is STARTED: from then on run monitoring looks for the worker.
            opened.add_run_tags(run_id, {WORKER_TAG: str(this_worker())})
            _configure_log(opened, run_id)
            _give_way(opened, run_id)
            if not cancel_if_requested(opened, run_id):
                _execute_run_command_body(run_id, opened, _ignore, set_exit_code_on_failure=False)
                # A cancel request between the check above and the run's start ends the run without a final status.
                cancel_if_requested(opened, run_id)
    finally:
        # A normal process runs its exit handlers; multiprocessing does so only since Python 3.13.
        atexit._run_exitfuncs()
        close_all()


def keep_leases(channel: Connection, orders: Connection, environment: Mapping[str, str]) -> None:
    """Run the lease keeper of the fork server's workers; see ``keeper.py``."""
    _become_a_process_of_its_own(channel, environment)
    from meeting_pipeline.launching.keeper import keep

    keep(orders)


def report_crash(channel: Connection, run_id: str, instance: str, pid: int, exit_code: int) -> None:
    """Mark the run of a dead worker as failed, or as canceled if that was requested.

    Does nothing if the run is finished, or if another worker has it by now.
    """
    _become_a_process_of_its_own(channel, os.environ.copy())
    with get_instance_for_cli(deserialize_value(instance, InstanceRef)) as opened:
        run = opened.get_run_by_id(run_id)
        if run is None or run.is_finished:
            return
        worker = parse_worker(value_of(run.tags, WORKER_TAG))
        if run.status == DagsterRunStatus.STARTED and (worker is None or worker.pid != pid):
            return
        if not cancel_if_requested(opened, run_id):
            opened.report_run_failed(run, _how_it_ended(pid, exit_code))


def _how_it_ended(pid: int, exit_code: int) -> str:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    end = f"exited with signal {-exit_code}" if exit_code < 0 else f"exited with code {exit_code}"
    words = get_run_crash_explanation(f"Run worker process {pid}", exit_code)
    return f"Process {pid} on host {socket.gethostname()} {end} at {now}. {words}"


def cancel_if_requested(instance: DagsterInstance, run_id: str) -> bool:
    """End a run as canceled if a person asked for it. Returns whether that was so."""
    run = instance.get_run_by_id(run_id)
    if run is None or run.status != DagsterRunStatus.CANCELING:
        return False
    instance.report_run_canceled(run)
    return True


def _give_way(instance: DagsterInstance, run_id: str) -> None:
    """Let the runs of new recordings go first at the processors, too, if this one fills gaps or reprocesses."""
    run = instance.get_run_by_id(run_id)
    if run is not None and policies.CATCH_UP_TAG in run.tags:
        with suppress(OSError):
            os.nice(_GIVES_WAY)


def _configure_log(instance: DagsterInstance, run_id: str) -> None:
    """Add the run, and the recording if there is one, to the worker's log lines."""
    if PROCESS_VARIABLE in os.environ:
        run = instance.get_run_by_id(run_id)
        log_in_json("run-worker", run_id=run_id, recording_id=run.tags.get(PARTITION_NAME_TAG) if run else None)


def _become_a_process_of_its_own(channel: Connection, environment: Mapping[str, str]) -> None:
    channel.close()
    write_privately()
    # A new session: the end of the daemon's terminal or process group must not affect a run.
    os.setsid()
    # A daemon started in the background passes on an ignored SIGINT, with which a run could not be stopped.
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # Exit handlers that the preloaded code registered belong to the server: here they would remove things that it still uses.
    atexit._clear()
    if dict(os.environ) != environment:
        os.environ.clear()
        os.environ.update(environment)
    # The standard library reseeds itself after a fork; numpy's global generator does not.
    numpy: Any = sys.modules.get("numpy.random")
    if numpy is not None:
        numpy.seed()


def _ignore(_event: object) -> None:
    """Ignore the events: Dagster's command writes them to a buffer that nobody reads."""
