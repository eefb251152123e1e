"""What is called in a fork has its effects, and leaves nothing loaded here."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from meeting_pipeline.domain.errors import OperatorError, TransientError
from meeting_pipeline.foundation.forked_call import call_in_fork

pytestmark = pytest.mark.processes
INTERRUPTED = """
import os, time
from meeting_pipeline.foundation.forked_call import call_in_fork

def work():
    print(os.getpid(), flush=True)
    time.sleep(600)

try:
    call_in_fork(work)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def test_the_result_is_that_of_the_call() -> None:
    here = os.getpid()
    pid, words = call_in_fork(lambda: (os.getpid(), ["two", "words"]))
    assert pid != here
    assert words == ["two", "words"]


def test_a_process_with_other_threads_makes_the_call_itself() -> None:
    assert call_in_fork(os.getpid, has_threads=True) == os.getpid()


def test_what_the_call_imports_is_not_loaded_here() -> None:
    assert "xdrlib_of_nobody" not in sys.modules

    def work() -> bool:
        import colorsys

        sys.modules["xdrlib_of_nobody"] = colorsys
        return "xdrlib_of_nobody" in sys.modules

    assert call_in_fork(work)
    assert "xdrlib_of_nobody" not in sys.modules


def test_an_error_on_purpose_arrives_with_its_code_and_advice() -> None:
    def work() -> None:
        raise OperatorError("database_newer", "It is newer.", "Upgrade.")

    with pytest.raises(OperatorError) as caught:
        call_in_fork(work)
    assert str(caught.value) == "It is newer. Upgrade. [database_newer]"


def test_an_error_keeps_what_else_it_carries() -> None:
    def work() -> None:
        raise TransientError("slow", "Later.", retry_after_s=7.0)

    with pytest.raises(TransientError) as caught:
        call_in_fork(work)
    assert caught.value.retry_after_s == 7.0


def test_a_bug_arrives_with_the_lines_that_led_to_it() -> None:
    def the_culprit() -> None:
        raise ZeroDivisionError("division by zero")

    with pytest.raises(ZeroDivisionError) as caught:
        call_in_fork(the_culprit)
    assert "the_culprit" in caught.value.__notes__[0]


def test_an_error_that_cannot_be_handed_over_is_told_in_words() -> None:
    class Local(Exception):
        pass

    def work() -> None:
        raise Local("only known there")

    with pytest.raises(RuntimeError, match="only known there"):
        call_in_fork(work)


def test_a_fork_that_is_killed_is_an_error_of_the_system() -> None:
    with pytest.raises(ChildProcessError, match="-9"):
        call_in_fork(lambda: os.kill(os.getpid(), signal.SIGKILL))


def test_an_interrupt_ends_the_fork_as_well() -> None:
    with subprocess.Popen([sys.executable, "-c", INTERRUPTED], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        fork = int(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "interrupted\n"
        assert process.wait() == 0
    assert not psutil.pid_exists(fork)


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_stream_that_is_closed_or_takes_nothing_stops_no_call(stream: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, stream, None)
    assert call_in_fork(lambda: "done") == "done"
    full = Path("/dev/full").open("w")  # noqa: SIM115 - closing it fails
    full.write("words")
    monkeypatch.setattr(sys, stream, full)
    assert call_in_fork(lambda: "done") == "done"
    with pytest.raises(OSError, match="No space"):
        full.close()
