"""The libraries that Standard Webhooks publishes accept what is sent, during a rotation too.

That of npm is skipped where npm or its package is not available.
"""

import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from meeting_pipeline.webhooks.signing import new_signing_secret, signed_headers
from meeting_pipeline_tests.api.test_generated_clients import install

LIBRARY = "standardwebhooks@1.1.1"
VERIFY = """
import { readFileSync } from "node:fs";
import { Webhook } from "standardwebhooks";

for (const line of readFileSync(0, "utf8").split("\\n").filter(Boolean)) {
  const { secret, body, headers } = JSON.parse(line);
  try {
    console.log(JSON.stringify({ told: new Webhook(secret).verify(body, headers) }));
  } catch (error) {
    console.log(JSON.stringify({ refused: error.name }));
  }
}
"""
NEW, OLD, OTHER = (new_signing_secret() for _ in range(3))
BODY = '{"title":"Über uns - 会議","n":1}'
Case = tuple[str, str, dict[str, str]]


def cases() -> tuple[list[Case], list[Case]]:
    """Those to be accepted, and those to be refused: secret of the receiver, body, headers."""
    now = datetime.now(UTC)
    alone = signed_headers("evt_1", BODY.encode(), NEW, None, now)
    rotating = signed_headers("evt_1", BODY.encode(), NEW, "the submitter's", now, also=[OLD])
    stale = signed_headers("evt_1", BODY.encode(), NEW, None, now - timedelta(minutes=6), also=[OLD])
    good = [(NEW, BODY, alone), (NEW, BODY, rotating), (OLD, BODY, rotating)]
    bad = [(OLD, BODY, alone), (OTHER, BODY, rotating), (OLD, BODY + " ", rotating), (OLD, BODY, stale)]
    return good, bad


def with_python(asked: list[Case]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for secret, body, headers in asked:
        try:
            found.append({"told": Webhook(secret).verify(body, headers)})
        except WebhookVerificationError as error:
            found.append({"refused": type(error).__name__})
    return found


def check(verify: Callable[[list[Case]], list[dict[str, Any]]]) -> None:
    good, bad = cases()
    assert verify(good) == [{"told": json.loads(BODY)}] * len(good)
    assert verify(bad) == [{"refused": "WebhookVerificationError"}] * len(bad)


def test_that_of_python_accepts_the_new_and_the_old_secret() -> None:
    check(with_python)


@pytest.mark.slow
@pytest.mark.processes
def test_that_of_npm_accepts_the_new_and_the_old_secret(tmp_path: Path) -> None:
    install(tmp_path, LIBRARY)
    (tmp_path / "verify.mjs").write_text(VERIFY, encoding="utf-8")

    def with_npm(asked: list[Case]) -> list[dict[str, Any]]:
        lines = [json.dumps({"secret": secret, "body": body, "headers": headers}) for secret, body, headers in asked]
        command = [str(shutil.which("node")), "verify.mjs"]
        text = "\n".join(lines)
        done = subprocess.run(
            command, cwd=tmp_path, input=text, capture_output=True, text=True, timeout=300, check=True
        )
        return [json.loads(line) for line in done.stdout.splitlines()]

    check(with_npm)
