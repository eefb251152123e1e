"""The launcher under the real daemon: queue, run monitoring, retries of crashed runs, and a killed daemon."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import psutil
import pytest

from meeting_pipeline_tests.launching.support import ROOT, Stage, is_fork_server, kill_9, open_stage, wait_until

pytestmark = pytest.mark.scenario

CONFIGURATION = {
    "run_coordinator": {
        "module": "dagster.core.run_coordinator",
        "class": "QueuedRunCoordinator",
        "config": {"dequeue_interval_seconds": 1},
    },
    "run_monitoring": {"enabled": True, "poll_interval_seconds": 1},
    "run_retries": {"enabled": True, "max_retries": 1, "retry_on_asset_or_op_failure": False},
}


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "gate"
    monkeypatch.setenv("LAUNCHING_GATE", str(path))
    yield path
    path.touch()


@contextmanager
def _daemon(stage: Stage) -> Iterator[subprocess.Popen[bytes]]:
    """Run a daemon. At the end, neither the daemon nor its code servers are left, however it ended."""
    command = [str(Path(sys.executable).with_name("dagster-daemon")), "run", "-w", str(stage.home / "workspace.yaml")]
    environment = {**os.environ, "DAGSTER_HOME": str(stage.home), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=ROOT, env=environment) as process:
        try:
            yield process
        finally:
            children = psutil.Process(process.pid).children() if process.poll() is None else []
            process.terminate()
            process.wait()
            _, left = psutil.wait_procs(children, timeout=30)
            for child in left:
                child.kill()


def _await_retry(stage: Stage, run_id: str) -> str:
    found: list[str] = []

    def there() -> bool:
        retries = stage.instance.get_runs(dg.RunsFilter(tags={"dagster/parent_run_id": run_id}))
        found[:] = [run.run_id for run in retries]
        return bool(found)

    wait_until(there, "the retry is requested")
    return found[0]


def test_queued_runs_succeed_and_a_crashed_one_is_retried(tmp_path: Path, gate: Path) -> None:
    with open_stage(tmp_path / "home", **CONFIGURATION) as stage, _daemon(stage) as daemon:
        quick, crashing = stage.submit("quick_job"), stage.submit("crashing_job")
        stage.await_status(quick, dg.DagsterRunStatus.SUCCESS)
        server = psutil.Process(stage.told(quick)["parent"])
        assert is_fork_server(server.pid)
        assert server.ppid() == daemon.pid
        stage.await_status(crashing, dg.DagsterRunStatus.FAILURE)
        retry = _await_retry(stage, crashing)
        stage.await_status(retry, dg.DagsterRunStatus.SUCCESS)
        assert stage.worker(retry) != stage.worker(crashing)
        daemon.terminate()
        wait_until(lambda: not is_fork_server(server.pid), "the fork server ended with the daemon")


def test_a_run_outlives_a_killed_daemon_and_the_next_daemon_still_watches_it(tmp_path: Path, gate: Path) -> None:
    with open_stage(tmp_path / "home", **CONFIGURATION) as stage:
        with _daemon(stage) as daemon:
            run_id = stage.submit("patient_job")
            stage.await_status(run_id, dg.DagsterRunStatus.STARTED)
            server = psutil.Process(stage.worker(run_id).pid).ppid()
            code_servers = [child for child in psutil.Process(daemon.pid).children() if child.pid != server]
            kill_9(daemon.pid)
            daemon.wait()
            wait_until(lambda: not is_fork_server(server), "the fork server ended with the daemon")
            for child in code_servers:
                child.terminate()
            assert stage.worker(run_id).is_alive
        with _daemon(stage):
            # By the time that a new run has ended, run monitoring has checked the old one several times.
            stage.await_status(stage.submit("quick_job"), dg.DagsterRunStatus.SUCCESS)
            time.sleep(3)
            assert stage.run(run_id).status == dg.DagsterRunStatus.STARTED
            kill_9(stage.worker(run_id).pid)
            stage.await_status(run_id, dg.DagsterRunStatus.FAILURE)
            assert "ended without reporting a result" in stage.messages(run_id)
            gate.touch()
            stage.await_status(_await_retry(stage, run_id), dg.DagsterRunStatus.SUCCESS)
