"""Run the receiver in ``docs/webhooks.md`` exactly as shown there."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from meeting_pipeline import policies
from meeting_pipeline.webhooks import policies as webhooks_policies
from meeting_pipeline.webhooks.client import post
from meeting_pipeline.webhooks.payload import build_payload
from meeting_pipeline.webhooks.signing import new_signing_secret, signed_headers
from meeting_pipeline_tests.webhooks.servers import LOOPBACK
from meeting_pipeline_tests.webhooks.test_payload import RECORD, EventHeader, payload

DOCS = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")
SECRET = new_signing_secret()


def block(language: str) -> str:
    """The only code block in this language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", DOCS, re.DOTALL)
    return str(found)


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    script = tmp_path / "receiver.py"
    script.write_text(block("python"), encoding="utf-8")
    environment = {**os.environ, "SIGNING_SECRET": SECRET, "WEBHOOK_SECRET": "submitter-secret", "PORT": "0"}
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()  # not SIGTERM: the parent of the test run may ignore it, and children inherit that


def send(
    port: int, body: bytes, *, secret: str = SECRET, echo: str = "submitter-secret", age_s: float = 0
) -> int | None:
    """Send one signed delivery; returns the receiver's status."""
    at = datetime.now(UTC) - timedelta(seconds=age_s)
    headers = signed_headers("evt_1", body, secret, echo, at)
    return asyncio.run(post(f"http://127.0.0.1:{port}/", body, headers, allow=LOOPBACK)).status


def test_the_documented_receiver_takes_each_revision_once_and_refuses_forgeries(
    receiver: "subprocess.Popen[str]",
) -> None:
    assert receiver.stdout is not None
    port = int(receiver.stdout.readline())
    first = build_payload(RECORD, EventHeader(revision=1), "http://127.0.0.1/")
    third = build_payload(replace(RECORD, title="Renamed"), EventHeader(revision=3), "http://127.0.0.1/")
    second = build_payload(RECORD, EventHeader(revision=2), "http://127.0.0.1/")

    assert [send(port, body) for body in (first, first, third, second)] == [204] * 4
    assert send(port, third, secret=new_signing_secret()) == 401
    assert send(port, third, echo="another secret") == 401
    assert send(port, third, age_s=600) == 401
    receiver.kill()
    assert receiver.stdout.read().splitlines() == ["meeting.completed 1 Weekly", "meeting.completed 3 Renamed"]


def shape(value: object) -> object:
    """The keys of a JSON value, recursively; for a list, those of its first item."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items() if key != "provenance"}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return None


def test_the_documented_body_has_the_fields_of_a_real_one_in_their_order() -> None:
    documented = json.loads(block("json"))
    real = payload(RECORD)

    assert json.dumps(shape(documented)) == json.dumps(shape(real))
    stamp = real["meeting"]["provenance"]["summary"]
    assert list(documented["meeting"]["provenance"]["summary"]) == list(stamp)


def test_the_documented_numbers_are_those_of_the_policies() -> None:
    assert webhooks_policies.WEBHOOK_SCHEDULE_SECONDS == (0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
    assert f"within {policies.WEBHOOK_TOTAL_SECONDS:g} s" in DOCS
    assert f"{webhooks_policies.WEBHOOK_READ_BYTES // 1024} KiB are read" in DOCS
    assert f"first {webhooks_policies.WEBHOOK_KEEP_BYTES // 1024} KiB" in DOCS
    assert webhooks_policies.WEBHOOK_PORTS == (443, 80)
