"""Tests of the launcher without a daemon: this process launches runs with a real instance and a real code location."""

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import psutil
import pytest
from dagster import serialize_value
from dagster._core.code_pointer import CodePointer
from dagster._core.launcher.base import LaunchRunContext, WorkerStatus
from dagster._core.origin import DEFAULT_DAGSTER_ENTRY_POINT, JobPythonOrigin, RepositoryPythonOrigin

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.foundation.workers import WORKER_TAG, process_table
from meeting_pipeline.launching import client
from meeting_pipeline_tests.launching import definitions
from meeting_pipeline_tests.launching.support import (
    MODULE,
    PATIENCE_S,
    ROOT,
    Stage,
    is_fork_server,
    kill_9,
    open_stage,
    wait_until,
)

SUCCESS, FAILURE, CANCELED = dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED
STARTED = dg.DagsterRunStatus.STARTED


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(tmp_path_factory.mktemp("launching") / "home") as opened:
        yield opened


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file that lets a patient run end. It is created at the end of every test, so that no worker is left."""
    path = tmp_path / "gate"
    monkeypatch.setenv("LAUNCHING_GATE", str(path))
    yield path
    path.touch()


def _server_of(stage: Stage, run_id: str) -> int:
    parent = psutil.Process(stage.worker(run_id).pid).ppid()
    assert is_fork_server(parent)
    return parent


def _patient(stage: Stage) -> str:
    run_id = stage.launch("patient_job")
    stage.await_status(run_id, STARTED)
    return run_id


def _origin(module: str, folder: Path, job: str = "quick_job") -> JobPythonOrigin:
    pointer = CodePointer.from_module(module, "defs", str(folder))
    return JobPythonOrigin(
        job, RepositoryPythonOrigin(sys.executable, pointer, entry_point=DEFAULT_DAGSTER_ENTRY_POINT)
    )


def _report(stage: Stage, run_id: str, event: dg.DagsterEventType) -> None:
    stage.instance.report_dagster_event(dg.DagsterEvent(event.value, "patient_job"), run_id)


def test_a_run_is_executed_in_a_process_of_its_own_forked_from_the_server(stage: Stage) -> None:
    run_id = stage.launch("quick_job")
    stage.await_status(run_id, SUCCESS)
    told = stage.told(run_id)
    assert told["pid"] == stage.worker(run_id).pid == told["session"]
    assert is_fork_server(told["parent"])
    assert told["folder"] == str(Path.cwd())


def test_runs_share_the_server_but_not_their_random_numbers_or_their_environment(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []
    for value in ("first", "second"):
        monkeypatch.setenv("LAUNCHING_TEST", value)
        run_id = stage.launch("quick_job")
        stage.await_status(run_id, SUCCESS)
        told.append(stage.told(run_id))
    assert [run["environment"] for run in told] == ["first", "second"]
    assert told[0]["parent"] == told[1]["parent"]
    assert told[0]["random"] != told[1]["random"]


def test_the_server_has_one_thread_and_holds_no_database_and_no_helper_process(stage: Stage) -> None:
    run_id = stage.launch("quick_job")
    stage.await_status(run_id, SUCCESS)
    server = psutil.Process(stage.told(run_id)["parent"])
    wait_until(lambda: not server.children(recursive=True), "the worker is reaped")
    assert server.num_threads() == 1
    assert [file.path for file in server.open_files() if ".db" in file.path] == []
    assert server.net_connections(kind="inet") == []


def test_a_server_that_is_about_to_fork_holds_no_connection_to_postgres(
    tmp_path: Path, empty_postgres_url: str
) -> None:
    ours = {"module": "meeting_pipeline.dagster_storage.postgres", "class": "PostgresStorage"}
    storage = {"custom": {**ours, "config": {"postgres_url": empty_postgres_url}}}
    with open_stage(tmp_path / "home", storage=storage) as stage:
        origin, instance = serialize_value(_origin(MODULE, ROOT).repository_origin), stage.instance.get_ref()
        server = client.WarmServer(sys.executable, origin, serialize_value(instance), [], PATIENCE_S)
        try:
            assert psutil.Process(server.pid).net_connections(kind="inet") == []
        finally:
            server.stop()


def test_an_asset_that_raises_fails_the_run_once(stage: Stage) -> None:
    run_id = stage.launch("failing_job")
    stage.await_status(run_id, FAILURE)
    server = next(iter(stage.launcher._servers.values()))
    wait_until(lambda: not psutil.Process(server.pid).children(), "the worker is reaped")
    assert len(stage.instance.all_logs(run_id, of_type=dg.DagsterEventType.RUN_FAILURE)) == 1


def test_health_is_running_while_the_worker_lives_and_success_after_it_ended(stage: Stage, gate: Path) -> None:
    run_id = _patient(stage)
    started = stage.run(run_id)
    health = stage.launcher.check_run_worker_health(started)
    assert (health.status, health.run_worker_id) == (WorkerStatus.RUNNING, started.tags[WORKER_TAG])
    worker = stage.worker(run_id)
    gate.touch()
    stage.await_status(run_id, SUCCESS)
    wait_until(lambda: not worker.is_alive, "the worker ended")
    assert stage.launcher.check_run_worker_health(started).status == WorkerStatus.SUCCESS


@pytest.mark.parametrize(
    ("tags", "status"),
    [
        ({}, WorkerStatus.RUNNING),
        ({WORKER_TAG: "rubbish"}, WorkerStatus.UNKNOWN),
        ({WORKER_TAG: "elsewhere:1:1"}, WorkerStatus.NOT_FOUND),
    ],
)
def test_health_of_a_worker_that_cannot_be_looked_at(stage: Stage, tags: dict[str, str], status: WorkerStatus) -> None:
    run = stage.run(stage.create("quick_job", tags))
    assert stage.launcher.check_run_worker_health(run).status == status


def test_kill_9_of_a_worker_is_reported_at_once(stage: Stage, gate: Path) -> None:
    run_id = _patient(stage)
    kill_9(stage.worker(run_id).pid)
    stage.await_status(run_id, FAILURE)
    assert "SIGKILL" in stage.messages(run_id)


def test_kill_9_of_the_server_leaves_runs_alone_and_a_new_server_takes_the_next_run(stage: Stage, gate: Path) -> None:
    first = _patient(stage)
    server = _server_of(stage, first)
    kill_9(server)
    wait_until(lambda: not is_fork_server(server), "the server is gone")
    second = _patient(stage)
    assert _server_of(stage, second) != server
    assert stage.launcher.check_run_worker_health(stage.run(first)).status == WorkerStatus.RUNNING
    kill_9(stage.worker(first).pid)
    wait_until(lambda: not stage.worker(first).is_alive, "the first worker is gone")
    # The process that would have seen it die is gone. Run monitoring makes this call to find out.
    health = stage.launcher.check_run_worker_health(stage.run(first))
    assert health.status == WorkerStatus.FAILED
    stage.instance.report_run_failed(stage.run(first))
    gate.touch()
    stage.await_status(second, SUCCESS)


def test_dispose_ends_the_server_and_lets_runs_go_on(stage: Stage, gate: Path) -> None:
    run_id = _patient(stage)
    server = next(iter(stage.launcher._servers.values()))
    assert server.pid == _server_of(stage, run_id)
    stage.launcher.dispose()
    assert isinstance(server._process, subprocess.Popen)
    assert server._process.returncode == 0, "it had to be killed"
    assert stage.worker(run_id).is_alive
    gate.touch()
    stage.await_status(run_id, SUCCESS)


def test_join_waits_for_launched_runs(stage: Stage, gate: Path) -> None:
    run_id = _patient(stage)
    with pytest.raises(TimeoutError, match=run_id):
        stage.launcher.join(timeout=0)
    gate.touch()
    stage.launcher.join(timeout=int(PATIENCE_S))
    assert stage.run(run_id).status == SUCCESS


def test_terminate_works_from_another_process(stage: Stage, gate: Path) -> None:
    run_id = _patient(stage)
    code = (
        "import sys, dagster as dg\n"
        "with dg.DagsterInstance.from_config(sys.argv[1]) as instance:\n"
        "    sys.exit(0 if instance.run_coordinator.cancel_run(sys.argv[2]) else 1)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(stage.home), run_id], check=True, cwd=ROOT)
    stage.await_status(run_id, CANCELED)
    assert not stage.launcher.terminate(run_id)


def test_terminate_of_a_run_whose_worker_has_not_begun_cancels_it(stage: Stage, gate: Path) -> None:
    # A retry copies this tag from the previous run.
    run_id = stage.create("patient_job", {WORKER_TAG: f"{socket.gethostname()}:1:1@{process_table()}"})
    _report(stage, run_id, dg.DagsterEventType.RUN_STARTING)
    assert stage.launcher.terminate(run_id)
    stage.launcher.launch_run(LaunchRunContext(stage.run(run_id), stage.workspace))
    stage.await_status(run_id, CANCELED)


def test_terminate_of_a_run_whose_worker_died_unseen_cancels_it(stage: Stage) -> None:
    run_id = stage.create("patient_job", {WORKER_TAG: f"{socket.gethostname()}:1:1@{process_table()}"})
    _report(stage, run_id, dg.DagsterEventType.RUN_START)
    assert stage.launcher.terminate(run_id)
    assert stage.run(run_id).status == CANCELED


@pytest.mark.parametrize(("tags", "said"), [({WORKER_TAG: "elsewhere:1:1"}, "elsewhere"), ({}, "No worker")])
def test_terminate_of_a_run_whose_worker_cannot_be_signalled_is_a_record(
    stage: Stage, tags: dict[str, str], said: str
) -> None:
    run_id = stage.create("patient_job", tags)
    _report(stage, run_id, dg.DagsterEventType.RUN_START)
    assert stage.launcher.terminate(run_id)
    assert said in stage.messages(run_id)
    assert stage.run(run_id).status == dg.DagsterRunStatus.CANCELING, "the worker reports its end itself"


def test_changed_code_is_run_by_a_new_server(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "LAUNCH_CODE_CHECK_SECONDS", 0.0)
    package = tmp_path / "shop_changed"
    package.mkdir()
    (package / "__init__.py").touch()
    shutil.copy(definitions.__file__, package / "definitions.py")
    origin = _origin("shop_changed.definitions", tmp_path)
    parents = []
    for step in ("old", "same", "new"):
        if step == "new":
            source = (package / "definitions.py").read_text()
            (package / "definitions.py").write_text(source.replace("len(sys.modules)", "-1"))
        run_id = stage.launch("quick_job", origin)
        stage.await_status(run_id, SUCCESS)
        parents.append(stage.told(run_id)["parent"])
    assert parents[0] == parents[1] != parents[2]
    assert stage.told(run_id)["modules"] == -1


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("raise ValueError('no such luck')", "no such luck"),
        ("import threading, time\nthreading.Thread(target=time.sleep, args=(99,), name='stray', daemon=True).start()\n"
         "from meeting_pipeline_tests.launching.definitions import defs", "stray"),
        ("import os\nos._exit(3)", "ended before it responded"),
    ],
)  # fmt: skip
def test_a_code_location_that_cannot_be_preloaded_fails_the_run_with_the_reason(
    stage: Stage, tmp_path: Path, source: str, reason: str
) -> None:
    (tmp_path / "broken_location.py").write_text(source)
    run_id = stage.create("quick_job", origin=_origin("broken_location", tmp_path))
    with pytest.raises(OperatorError, match=reason):
        stage.instance.launch_run(run_id, stage.workspace)
    assert stage.run(run_id).status == FAILURE
    assert reason in stage.messages(run_id)
    assert "default launcher" in stage.messages(run_id)
