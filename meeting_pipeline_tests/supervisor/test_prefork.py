"""A process forked from the one that has imported everything is what it would be if its command had been started."""

import ctypes
import json
import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from meeting_pipeline.foundation.private_files import UMASK
from meeting_pipeline.foundation.quick_start import quickly
from meeting_pipeline.supervisor.orphans import adopt_orphans
from meeting_pipeline.supervisor.prefork import Forked, Prefork
from meeting_pipeline_tests.launching.support import PATIENCE_S, wait_until

pytestmark = [pytest.mark.processes, pytest.mark.skipif(sys.platform != "linux", reason="only Linux adopts orphans")]
_MODULE = "meeting_pipeline_tests.supervisor.shows_itself"
_PR_SET_CHILD_SUBREAPER = 36


def command(*arguments: str) -> list[str]:
    return quickly(sys.executable, _MODULE, *arguments)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prefork")


@pytest.fixture(scope="module", autouse=True)
def patience() -> Iterator[None]:
    """A fork is answered in milliseconds, but a busy machine may take longer than a starting system waits for it."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("meeting_pipeline.supervisor.prefork._REPLY_S", PATIENCE_S)
        yield


def opened(folder: Path, environment: dict[str, str], name: str = "prefork.log") -> Prefork:
    with (folder / name).open("wb") as log:
        prefork = Prefork(environment, command("1" * 40), log.fileno())
    prefork.wait_until_ready(lambda: False)
    return prefork


@pytest.fixture(scope="module", autouse=True)
def adopts() -> Iterator[None]:
    assert adopt_orphans()
    yield
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 0)


@pytest.fixture(scope="module")
def prefork(folder: Path, adopts: None) -> Iterator[Prefork]:
    prefork = opened(folder, {**os.environ, "COLOUR": "blue"})
    yield prefork
    prefork.kill()


def forked(prefork: Prefork, output: Path, *arguments: str, environment: dict[str, str] | None = None) -> Forked:
    with output.open("wb") as file:
        process = prefork.fork(command(*arguments), environment or dict(os.environ), [file.fileno()])
    assert process is not None
    return process


def told(output: Path) -> dict[str, Any]:
    wait_until(lambda: output.read_bytes().endswith(b"\n"), "the fork to tell what it sees")
    found: dict[str, Any] = json.loads(output.read_text("utf-8"))
    return found


def test_it_has_its_own_arguments_environment_session_and_output(prefork: Prefork, tmp_path: Path) -> None:
    environment = {**os.environ, "COLOUR": "green", "NEW": "ä\n="}
    process = forked(prefork, tmp_path / "out", "3", "two words", environment=environment)
    assert process.wait() == 3
    seen = told(tmp_path / "out")
    assert seen["arguments"] == ["3", "two words"]
    assert seen["own_environment"] == environment
    assert seen["parent"] == os.getpid()
    assert seen["leads_session"]
    assert seen["interrupt"]
    assert seen["umask"] == UMASK


def test_others_see_its_own_command_and_environment(prefork: Prefork, tmp_path: Path) -> None:
    environment = {**os.environ, "COLOUR": "green"}
    process = forked(prefork, tmp_path / "out", "wait", environment=environment)
    told(tmp_path / "out")
    seen = psutil.Process(process.pid)
    assert [word for word in seen.cmdline() if word] == command("wait")
    assert seen.environ() == environment
    assert psutil.Process(prefork.pid).environ()["COLOUR"] == "blue"
    process.kill()
    assert process.wait() == -signal.SIGKILL


def test_its_end_is_seen_once_it_has_ended(prefork: Prefork, tmp_path: Path) -> None:
    process = forked(prefork, tmp_path / "out", "wait")
    told(tmp_path / "out")
    assert process.poll() is None
    os.kill(process.pid, signal.SIGTERM)
    wait_until(lambda: process.poll() is not None, "its end")
    assert process.returncode == -signal.SIGTERM
    process.kill()  # no error


def test_only_its_output_and_what_is_given_stays_open(prefork: Prefork, tmp_path: Path) -> None:
    alone = forked(prefork, tmp_path / "alone", "0")
    assert alone.wait() == 0
    lock = os.open(tmp_path / "lock", os.O_CREAT | os.O_RDWR)
    with (tmp_path / "out").open("wb") as file:
        process = prefork.fork(command("0"), dict(os.environ), [file.fileno(), lock])
    os.close(lock)
    assert process is not None
    assert process.wait() == 0
    assert told(tmp_path / "out")["descriptors"] == told(tmp_path / "alone")["descriptors"] + 1


def test_a_fork_that_is_not_known_here_ends_before_it_does_anything(prefork: Prefork, tmp_path: Path) -> None:
    waits, goes = os.pipe()
    os.close(goes)
    channel = prefork._channel
    assert channel is not None
    order = {"command": command("0"), "environment": dict(os.environ), "parent": os.getpid()}
    channel.send_bytes(json.dumps(order).encode())
    with (tmp_path / "out").open("wb") as file, socket.socket(fileno=os.dup(channel.fileno())) as messages:
        socket.send_fds(messages, [b"."], [waits, file.fileno()])
    os.close(waits)
    assert Forked(json.loads(channel.recv_bytes())["pid"]).wait() == 1
    assert (tmp_path / "out").read_bytes() == b""


def test_it_has_one_thread_and_no_connection(prefork: Prefork) -> None:
    process = psutil.Process(prefork.pid)
    assert process.num_threads() == 1
    assert process.net_connections(kind="inet") == []
    assert [file.path for file in process.open_files() if file.path.endswith((".db", ".sqlite3"))] == []


def test_a_command_that_does_not_import_much_is_left_to_be_started(prefork: Prefork) -> None:
    assert prefork.fork([sys.executable, "-c", "pass"], dict(os.environ), [2]) is None


def test_without_the_process_everything_is_left_to_be_started(folder: Path) -> None:
    prefork = opened(folder, dict(os.environ))
    os.kill(prefork.pid, signal.SIGKILL)
    assert prefork.fork(command("0"), dict(os.environ), [2]) is None
    assert prefork.fork(command("0"), dict(os.environ), [2]) is None
    prefork.kill()


def test_a_frozen_process_that_is_sent_a_large_environment_is_given_up(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("meeting_pipeline.supervisor.prefork._REPLY_S", 1.0)
    with (folder / "frozen.log").open("wb") as log:
        prefork = Prefork(dict(os.environ), command("0"), log.fileno())
    os.kill(prefork.pid, signal.SIGSTOP)
    large = {**os.environ, **{f"LARGE_{number}": "x" * 100_000 for number in range(10)}}
    assert prefork.fork(command("0"), large, [2]) is None
    assert not psutil.pid_exists(prefork.pid)


def test_imports_that_fail_leave_everything_to_be_started(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "uvicorn.py").write_text("raise ImportError('this one is broken')\n", "utf-8")
    prefork = opened(folder, {**os.environ, "PYTHONPATH": str(tmp_path)}, "broken.log")
    assert prefork.fork(command("0"), dict(os.environ), [2]) is None
    assert "this one is broken" in (folder / "broken.log").read_text("utf-8")
