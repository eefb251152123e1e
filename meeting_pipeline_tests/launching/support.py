"""Helpers for the launcher's tests: an instance with SQLite in a folder, a real code location, runs of its jobs."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import psutil
import pytest
import yaml
from dagster._core.origin import JobPythonOrigin
from dagster._core.workspace.context import WorkspaceProcessContext, WorkspaceRequestContext
from dagster._core.workspace.load_target import WorkspaceFileTarget

from meeting_pipeline.foundation.workers import WORKER_TAG, Worker, parse_worker
from meeting_pipeline.launching import client
from meeting_pipeline.launching.launcher import WarmRunLauncher

ROOT = Path(__file__).parents[2]
MODULE = "meeting_pipeline_tests.launching.definitions"
LAUNCHER = {
    "module": "meeting_pipeline.launching.launcher",
    "class": "WarmRunLauncher",
    "config": {"preload_modules": ["csv"]},
}
PATIENCE_S = 300.0
"""Longest wait for anything. A loaded machine is slow, and a wait ends as soon as it succeeds."""


@dataclass(frozen=True)
class Stage:
    """An instance and the code location whose jobs it runs."""

    home: Path
    instance: dg.DagsterInstance
    workspace: WorkspaceRequestContext

    @property
    def launcher(self) -> WarmRunLauncher:
        launcher = self.instance.run_launcher
        assert isinstance(launcher, WarmRunLauncher)
        return launcher

    def create(self, job: str, tags: Mapping[str, str] | None = None, origin: JobPythonOrigin | None = None) -> str:
        location = self.workspace.code_locations[0]
        repository = next(iter(location.get_repositories().values()))
        remote = repository.get_full_job(job)
        plan = location.get_execution_plan(remote, {}, None, None, self.instance)
        run = self.instance.create_run(
            job_name=job, run_id=None, run_config={}, status=None, tags=dict(tags or {}), root_run_id=None,
            parent_run_id=None, step_keys_to_execute=None, execution_plan_snapshot=plan.execution_plan_snapshot,
            job_snapshot=remote.job_snapshot, parent_job_snapshot=remote.parent_job_snapshot, asset_selection=None,
            asset_check_selection=None, resolved_op_selection=None, op_selection=None,
            remote_job_origin=remote.get_remote_origin(), job_code_origin=origin or remote.get_python_origin(),
            asset_graph=repository.asset_graph,
        )  # fmt: skip
        return run.run_id

    def launch(self, job: str, origin: JobPythonOrigin | None = None) -> str:
        run_id = self.create(job, origin=origin)
        self.instance.launch_run(run_id, self.workspace)
        return run_id

    def submit(self, job: str) -> str:
        run_id = self.create(job)
        self.instance.submit_run(run_id, self.workspace)
        return run_id

    def run(self, run_id: str) -> dg.DagsterRun:
        run = self.instance.get_run_by_id(run_id)
        assert run is not None
        return run

    def await_status(self, run_id: str, status: dg.DagsterRunStatus) -> dg.DagsterRun:
        def there() -> bool:
            run = self.run(run_id)
            assert run.status == status or not run.is_finished, f"{run.status}: {self.messages(run_id)}"
            return run.status == status

        wait_until(there, f"run is {status}")
        return self.run(run_id)

    def worker(self, run_id: str) -> Worker:
        worker = parse_worker(self.run(run_id).tags.get(WORKER_TAG))
        assert worker is not None
        return worker

    def messages(self, run_id: str) -> str:
        return "\n".join(
            str(event.dagster_event.message) for event in self.instance.all_logs(run_id) if event.dagster_event
        )

    def told(self, run_id: str) -> dict[str, Any]:
        """The metadata that the asset ``quick`` recorded in this run."""
        [event] = self.instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
        assert event.asset_materialization is not None
        return {key: value.value for key, value in event.asset_materialization.metadata.items()}


@contextmanager
def open_stage(home: Path, **configuration: Any) -> Iterator[Stage]:
    """Write ``dagster.yaml`` and ``workspace.yaml`` into the folder, and open both."""
    home.mkdir(parents=True, exist_ok=True)
    fixed = {
        "telemetry": {"enabled": False},
        "code_servers": {"wait_for_local_processes_on_shutdown": True},
        "run_launcher": LAUNCHER,
    }
    (home / "dagster.yaml").write_text(yaml.safe_dump({**fixed, **configuration}))
    module = {"module_name": MODULE, "working_directory": str(ROOT), "location_name": "launching"}
    (home / "workspace.yaml").write_text(yaml.safe_dump({"load_from": [{"python_module": module}]}))
    with (
        pytest.MonkeyPatch.context() as patched,
        dg.DagsterInstance.from_config(str(home)) as instance,
        WorkspaceProcessContext(instance, WorkspaceFileTarget([str(home / "workspace.yaml")])) as process,
    ):
        # A fork takes milliseconds, but on a busy machine the server may not have its turn in time, and would be replaced.
        patched.setattr(client, "LAUNCH_REPLY_SECONDS", PATIENCE_S)
        yield Stage(home, instance, process.create_request_context())


def wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"not within {PATIENCE_S:g} s: {what}"
        time.sleep(0.05)


def is_fork_server(pid: int) -> bool:
    try:
        return "meeting_pipeline.launching.server" in psutil.Process(pid).cmdline()
    except psutil.NoSuchProcess:
        return False


def kill_9(pid: int) -> None:
    psutil.Process(pid).kill()
