"""What the supervisor checks before it starts anything; the running system is driven in ``scenario/``."""

import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.foundation.ownership import owning, running_owner
from meeting_pipeline.foundation.ui_token import write_ui_token
from meeting_pipeline.settings import Settings
from meeting_pipeline.supervisor.instance import inherited_environment
from meeting_pipeline.supervisor.prefork import Prefork
from meeting_pipeline.supervisor.processes import Child
from meeting_pipeline.supervisor.supervisor import Supervisor


def test_a_port_that_is_taken_is_named_before_anything_starts(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = tmp_path_factory.mktemp("home")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        supervisor = Supervisor(Settings(home=home, api_port=0), taken.getsockname()[1])
        with pytest.raises(OperatorError) as caught:
            supervisor.start()
        supervisor.stop()
    assert caught.value.code == "port_in_use"
    assert list(home.iterdir()) == []


def test_a_taken_port_of_the_http_service_is_named_before_anything_starts(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    home = tmp_path_factory.mktemp("home")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        supervisor = Supervisor(Settings(home=home, api_port=taken.getsockname()[1]), 0)
        with pytest.raises(OperatorError) as caught:
            supervisor.start()
        supervisor.stop()
    assert caught.value.code == "port_in_use"
    assert "MEETING_PIPELINE_API_PORT" in str(caught.value)
    assert list(home.iterdir()) == []


def test_port_zero_is_some_free_port() -> None:
    supervisor = Supervisor(Settings(api_port=0), 0)
    assert supervisor.port > 0
    assert supervisor.url == f"http://127.0.0.1:{supervisor.port}"
    supervisor.stop()


def test_stopping_leaves_processes_alone_that_it_did_not_start() -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as other:
        Supervisor(Settings(api_port=0), 0).stop()
        assert other.poll() is None
        other.kill()


KILLED_ONCE = """
import os, pathlib, signal, sys, time
ready, tried = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
if not tried.exists():
    tried.touch()
    os.kill(os.getpid(), signal.SIGKILL)
ready.touch()
time.sleep(600)
"""


def with_child(home: Path, code: str) -> Supervisor:
    """A supervisor that has started one child with this code."""
    supervisor = Supervisor(Settings(home=home, api_port=0), 0)
    command = [sys.executable, "-c", code, str(home / "ready"), str(home / "tried")]
    child = Child("code-server", command, {}, home / "logs" / "code-server.log")
    supervisor._children.append(child)
    child.start()
    return supervisor


@pytest.mark.processes
def test_an_interrupt_while_it_imports_ends_the_start_without_another_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervisor = Supervisor(Settings(home=tmp_path, api_port=0), 0)
    (tmp_path / "dagster").mkdir()

    def interrupted(_prefork: Prefork, given_up: Callable[[], bool]) -> None:
        supervisor.end()
        assert given_up()

    def never(*_arguments: object) -> None:
        raise AssertionError("something was started for a system that is to end")

    monkeypatch.setattr("meeting_pipeline.supervisor.supervisor.adopt_orphans", lambda: True)
    monkeypatch.setattr(Prefork, "wait_until_ready", interrupted)
    monkeypatch.setattr("meeting_pipeline.supervisor.supervisor.Child", never)
    monkeypatch.setattr("meeting_pipeline.supervisor.supervisor.require_importable", never)
    supervisor.start()
    supervisor.stop()


@pytest.mark.processes
def test_a_process_that_is_killed_while_it_starts_is_started_again(tmp_path: Path) -> None:
    supervisor = with_child(tmp_path, KILLED_ONCE)
    supervisor._wait_for((tmp_path / "ready").exists, "code-server")
    assert (tmp_path / "tried").exists()
    supervisor.stop()
    assert supervisor._children[0].ended()


@pytest.mark.processes
def test_a_process_that_ends_by_itself_while_it_starts_ends_the_start(tmp_path: Path) -> None:
    supervisor = with_child(tmp_path, "raise SystemExit(3)")
    with pytest.raises(OperatorError) as caught:
        supervisor._wait_for(lambda: False, "code-server")
    assert caught.value.code == "start_failed"
    supervisor.stop()


def test_what_developers_tell_python_ends_at_the_supervisor() -> None:
    given = {
        "PATH": "/bin",
        "PYTHONWARNINGS": "error",
        "PYTHONDEVMODE": "1",
        "PYTHONINSPECT": "1",
        "PYTHONPATH": "/here",
        "": "C:=/x",
    }
    assert inherited_environment(given) == {"PATH": "/bin", "PYTHONPATH": "/here", "PYTHONUNBUFFERED": "1"}


def test_notes_that_somebody_removed_are_written_again_while_it_runs(tmp_path: Path) -> None:
    supervisor = Supervisor(Settings(home=tmp_path, api_port=0), 0)
    supervisor._token = write_ui_token(tmp_path)
    with owning(tmp_path):
        supervisor.keep_notes()
        before = running_owner(tmp_path)
        assert before is not None
        assert before.url == supervisor.url
        for name in ("up.json", "ui.token"):
            (tmp_path / name).unlink()
        supervisor.keep_notes()
        assert running_owner(tmp_path) == before
    supervisor.stop()
