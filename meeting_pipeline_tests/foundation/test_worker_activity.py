"""What inspecting a worker's process reports."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from meeting_pipeline.foundation.worker_activity import Activity, Watcher
from meeting_pipeline.foundation.workers import Worker, started_at

COMPUTES = "while True: pass"
WAITS = "import time; time.sleep(600)"
HAS_IT_DONE = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'while True: pass'])"
PATIENCE_S = 300.0


@contextmanager
def worker(code: str) -> Iterator[Worker]:
    with subprocess.Popen(["nice", sys.executable, "-c", code], start_new_session=True) as process:
        try:
            time.sleep(0)
            yield Worker(socket.gethostname(), process.pid, started_at(process.pid) or "?")
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def seen_within_patience(watcher: Watcher, one: Worker, wanted: Activity) -> bool:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if watcher.check(one) is wanted:
            return True
        time.sleep(0.2)
    return False


@pytest.mark.parametrize("code", [COMPUTES, HAS_IT_DONE])
def test_a_process_that_uses_the_cpu_itself_or_by_its_children_works(code: str) -> None:
    watcher = Watcher()
    with worker(code) as one:
        assert watcher.check(one) is Activity.FIRST_LOOK
        psutil.wait_procs([], timeout=0)
        deadline = time.monotonic() + PATIENCE_S
        while not (busy := [p for p in _tree(one.pid) if p.cpu_times().user > 0.5]) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert busy
        assert watcher.check(one) is Activity.WORKING
        assert seen_within_patience(watcher, one, Activity.WORKING)


def _tree(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def test_a_process_that_uses_no_cpu_is_idle() -> None:
    watcher = Watcher()
    with worker(WAITS) as one:
        assert seen_within_patience(watcher, one, Activity.IDLE)


def test_a_process_that_is_stopped_is_seen_at_the_first_look() -> None:
    with worker(COMPUTES) as one:
        os.kill(one.pid, signal.SIGSTOP)
        while psutil.Process(one.pid).status() != psutil.STATUS_STOPPED:
            time.sleep(0.01)
        assert Watcher().check(one) is Activity.STOPPED


def test_a_process_that_has_ended_is_gone_also_while_nobody_has_reaped_it() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        one = Worker(socket.gethostname(), process.pid, started_at(process.pid) or "?")
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert Watcher().check(one) is Activity.GONE
    assert Watcher().check(one) is Activity.GONE


def test_a_process_of_another_host_cannot_be_looked_at() -> None:
    assert Watcher().check(Worker("elsewhere", os.getpid(), "1@another.table")) is Activity.UNKNOWN


@pytest.mark.skipif(sys.platform != "linux", reason="process tables have names on Linux")
def test_a_host_that_was_renamed_is_still_this_one() -> None:
    renamed = Worker("the-old-name", os.getpid(), started_at(os.getpid()) or "?")
    assert renamed.is_local
    assert Watcher().check(renamed) is Activity.FIRST_LOOK


def test_a_worker_that_was_not_looked_at_in_between_is_looked_at_anew() -> None:
    watcher = Watcher()
    with worker(WAITS) as one:
        assert seen_within_patience(watcher, one, Activity.IDLE)
        watcher.keep_only([])
        assert watcher.check(one) is Activity.FIRST_LOOK
