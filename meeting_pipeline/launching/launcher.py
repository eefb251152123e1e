"""``WarmRunLauncher``: Dagster's run launcher whose workers are forked from a warm process.

In ``dagster.yaml``::

    run_launcher:
      module: meeting_pipeline.launching.launcher
      class: WarmRunLauncher
      config:
        preload_modules: [openai]

Belongs here: Dagster's launcher interface. Must not go here: processes and sockets (``client.py``, ``server.py``).
"""

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import dagster as dg
from dagster import DagsterRun, DagsterRunStatus, serialize_value

from meeting_pipeline.dagster_internals import (
    CheckRunHealthResult,
    ConfigurableClass,
    ConfigurableClassData,
    LaunchRunContext,
    RunLauncher,
    UserConfigSchema,
    WorkerStatus,
)
from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.foundation.run_tags import value_of
from meeting_pipeline.foundation.workers import PROCESS_TAG, WORKER_TAG, Worker, parse_worker
from meeting_pipeline.launching.client import WaitingServer, WarmServer
from meeting_pipeline.launching.policies import LAUNCH_JOIN_POLL_SECONDS, LAUNCH_START_SECONDS

if TYPE_CHECKING:
    from meeting_pipeline.dagster_internals import RepositoryPythonOrigin

_log = logging.getLogger(__name__)


class WarmRunLauncher(RunLauncher[dg.DagsterInstance], ConfigurableClass):
    """Launches each run in a process forked from a server that has loaded the code location.

    The daemon's launcher owns one server per code location and starts it at the first run. Other processes (the
    webserver) use this class only to find workers and to stop them.

    Args:
        inst_data: the data from which Dagster recreates this object elsewhere.
        preload_modules: modules that runs import inside functions; the server imports them once.
        start_seconds: how long the server may take to load the code location; more if it uses the CPU all the time.
        keep_leases: whether a separate process renews the workers' leases in this project's database.
    """

    def __init__(
        self,
        inst_data: ConfigurableClassData | None = None,
        preload_modules: Sequence[str] = (),
        start_seconds: float = LAUNCH_START_SECONDS,
        keep_leases: bool = False,
    ) -> None:
        self._inst_data = inst_data
        self._preload_modules = tuple(preload_modules)
        self._start_seconds = start_seconds
        self._keep_leases = keep_leases
        self._servers: dict[str, WarmServer] = {}
        self._launched: set[str] = set()
        # The daemon can launch from several threads.
        self._lock = threading.Lock()
        super().__init__()  # type: ignore[no-untyped-call]  # Dagster gives it no types

    @property
    def inst_data(self) -> ConfigurableClassData | None:
        """The data from which Dagster recreates this object elsewhere."""
        return self._inst_data

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """The schema of ``config`` in ``dagster.yaml``."""
        return {
            "preload_modules": dg.Field([str], is_required=False, default_value=[]),
            "start_seconds": dg.Field(float, is_required=False, default_value=LAUNCH_START_SECONDS),
            "keep_leases": dg.Field(bool, is_required=False, default_value=False),
        }

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData, config_value: Mapping[str, Any]) -> Self:
        """Create the launcher from ``dagster.yaml``."""
        return cls(
            inst_data, config_value["preload_modules"], config_value["start_seconds"], config_value["keep_leases"]
        )

    def launch_run(self, context: LaunchRunContext) -> None:
        """Fork a worker for a run that is STARTING.

        Raises: OperatorError ``fork_server_failed``; Dagster then marks the run as failed with its message.
        """
        run = context.dagster_run
        if context.job_code_origin is None:
            raise OperatorError("run_without_origin", f"Run {run.run_id} does not say which code it belongs to.")
        origin = context.job_code_origin.repository_origin
        instance = serialize_value(self._instance.get_ref())
        with self._lock:
            server = self._server_for(origin, instance)
            try:
                server.fork(run.run_id, instance, os.environ)
            except OperatorError:
                # The server died or is frozen: the next run gets a new one.
                self._servers = {key: one for key, one in self._servers.items() if one is not server}
                server.stop()
                raise
            self._launched.add(run.run_id)

    def terminate(self, run_id: str) -> bool:
        """Ask a run to stop, on record, and interrupt its worker if it is on this host.

        The worker reads the record with its heartbeat, so it also ends if no signal can reach it.
        Returns: whether the run will end, or has just ended, as canceled.
        """
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            return False
        # A worker of another launcher names itself once its run has a lease.
        worker = parse_worker(value_of(run.tags, WORKER_TAG)) or parse_worker(value_of(run.tags, PROCESS_TAG))
        starting = run.status in (DagsterRunStatus.NOT_STARTED, DagsterRunStatus.STARTING)
        if worker is None and not starting:
            return self._request_stop(run, "No worker of the run is known here")
        if worker is not None and not worker.is_local:
            return self._request_stop(run, f"The worker is on host {worker.host}")
        if starting and (worker is None or not worker.is_alive):
            # Its worker has not set its tag yet (a retry carries the tag of the earlier run). It will see the request.
            self._instance.report_run_canceling(run)
            return True
        return worker is not None and self._interrupt(run, worker)

    def ask_again(self) -> int:
        """Ask again for runs whose task was lost on the way to a worker. Returns how many; here nothing lies in between."""
        return 0

    def join(self, timeout: int = 30) -> None:
        """Wait until all runs that this object launched are finished.

        Raises: TimeoutError after ``timeout`` seconds.
        """
        deadline = time.monotonic() + timeout
        while self.has_instance and self._launched:
            runs = [self._instance.get_run_by_id(run_id) for run_id in self._launched]
            self._launched = {run.run_id for run in runs if run is not None and not run.is_finished}
            if self._launched and time.monotonic() > deadline:
                raise TimeoutError(f"Not finished after {timeout} s: {sorted(self._launched)}")
            if self._launched:
                time.sleep(LAUNCH_JOIN_POLL_SECONDS)

    def dispose(self) -> None:
        """End the fork servers. Active runs continue to their end."""
        with self._lock:
            while self._servers:
                self._servers.popitem()[1].stop()

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Run monitoring may call ``check_run_worker_health``."""
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Check the run's worker. Dagster fails a STARTED run for every result except RUNNING and SUCCESS.

        A run without a worker tag was not started by this launcher (but by ``dagster asset materialize``, or by the default
        launcher before a change of launchers): the result is RUNNING, because we cannot check its process.
        """
        tag = value_of(run.tags, WORKER_TAG)
        if tag is None:
            return CheckRunHealthResult(WorkerStatus.RUNNING, "Not started by this launcher.")
        worker = parse_worker(tag)
        if worker is None:
            return CheckRunHealthResult(WorkerStatus.UNKNOWN, f"Tag {WORKER_TAG} is not readable.")
        if not worker.is_local:
            return CheckRunHealthResult(
                WorkerStatus.NOT_FOUND, f"The worker was on host {worker.host}.", run_worker_id=tag
            )
        if worker.is_alive:
            return CheckRunHealthResult(WorkerStatus.RUNNING, run_worker_id=tag)
        # A worker writes the run's result before it ends: read after its end, the status is final.
        latest = self._instance.get_run_by_id(run.run_id)
        if latest is None or latest.is_finished:
            return CheckRunHealthResult(WorkerStatus.SUCCESS, run_worker_id=tag)
        return CheckRunHealthResult(
            WorkerStatus.FAILED, f"Worker process {worker.pid} ended without reporting a result.", run_worker_id=tag
        )

    def _server_for(self, origin: "RepositoryPythonOrigin", instance: str) -> WarmServer:
        key = serialize_value(origin)
        server = self._servers.get(key)
        if server is not None and server.is_alive and not server.is_stale():
            return server
        if server is not None:
            del self._servers[key]
            server.stop()
        self._servers[key] = server = self._handed_over(origin, instance) or self._new_server(origin, instance)
        return server

    def _handed_over(self, origin: "RepositoryPythonOrigin", instance: str) -> WarmServer | None:
        """The fork server that `up` started, unless the code has changed since."""
        waiting = WaitingServer.handed_over() if origin.executable_path == sys.executable else None
        if waiting is not None:
            try:
                return self._new_server(origin, instance, waiting)
            except OperatorError as error:
                _log.info("a new fork server is started: %s", error)
        return None

    def _new_server(
        self, origin: "RepositoryPythonOrigin", instance: str, waiting: WaitingServer | None = None
    ) -> WarmServer:
        return WarmServer(
            origin.executable_path,
            serialize_value(origin),
            instance,
            self._preload_modules,
            self._start_seconds,
            keep_leases=self._keep_leases,
            waiting=waiting,
        )

    def _interrupt(self, run: DagsterRun, worker: Worker) -> bool:
        alive = worker.is_alive
        latest = self._instance.get_run_by_id(run.run_id)
        if latest is None or latest.is_finished:
            return False
        self._instance.report_run_canceling(run)
        if alive:
            os.kill(worker.pid, signal.SIGINT)
        else:
            # No worker is left to report it.
            self._instance.report_run_canceled(run)
        return True

    def _request_stop(self, run: DagsterRun, why: str) -> bool:
        self._instance.report_run_canceling(run)
        words = f"{why}: it is not interrupted, but reads with its next heartbeat that it must stop."
        self._instance.report_engine_event(words, run, cls=self.__class__)
        return True
