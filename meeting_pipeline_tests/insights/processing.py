"""Process a recording with an added insight, and read what the system then shows of it.

Must not go here: the insights (``toys.py``), what is expected of them (the tests).
"""

import json
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import select

from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.store.tables import Recording, WebhookEvent
from meeting_pipeline_tests.dagster_runs import Ran, Runs
from meeting_pipeline_tests.installations import accepted


def process(runs: Runs, talk: str) -> tuple[Recording, Ran]:
    """Accept this transcript and run its recording to the end."""
    row = accepted(runs.installation, "weekly.vtt", talk)
    runs.installation.store.lifecycle.ready(row.key)
    runs.installation.store.lifecycle.request_runs(50)
    ran = runs.recording(row.key)
    assert ran.success
    return runs.installation.store.recordings.get(row.key), ran


def client(runs: Runs) -> TestClient:
    """The HTTP service on the installation of these runs."""
    return TestClient(build_app(Service(runs.installation, guarded=False)), base_url="http://127.0.0.1:3001")


def webhook(runs: Runs, row: Recording) -> dict[str, Any]:
    """The body of the recording's only webhook."""
    with runs.installation.store.database.read() as session:
        [body] = session.scalars(select(WebhookEvent.body).where(WebhookEvent.recording_key == row.key))
    told: dict[str, Any] = json.loads(body)
    return told


def minutes(runs: Runs, row: Recording) -> str:
    """The minutes in the recording's folder."""
    [path] = (runs.installation.settings.recordings / row.key).glob("*.md")
    return path.read_text()
