"""Crash points: off unless enabled, one crash per file, and every listed name occurs in the code."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import meeting_pipeline
from meeting_pipeline.foundation.crash_points import CRASH_POINTS, FOLDER_VARIABLE, crash_point

REACH = "import sys; from meeting_pipeline.foundation.crash_points import crash_point; crash_point(*sys.argv[1:])"


def reach(folder: Path | None, *arguments: str) -> int:
    """Exit code of a process that reaches a point."""
    environment = {**os.environ, FOLDER_VARIABLE: str(folder)} if folder else dict(os.environ)
    return subprocess.run([sys.executable, "-c", REACH, *arguments], env=environment, timeout=300).returncode


def test_a_process_that_is_asked_to_dies_by_sigkill_once(tmp_path: Path) -> None:
    (tmp_path / "run.begun").touch()
    assert reach(tmp_path, "run.begun", "key") == -signal.SIGKILL
    assert reach(tmp_path, "run.begun", "key") == 0


def test_a_file_that_names_a_recording_waits_for_it(tmp_path: Path) -> None:
    (tmp_path / "run.begun").write_text("mine")
    assert reach(tmp_path, "run.begun", "other") == 0
    assert reach(tmp_path, "run.begun", "mine") == -signal.SIGKILL


def test_without_the_variable_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    crash_point(CRASH_POINTS[0])


def test_the_list_and_the_code_name_the_same_points() -> None:
    root = Path(meeting_pipeline.__file__).parent
    named = [
        name
        for path in root.rglob("*.py")
        for name in re.findall(r'crash_point\("([a-z_.]+)"', path.read_text("utf-8"))
    ]
    assert sorted(named) == sorted(CRASH_POINTS)
