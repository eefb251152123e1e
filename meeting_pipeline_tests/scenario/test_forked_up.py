"""A system that is forked in tests is what its program would be: it is shown so, says the same, and ends in the same way."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from meeting_pipeline_tests.scenario.forked_up import ForkedUp, QuickSystem
from meeting_pipeline_tests.scenario.system import END_SECONDS, PATIENCE_SECONDS, System

pytestmark = pytest.mark.scenario


def test_its_command_and_its_environment_are_shown(plain: System) -> None:
    assert isinstance(plain.process, ForkedUp)
    process = psutil.Process(plain.process.pid)
    words = [sys.executable, *plain.command("up", "--port", "0")]
    assert process.cmdline()[: len(words)] == words
    assert process.environ()["MEETING_PIPELINE_HOME"] == str(plain.home)
    assert process.environ().keys() >= plain.environment().keys()


def test_a_second_one_is_refused_in_the_words_and_with_the_code_of_the_program(plain: System) -> None:
    command = plain.command("up", "--port", "0")
    program = subprocess.run(command, env=plain.environment(), capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert program.returncode > 0
    printed = plain.home.with_name("second.out")
    with printed.open("wb") as output:
        forked = ForkedUp(command, plain.environment(), output.fileno())
    assert forked.wait(PATIENCE_SECONDS) == program.returncode
    assert printed.read_text() == program.stdout + program.stderr


def test_one_that_is_killed_ends_with_that_signal(plain: System, tmp_path: Path) -> None:
    system = QuickSystem(tmp_path / "home", plain.outside).begin()
    assert system.process is not None
    system.process.send_signal(signal.SIGKILL)
    assert system.process.wait(END_SECONDS) == -signal.SIGKILL
    system.kill()
