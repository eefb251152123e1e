"""Dagster's `dg` on this project, as developers call it: it finds, lists and runs the definitions."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from meeting_pipeline.settings import VARIABLES
from meeting_pipeline_tests.installations import TALK
from meeting_pipeline_tests.packaging.installing import ROOT

pytestmark = [pytest.mark.scenario, pytest.mark.timeout(3600)]
BUSY_SECONDS = 600


def dg(*words: str, **variables: str) -> str:
    """The output of the command, without Python warnings, which come from Dagster."""
    program = Path(sys.executable).with_name("dg")
    if not program.exists():
        pytest.skip("dagster-dg-cli is not installed")
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES.values()}
    environment = {**kept, **variables, "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [str(program), *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=BUSY_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "does not match the virtual environment" not in done.stderr
    return done.stdout + done.stderr


def test_dg_finds_the_definitions_without_an_error() -> None:
    assert "All definitions loaded successfully." in dg("check", "defs")


def test_dg_lists_assets_jobs_and_sensors() -> None:
    found = json.loads(dg("list", "defs", "--json"))
    names = {
        kind: {one.get("asset_key") or one.get("name") for one in found[kind]} for kind in ("assets", "jobs", "sensors")
    }
    assert {"recording", "transcript", "summary", "minutes", "meetings"} <= names["assets"]
    assert {"intake", "process_recording", "deliver_webhooks"} <= names["jobs"]
    assert {"drop_folder", "transcripts_ready"} <= names["sensors"]


def test_dg_launches_what_makes_minutes_of_a_dropped_export(tmp_path: Path) -> None:
    instance, home = tmp_path / "instance", tmp_path / "home"
    instance.mkdir()
    shutil.copy(ROOT / "dagster.yaml", instance)
    (home / "inbox").mkdir(parents=True)
    (home / "inbox" / "weekly.vtt").write_text(TALK)
    variables = {"DAGSTER_HOME": str(instance), VARIABLES["home"]: str(home), VARIABLES["time_scale"]: "0.02"}
    for _look in range(10):  # a file is accepted once two checks in a row see it unchanged
        dg("launch", "--job", "intake", **variables)
        if keys := [path.name for path in (home / "recordings").glob("[!.]*")]:
            break
    assert len(keys) == 1
    dg("launch", "--job", "process_recording", "--partition", keys[0], **variables)
    assert "release in two steps" in (home / "recordings" / keys[0] / "minutes.md").read_text(encoding="utf-8")
