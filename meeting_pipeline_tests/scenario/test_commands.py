"""Commands that are forked behave as those of the real program: their input, output, folder, settings and exit codes."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import psutil
import pytest

from meeting_pipeline_tests.launching.support import wait_until
from meeting_pipeline_tests.processes import words_of
from meeting_pipeline_tests.scenario import command_process
from meeting_pipeline_tests.scenario.commands import quick_program
from meeting_pipeline_tests.scenario.system import PATIENCE_SECONDS

pytestmark = pytest.mark.scenario
AT_ONCE = 6


def typed(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "MEETING_PIPELINE_HOME": home.name}
    return subprocess.run(
        [str(quick_program()), *words], cwd=home.parent, env=environment, input="", capture_output=True, text=True,
        timeout=PATIENCE_SECONDS,
    )  # fmt: skip


def test_a_command_has_the_arguments_and_the_settings_of_whoever_typed_it(tmp_path: Path) -> None:
    made = typed(tmp_path / "home", "init")
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "home" / "meetings.sqlite3").stat().st_mode & 0o077 == 0
    assert typed(tmp_path / "home", "list", "--json").stdout.strip() == "[]"


def test_its_errors_and_its_exit_code_are_those_of_the_program(tmp_path: Path) -> None:
    wrong = typed(tmp_path / "home", "list", "--no-such-option")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("Usage: meeting-pipeline list [OPTIONS]\n")
    missing = typed(tmp_path / "nowhere", "list")
    assert (missing.returncode, "[no_installation]" in missing.stderr) == (2, True)


@contextmanager
def waiting() -> Iterator[tuple[subprocess.Popen[bytes], BinaryIO]]:
    """A caller whose command does not end until somebody reads its output: the pipe is full."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as output:
        os.set_blocking(writing, False)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(writing, bytes(4096))
        os.set_blocking(writing, True)
        with subprocess.Popen([str(quick_program()), "--version"], stdout=writing) as caller:
            os.close(writing)
            try:
                yield caller, output
            finally:
                caller.kill()


def commands() -> list[psutil.Process]:
    """The running commands: forks of the process behind the program."""
    module = command_process.__name__
    [behind] = [child for child in psutil.Process().children() if module in words_of(child)]
    return behind.children()


def test_a_caller_that_gives_up_ends_its_own_command_and_no_other() -> None:
    with waiting() as (caller, _), waiting() as (other, output):
        wait_until(lambda: len(commands()) == 2, "both to be connected and to have their commands run")
        caller.kill()
        wait_until(lambda: len(commands()) < 2, "the end of its command")
        assert b"meeting-pipeline" in output.read()
        assert other.wait(PATIENCE_SECONDS) == 0


def test_commands_run_at_the_same_time(tmp_path: Path) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        ended = list(pool.map(lambda _: typed(tmp_path / "home", "--version"), range(AT_ONCE)))
    assert [one.returncode for one in ended] == [0] * AT_ONCE
