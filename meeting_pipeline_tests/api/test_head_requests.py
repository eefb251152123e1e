"""HEAD works on every GET route: same status and headers, no body."""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.api.serving import served
from meeting_pipeline_tests.chaos.speed import in_time
from meeting_pipeline_tests.installations import TALK, accepted

VARYING = {"x-request-id", "date", "ratelimit-remaining", "ratelimit-reset"}
"""Headers that differ in every response."""
CUT_SECONDS = 20.0
"""A stream lasts for hours; even a busy machine needs less than this to respond."""


@pytest.fixture
def client(installation: Installation) -> Iterator[TestClient]:
    with TestClient(build_app(Service(installation, guarded=False)), base_url="http://127.0.0.1:3001") as client:
        yield client


def test_head_is_answered_like_get_on_every_route(client: TestClient, installation: Installation) -> None:
    key = accepted(installation, "weekly.vtt", TALK).key
    paths = [
        route.path.format(recording_id=key, id=key, name="app.js", token="x", commitment_id="x", person_id="x")
        for route in client.app.state.routes  # type: ignore[attr-defined]  # an application of ours
        if "GET" in route.methods and not route.path.endswith("/events")
    ]
    assert len(paths) > 15
    for path in paths:
        head, get = client.head(path), client.get(path)
        assert head.status_code == get.status_code, path
        assert head.content == b"", path
        if path not in ("/metrics", "/readyz"):  # what they report changes all the time
            assert _lasting(head.headers) == _lasting(get.headers), path


def _lasting(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in VARYING}


def test_where_nothing_can_be_read_head_is_refused_and_named_where_it_can(client: TestClient) -> None:
    refused = client.head("/v1/recordings/x/token")
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    assert client.put("/healthz").headers["allow"] == "GET, HEAD"


def test_an_endless_answer_ends_with_its_headers(installation: Installation) -> None:
    with served(installation.settings.home) as service:
        began = time.monotonic()
        answer = httpx.head(f"{service.url}/v1/events", trust_env=False, timeout=60)
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert in_time(time.monotonic() - began, CUT_SECONDS)


def test_the_connection_can_be_used_again_after_a_head_request(installation: Installation, tmp_path: Path) -> None:
    with (
        served(installation.settings.home) as service,
        httpx.Client(base_url=service.url, trust_env=False, timeout=60) as client,
    ):
        assert client.head("/healthz").headers["content-length"] == str(len(client.get("/healthz").content))
        assert client.head("/v1/recordings").content == b""
        assert client.get("/v1/recordings").json()["recordings"] == []
