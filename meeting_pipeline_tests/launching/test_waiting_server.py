"""The daemon's launcher uses the fork server that `up` left for it, unless that cannot be."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from socket import socketpair

import dagster as dg
import psutil
import pytest

from meeting_pipeline.foundation.quick_start import quickly
from meeting_pipeline.launching import client
from meeting_pipeline.launching.client import FORK_SERVER_VARIABLE, WarmServer
from meeting_pipeline.launching.sources import fingerprint
from meeting_pipeline_tests.launching import definitions
from meeting_pipeline_tests.launching.support import ROOT, Stage, open_stage, wait_until

pytestmark = pytest.mark.processes
Leave = Callable[[str], subprocess.Popen[bytes]]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(tmp_path_factory.mktemp("waiting") / "home") as stage:
        yield stage


@pytest.fixture
def stage(opened: Stage) -> Stage:
    opened.launcher.dispose()
    return opened


@pytest.fixture
def leave(monkeypatch: pytest.MonkeyPatch) -> Iterator[Leave]:
    """Starts a fork server that has loaded code with this fingerprint, and leaves it for the launcher."""
    started: list[subprocess.Popen[bytes]] = []

    def start(mark: str) -> subprocess.Popen[bytes]:
        ours, theirs = socketpair()
        with theirs:
            words = quickly(sys.executable, "meeting_pipeline.launching.server", str(theirs.fileno()), mark)
            process = subprocess.Popen(words, pass_fds=[theirs.fileno()], cwd=ROOT, start_new_session=True)
        started.append(process)
        monkeypatch.setenv(FORK_SERVER_VARIABLE, f"{ours.detach()}:{process.pid}")
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def parent_of_a_run(stage: Stage) -> int:
    run_id = stage.launch("quick_job")
    stage.await_status(run_id, dg.DagsterRunStatus.SUCCESS)
    parent = stage.told(run_id)["parent"]
    assert isinstance(parent, int)
    return parent


def test_runs_are_forked_from_it_and_dispose_ends_it(stage: Stage, leave: Leave) -> None:
    process = leave(fingerprint([Path(definitions.__file__).parent]))
    assert parent_of_a_run(stage) == parent_of_a_run(stage) == process.pid
    assert FORK_SERVER_VARIABLE not in os.environ, "it can be had once, and workers need not know"
    stage.launcher.dispose()
    wait_until(lambda: not psutil.pid_exists(process.pid), "its end")


def test_one_that_has_loaded_older_code_is_replaced(stage: Stage, leave: Leave) -> None:
    process = leave("the fingerprint of other code")
    assert parent_of_a_run(stage) != process.pid
    wait_until(lambda: not psutil.pid_exists(process.pid), "its end")


def test_one_that_has_died_is_replaced(stage: Stage, leave: Leave) -> None:
    process = leave("")
    process.kill()
    process.wait()
    assert parent_of_a_run(stage) != process.pid


def test_one_that_dies_later_is_replaced(stage: Stage, leave: Leave) -> None:
    process = leave(fingerprint([Path(definitions.__file__).parent]))
    assert parent_of_a_run(stage) == process.pid
    process.kill()
    wait_until(lambda: process.poll() is not None, "its end")
    assert parent_of_a_run(stage) != process.pid


def test_one_that_nobody_collects_after_its_end_holds_up_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "LAUNCH_REPLY_SECONDS", 0.05)
    ours, theirs = socketpair()
    theirs.close()
    # The shell becomes a program that never waits for its child, as an `up` that is frozen.
    with subprocess.Popen(["sh", "-c", "sleep 600 & echo $!; exec sleep 600"], stdout=subprocess.PIPE) as up:
        assert up.stdout is not None
        server = object.__new__(WarmServer)
        server._process, server._channel = psutil.Process(int(up.stdout.readline())), Connection(ours.detach())
        server.stop()
        assert not server.is_alive
        up.kill()
