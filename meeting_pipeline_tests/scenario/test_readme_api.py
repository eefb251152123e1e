"""The sessions shown in README and documentation, run verbatim against a running system."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from meeting_pipeline_tests.documentation import ROOT, part_of, text_of
from meeting_pipeline_tests.scenario.commands import quick_program
from meeting_pipeline_tests.scenario.system import PATIENCE_SECONDS, System

pytestmark = pytest.mark.scenario

README = (ROOT / "README.md").read_text(encoding="utf-8")


def ran(script: str, system: System) -> str:
    """The script's output in the project's folder, with this environment's program first in the path."""
    folders = (quick_program().parent, Path(sys.executable).parent, os.environ["PATH"])
    environment = {**system.environment(), "API": system.api_url, "PATH": os.pathsep.join(map(str, folders))}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=3 * PATIENCE_SECONDS,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def test_the_first_recording_of_the_readme_gets_minutes(system: System) -> None:
    said = ran(part_of(README, "first"), system)
    assert said.index("event: accepted") < said.index("event: completed") < said.index("event: end")
    assert "# Weekly planning" in said


def test_the_session_with_the_api_runs_as_it_stands(system: System) -> None:
    said = ran(part_of(text_of("reference/api.md"), "api"), system)
    before = said.index("event: accepted")
    assert before < said.index("event: completed") < said.index("event: end")
    assert "# Weekly planning" in said
    assert "\nWEBVTT\n" in said
    assert ':"Ada Lovelace"' in said
    refused = json.loads(said[said.rindex("{") :])
    assert (refused["status"], refused["code"]) == (404, "unknown_recording")


def test_the_session_with_commands_runs_as_it_stands(system: System) -> None:
    said = ran(part_of(text_of("getting-started.md"), "session"), system)
    assert "is completed." in said
    assert "Product review" in said
    assert said[said.index("WEBVTT") :].count(" --> ") > 3
