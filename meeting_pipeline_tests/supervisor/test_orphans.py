"""Orphans of a home, and reaping adopted children."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.foundation.logs import PROCESS_VARIABLE
from meeting_pipeline.settings import Settings
from meeting_pipeline.supervisor.instance import convert_storage, must_convert_storage
from meeting_pipeline.supervisor.orphans import collect_ends, end_left_services, of_home
from meeting_pipeline.supervisor.processes import Child
from meeting_pipeline.supervisor.shutdown import end_all
from meeting_pipeline.supervisor.supervisor import Supervisor

ORPHAN = """
import os, subprocess, sys
command = [sys.executable, "-c", "import time; time.sleep(600)", *sys.argv[1:]]
nowhere = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
print(subprocess.Popen(command, start_new_session=True, **nowhere).pid, flush=True)
os._exit(0)
"""
FORKS_AT_ITS_END = """
import signal, subprocess, sys, time
from pathlib import Path
def end(number, frame):
    late = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    Path(sys.argv[1]).write_text(str(late.pid))
    raise SystemExit
signal.signal(signal.SIGTERM, end)
Path(sys.argv[1]).with_suffix(".ready").touch()
time.sleep(600)
"""
ADOPTER = """
import os, subprocess, sys, time
from meeting_pipeline.supervisor.orphans import adopt_orphans, collect_ends
adopt_orphans()
ours = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])
forker = "import os, time\\nif os.fork() == 0:\\n    time.sleep(0.3)\\n    os._exit(0)"
subprocess.run([sys.executable, "-c", forker], check=True)
import psutil
deadline = time.monotonic() + 300
adopted = [child.pid for child in psutil.Process().children() if child.pid != ours.pid]
while any(psutil.pid_exists(pid) for pid in adopted) and time.monotonic() < deadline:
    collect_ends({ours.pid})
    time.sleep(0.02)
print(len(adopted), [pid for pid in adopted if psutil.pid_exists(pid)], ours.wait())
"""
PATIENCE_S = 300.0


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_there(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def orphan(home: Path, *arguments: str) -> int:
    """A process whose parent has died, with the environment that `up` sets."""
    environment = {**os.environ, "DAGSTER_HOME": str(home / "dagster"), PROCESS_VARIABLE: "daemon"}
    done = subprocess.run(
        [sys.executable, "-c", ORPHAN, *arguments], env=environment, capture_output=True, text=True, check=True
    )
    pid = int(done.stdout)
    until(lambda: psutil.Process(pid).cmdline()[3:] == list(arguments))  # before that, it has not started its program
    return pid


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[int]:
    """A run worker of a daemon that was killed."""
    pid = orphan(tmp_path, "meeting_pipeline.launching.server")
    yield pid
    if is_there(pid):
        os.kill(pid, signal.SIGKILL)


def test_stopping_ends_workers_of_a_daemon_that_was_killed(tmp_path: Path, worker: int) -> None:
    """Their leases are released with the stop: a worker that continued would send what the next start sends again."""
    supervisor = Supervisor(Settings(home=tmp_path, api_port=0), 0)
    child = Child("http-service", [sys.executable, "-c", "import time; time.sleep(600)"], {}, tmp_path / "a.log")
    supervisor._children.append(child)
    child.start()
    supervisor.stop()
    assert not is_there(worker)
    assert child.ended()


@pytest.mark.processes
def test_stopping_ends_a_worker_that_is_forked_while_the_others_end(tmp_path: Path) -> None:
    pid_file = tmp_path / "late.pid"
    environment = {**os.environ, "DAGSTER_HOME": str(tmp_path / "dagster"), PROCESS_VARIABLE: "daemon"}
    child = Child("daemon", [sys.executable, "-c", FORKS_AT_ITS_END, str(pid_file)], environment, tmp_path / "a.log")
    child.start()
    until(pid_file.with_suffix(".ready").exists)
    end_all([child], tmp_path / "dagster")
    assert child.ended()
    assert not is_there(int(pid_file.read_text()))


def test_processes_of_another_home_are_strangers(tmp_path: Path, worker: int) -> None:
    assert [process.pid for process in of_home(tmp_path / "dagster")] == [worker]
    assert of_home(tmp_path / "other" / "dagster") == []


def test_a_start_ends_services_of_a_killed_system_and_leaves_its_workers(tmp_path: Path, worker: int) -> None:
    service = orphan(tmp_path)
    os.kill(service, signal.SIGSTOP)  # a frozen service did not notice that its `up` died
    end_left_services(tmp_path / "dagster")
    until(lambda: not is_there(service))
    assert is_there(worker)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process adopt orphans")
def test_a_start_that_converts_dagsters_storage_ends_the_workers_that_still_write_to_it(
    tmp_path: Path, worker: int
) -> None:
    settings = Settings(home=tmp_path)
    old = settings.dagster_home / "storage" / "history" / "runs"
    old.mkdir(parents=True)
    with pytest.raises(OperatorError, match="still use Dagster's storage") as refused:
        convert_storage(settings)
    assert refused.value.code == "already_running"
    assert must_convert_storage(settings)
    end_left_services(settings.dagster_home, workers_too=must_convert_storage(settings))
    until(lambda: not is_there(worker))
    convert_storage(settings)
    assert not must_convert_storage(settings)
    assert not old.exists()


def test_adopted_orphans_leave_no_zombies_and_ends_of_others_are_not_taken() -> None:
    done = subprocess.run([sys.executable, "-c", ADOPTER], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["1", "[]", "3"], done.stderr


def test_there_is_nothing_to_collect_without_children() -> None:
    collect_ends([])
