"""Commands that are forked behave as those of the real program: their input, output, folder, settings and exit codes."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

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


def test_commands_run_at_the_same_time_and_a_caller_that_gives_up_stops_no_other(tmp_path: Path) -> None:
    with subprocess.Popen([str(quick_program()), "list"]) as caller:
        caller.kill()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        ended = list(pool.map(lambda _: typed(tmp_path / "home", "--version"), range(AT_ONCE)))
    assert [one.returncode for one in ended] == [0] * AT_ONCE
