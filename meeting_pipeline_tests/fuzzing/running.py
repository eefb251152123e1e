"""Run schemathesis against a running system's HTTP service, with the command that anybody can run.

Belongs here: preparing the run and reading its report. Must not go here: checks (``hooks.py``).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meeting_pipeline_tests.fuzzing.hooks import KNOWN_VARIABLE
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import PATIENCE_SECONDS, System

CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance", "negative_data_rejection", "missing_required_header", "unsupported_method",
    "allow_header_conformance", "use_after_free", "ensure_resource_availability", "ignored_auth",
    "errors_are_problem_documents",
)  # fmt: skip
"""All but ``positive_data_acceptance``: a schema cannot require that a cursor is one of ours or that a file contains audio."""
ENDLESS = r"^/v1/events$"
"""A stream that never ends; it has its own tests. Streams of single recordings end when the recording is finished."""
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class FuzzReport:
    """What schemathesis found."""

    generated: int
    tested: int
    operations: int
    failures: list[Any]
    errors: list[Any]
    text: str
    """Its output: each failure with a ``curl`` command."""


def prepare(system: System, count: int = 3) -> dict[str, dict[str, list[str]]]:
    """Submit recordings and wait for their outcome; returns the existing ids, for ``fuzz``."""
    kept = [system.drop(f"kept {n}.vtt", _talk(n), hook=f"fuzz-{n}") for n in range(count)]
    kept.append(system.drop("kept sound.wav", media.wav("for generated requests")))
    spare = [system.drop(f"spare {n}.vtt", _talk(100 + n)) for n in range(count)]
    system.wait_until_over(*kept, *spare)
    system.wait_until_told("fuzz-0")
    keys = [system.key(one) for one in kept]
    labels = system.rows("SELECT DISTINCT label FROM speakers")
    deliveries = system.rows("SELECT id FROM webhook_deliveries")
    return {
        "recordings": {"recording_id": keys},
        "meetings": {"recording_id": keys, "label": [row["label"] for row in labels]},
        "deliveries": {"id": [row["id"] for row in deliveries]},
        "deleteRecording": {"recording_id": [system.key(one) for one in spare]},
    }


def _talk(number: int) -> bytes:
    lines = (
        ("Dana", f"We decided to ship release {number} in two steps."),
        ("Priya", "I will send the draft by Friday."),
    )
    return media.vtt(*lines).encode()


def new_key(system: System) -> str:
    """An API key with every scope, created on the command line."""
    command = system.quick_command("keys", "create", "--name", "fuzz", "--scope", "admin")
    done = subprocess.run(
        command, env=system.environment(), capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True
    )
    return done.stdout.strip()


def fuzz(system: System, known: dict[str, dict[str, list[str]]], key: str, *options: str) -> FuzzReport:
    """Send generated requests. ``options`` are options of schemathesis."""
    with tempfile.TemporaryDirectory() as place:
        report = Path(place) / "report.json"
        command = [str(Path(sys.executable).with_name("schemathesis")), "run", f"{system.api_url}/v1/openapi.json"]
        command += ["--header", f"Authorization: Bearer {key}", "--checks", ",".join(CHECKS)]
        command += ["--exclude-path-regex", ENDLESS, "--request-timeout", "120", "--continue-on-failure", "--no-color"]
        command += ["--generation-database", "none", "--report", "json", "--report-json-path", str(report), *options]
        hooks = {"SCHEMATHESIS_HOOKS": "meeting_pipeline_tests.fuzzing.hooks", KNOWN_VARIABLE: json.dumps(known)}
        environment = {**os.environ, **hooks, "PYTHONPATH": str(_ROOT)}
        done = subprocess.run(command, env=environment, cwd=place, capture_output=True, text=True)
        text = done.stdout + done.stderr
        if not report.is_file():
            raise AssertionError(f"schemathesis did not run:\n{text}")
        found = json.loads(report.read_text())
    if not found["operations"]:
        raise AssertionError(f"schemathesis could not read the description:\n{text}")
    cases, operations = found["test_cases"], found["operations"]
    return FuzzReport(
        cases["generated"], operations["tested"], operations["selected"], found["failures"], found["errors"], text
    )
