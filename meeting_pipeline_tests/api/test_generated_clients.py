"""Tools that other developers use take the OpenAPI description: linters find no error, and generated clients work.

The tools of npm are skipped where npm or its packages are not available.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.api.serving import served
from meeting_pipeline_tests.installations import accepted
from meeting_pipeline_tests.scenario.media import vtt
from meeting_pipeline_tests.steps.journeys import collected, completed

pytestmark = [pytest.mark.slow, pytest.mark.processes]
REDOCLY = "@redocly/cli@2.77.0"
TYPESCRIPT = ("openapi-typescript@7.13.0", "typescript@5.9.3", "openapi-fetch@0.17.0", "@types/node@24.9.0")
"""Pinned, so that a new rule of theirs does not fail an old commit."""
SECONDS = 240.0


CALLS = """
import sys
from meeting_pipeline_client import Client
from meeting_pipeline_client.api.meetings import get_meeting, get_minutes_docx, get_srt, get_vtt
from meeting_pipeline_client.api.recordings import list_recordings

client = Client(base_url=sys.argv[1])
[recording] = list_recordings.sync(client=client).recordings
assert recording.title == "Weekly", recording
assert "Budget" in get_srt.sync(recording.recording_id, client=client)
assert get_vtt.sync(recording.recording_id, client=client).startswith("WEBVTT")
assert get_minutes_docx.sync(recording.recording_id, client=client).payload.read().startswith(b"PK")
meeting = get_meeting.sync(recording.recording_id, client=client)
assert meeting.recording_id == recording.recording_id, meeting
unknown = get_meeting.sync("no-such-meeting", client=client)
assert unknown.code == "unknown_recording", unknown
"""
CALLS_IN_TYPESCRIPT = """
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

const client = createClient<paths>({ baseUrl: process.argv[2] });
const { data } = await client.GET("/v1/recordings", { params: { query: { limit: 1 } } });
const recording: components["schemas"]["Recording"] = data!.recordings[0]!;
const path = { recording_id: recording.recording_id };
const text = await client.GET("/v1/meetings/{recording_id}/transcript.srt", { params: { path }, parseAs: "text" });
if (!text.data!.includes("Budget")) throw new Error(text.data);
const missing = await client.GET("/v1/meetings/{recording_id}", { params: { path: { recording_id: "no-such-meeting" } } });
if (missing.error!.code !== "unknown_recording") throw new Error(JSON.stringify(missing.error));
"""
TSCONFIG = {
    "compilerOptions": {"strict": True, "target": "es2022", "module": "nodenext", "types": ["node"], "outDir": "built"},
    "files": ["calls.ts"],
}


@pytest.fixture
def service(installation: Installation) -> Iterator[str]:
    """The address of a service with one finished meeting."""
    row = accepted(
        installation, "weekly.vtt", vtt(("Dana", "Budget first."), ("Noa", "Then the rest.")), title="Weekly"
    )
    collected(installation, row, "run-1")
    completed(installation, row, "run-1")
    with served(installation.settings.home) as service:
        yield service.url


@pytest.fixture
def description(service: str, tmp_path: Path) -> Path:
    """The description that the running service gives, in a file."""
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(httpx.get(f"{service}/v1/openapi.json", timeout=60).json()), encoding="utf-8")
    return path


def install(folder: Path, *packages: str) -> Path:
    """Install packages of npm into a folder; returns the folder of their programs."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    (folder / "package.json").write_text('{"private": true, "type": "module"}', encoding="utf-8")
    command = [npm, "install", "--no-audit", "--no-fund", "--silent", *packages]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode != 0:
        pytest.skip(f"the packages of npm cannot be had: {done.stderr.strip()[-200:]}")
    return folder / "node_modules" / ".bin"


def run(folder: Path, *command: str | Path, **variables: str) -> str:
    beside = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # the generator formats with ruff
    environment = {**os.environ, "PATH": beside, "REDOCLY_TELEMETRY": "off", **variables}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_generated_python_client_reads_a_meeting(service: str, description: Path, tmp_path: Path) -> None:
    generator = Path(sys.executable).with_name("openapi-python-client")
    client = tmp_path / "client"
    run(tmp_path, generator, "generate", "--path", description, "--output-path", client, "--fail-on-warning")
    run(tmp_path, sys.executable, "-c", CALLS, service, PYTHONPATH=str(client))


def test_the_linter_of_redocly_has_nothing_to_say(description: Path, tmp_path: Path) -> None:
    redocly = install(tmp_path, REDOCLY) / "redocly"
    said = run(tmp_path, redocly, "lint", "--max-problems", "20", description)
    assert "warning" not in said.replace("Deprecation warning", "").lower()


def test_the_generated_typescript_client_reads_a_meeting(service: str, description: Path, tmp_path: Path) -> None:
    programs = install(tmp_path, *TYPESCRIPT)
    run(tmp_path, programs / "openapi-typescript", description, "-o", "api.ts")
    (tmp_path / "calls.ts").write_text(CALLS_IN_TYPESCRIPT, encoding="utf-8")
    (tmp_path / "tsconfig.json").write_text(json.dumps(TSCONFIG), encoding="utf-8")
    run(tmp_path, programs / "tsc")
    run(tmp_path, str(shutil.which("node")), "built/calls.js", service)
