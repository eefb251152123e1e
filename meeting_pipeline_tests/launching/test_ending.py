"""A lost worker is ended with all processes that it started, and no other process is."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import psutil
import pytest

from meeting_pipeline.foundation.workers import Worker, started_at, this_worker
from meeting_pipeline.launching import policies
from meeting_pipeline.launching.ending import end_workers
from meeting_pipeline_tests.processes import has_ended

_STUBBORN = """
import signal, subprocess, sys, time
CHILD = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(600)"
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", CHILD])
time.sleep(600)
"""


@pytest.fixture(name="process")
def stubborn_process() -> Iterator[subprocess.Popen[bytes]]:
    """A process-group leader that ignores SIGTERM, as does its child."""
    with subprocess.Popen([sys.executable, "-c", _STUBBORN], stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        process.stdout.readline()  # now the child exists too, and ignores the same signals
        yield process
        with suppress(ProcessLookupError):  # also kills the child, which can outlive it
            os.killpg(process.pid, signal.SIGKILL)


def worker_of(process: subprocess.Popen[bytes]) -> Worker:
    return replace(this_worker(), pid=process.pid, started=started_at(process.pid) or "")


@pytest.mark.parametrize("frozen", [False, True])
def test_a_worker_that_does_not_obey_is_killed_with_its_children(
    process: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch, frozen: bool
) -> None:
    monkeypatch.setattr(policies, "WORKER_END_SECONDS", 0.5)
    [child] = psutil.Process(process.pid).children()
    if frozen:
        process.send_signal(signal.SIGSTOP)
    assert end_workers([worker_of(process)]) == 1
    process.wait(300)
    psutil.wait_procs([child], timeout=300)
    assert has_ended(child)


def test_a_stranger_with_the_process_id_and_workers_elsewhere_are_left_alone(process: subprocess.Popen[bytes]) -> None:
    worker = worker_of(process)
    assert (
        end_workers(
            [replace(worker, started="1@another"), replace(worker, host="another", started="1@another"), this_worker()]
        )
        == 0
    )
    assert process.poll() is None


def test_a_worker_that_is_gone_is_no_error(process: subprocess.Popen[bytes]) -> None:
    worker = worker_of(process)
    for one in psutil.Process(process.pid).children():
        one.kill()
    process.kill()
    process.wait()
    assert end_workers([worker]) == 0
