"""Characters that a database refuses, in every parameter of a URL: a client error, never a server error.

The tests run on PostgreSQL, which refuses more characters than SQLite. The URLs come from the OpenAPI description, so new
routes and filters are tested too.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.installations import OpenWith
from meeting_pipeline_tests.store.samples import completed

pytestmark = pytest.mark.postgres

ODD = ["%00", "a%00b", "%ED%A0%80", "%FF", "%EF%BF%BF", "%F4%8F%BF%BF", "%5C", "%25", "%27", "%0A", "%E2%80%AE"]
STREAMS = ("/v1/events", "/v1/recordings/{recording_id}/events")
"""Streams with a bad filter are refused immediately; with a good filter they would not end."""


@pytest.fixture
def installation(open_with: OpenWith, postgres_url: str) -> Installation:
    return open_with(MEETING_PIPELINE_DATABASE_URL=postgres_url)


@pytest.fixture
def client(installation: Installation) -> Iterator[TestClient]:
    app = build_app(Service(installation, guarded=False))
    with TestClient(app, base_url="http://127.0.0.1:3001", raise_server_exceptions=False) as client:
        yield client


def requests(client: TestClient, key: str) -> Iterator[tuple[str, str]]:
    """Method and URL of each request: one parameter at a time is odd, the others are ordinary."""
    description: dict[str, Any] = client.get("/v1/openapi.json").json()
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            for parameter in operation.get("parameters", []):
                for odd in ODD:
                    if parameter["in"] == "path":
                        odd_path = path.replace(f"{{{parameter['name']}}}", odd)
                        yield (
                            method,
                            odd_path.replace("{recording_id}", key).replace("{id}", key).replace("{label}", "A"),
                        )
                    elif parameter["in"] == "query" and path not in STREAMS:
                        address = path.replace("{recording_id}", key).replace("{id}", key).replace("{label}", "A")
                        yield method, f"{address}?{parameter['name']}={odd}"


def test_no_address_with_an_odd_character_is_answered_by_a_failure(
    client: TestClient, installation: Installation
) -> None:
    key = completed(installation.store).key
    wrong, tried = [], 0
    for method, address in requests(client, key):
        if method == "delete" and key in address:
            continue
        body = {"name": "Ada"} if method == "patch" else None
        answer = client.request(method, address, json=body)
        tried += 1
        if answer.status_code >= 500 and answer.json()["code"] != "not_running":
            wrong.append((method, address, answer.status_code, answer.text[:200]))
    assert wrong == []
    assert tried > 100


@pytest.mark.parametrize(
    "address",
    [
        "/v1/recordings?title=%00",
        "/v1/recordings?status=%00",
        "/v1/recordings?cursor=%00",
        "/v1/deliveries?recording_id=%00",
        "/v1/deliveries?endpoint=%00",
        "/v1/deliveries/%00",
        "/v1/mails?recording_id=%00",
        "/v1/mails/%00",
        "/v1/recordings/%00",
        "/v1/recordings/%00/events",
        "/v1/meetings/%00",
        "/v1/meetings/{key}/speakers/%00",
        "/%00",
    ],
)
def test_a_nul_is_refused(client: TestClient, installation: Installation, address: str) -> None:
    key = completed(installation.store).key
    method = "PATCH" if address.endswith("/speakers/%00") else "GET"
    answer = client.request(method, address.format(key=key), json={"name": "Ada"} if method == "PATCH" else None)
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
