"""The README's session with the HTTP API, run as it stands against a running system."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from meeting_pipeline_tests.scenario.system import System

pytestmark = pytest.mark.scenario

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_session_of_the_readme_runs_as_it_stands(system: System) -> None:
    script = README.split("<!-- api:begin -->")[1].split("<!-- api:end -->")[0].strip()
    script = script.removeprefix("```sh").removesuffix("```")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=ROOT, env={**os.environ, "API": system.api_url}, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = done.stdout
    before = said.index("event: accepted")
    assert before < said.index("event: completed") < said.index("event: end")
    assert "# Weekly planning" in said
    assert "\nWEBVTT\n" in said
    assert ':"Ada Lovelace"' in said
    refused = json.loads(said[said.rindex("{") :])
    assert (refused["status"], refused["code"]) == (404, "unknown_recording")
