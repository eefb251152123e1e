"""Which processes count as ended: not one that may still do something."""

import os
import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from meeting_pipeline_tests.processes import has_ended, is_ending, runs_no_more

LINUX = pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="only Linux has these files")
RUNS = "Name:\tpython\nState:\t{state}\nVmSize:\t    3900 kB\nSigPnd:\t{thread}\nShdPnd:\t{shared}\n"
NONE, SIGKILL, SIGTERM = "0000000000000000", "0000000000000100", "0000000000004000"


def status(state: str = "S (sleeping)", thread: str = NONE, shared: str = NONE) -> str:
    return RUNS.format(state=state, thread=thread, shared=shared)


@pytest.mark.parametrize(
    "found",
    [status(thread=SIGKILL), status(shared=SIGKILL), status("X (dead)"), status("Z (zombie)"), "State:\tR (running)\n"],
)
def test_a_process_that_was_killed_or_gave_back_its_memory_runs_no_more(found: str) -> None:
    assert runs_no_more(found)


@pytest.mark.parametrize("found", [status(), status("D (disk sleep)"), status("T (stopped)"), status(shared=SIGTERM)])
def test_a_process_that_was_asked_to_end_or_is_frozen_may_run_on(found: str) -> None:
    assert not runs_no_more(found)


@LINUX
def test_a_running_or_frozen_process_is_not_ending_and_a_killed_one_is_at_once() -> None:
    assert not is_ending(psutil.Process(os.getpid()))
    with subprocess.Popen(["sleep", "600"]) as child:
        process = psutil.Process(child.pid)
        child.send_signal(signal.SIGSTOP)
        assert not is_ending(process)
        child.kill()
        assert is_ending(process)
        child.wait()
        assert is_ending(process)
        assert has_ended(process)
