"""Middleware: what every response has, wherever it was made."""

import asyncio
import json
import logging
from collections.abc import Iterator

import pytest
from fastapi import Request
from fastapi.testclient import TestClient
from starlette.types import Message

from meeting_pipeline.api import policies
from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.installation import Installation

BASE = "http://127.0.0.1:3001"


@pytest.fixture
def client(installation: Installation) -> Iterator[TestClient]:
    app = build_app(Service(installation, guarded=False))

    @app.get("/v1/x/broken")
    def broken() -> None:
        raise RuntimeError("a bug")

    @app.post("/v1/x/{recording_id}/body")
    async def body(request: Request) -> int:
        return len(await request.body())

    with TestClient(app, base_url=BASE, raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize("path", ["/healthz", "/v1/recordings", "/nothing", "/v1/x/broken", "/v1/recordings/nothing"])
def test_every_answer_has_the_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-request-id"]
    assert (headers.get("cache-control") == "no-store") == path.startswith("/v1/")


def test_a_bug_is_a_problem_document_without_its_words(client: TestClient) -> None:
    answer = client.get("/v1/x/broken")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "internal_error"
    assert "a bug" not in answer.text


def test_a_callers_request_id_is_kept_if_it_is_one(client: TestClient) -> None:
    assert client.get("/healthz", headers={"X-Request-Id": "cms-17.a_b"}).headers["x-request-id"] == "cms-17.a_b"
    for odd in ("a b", "x" * 81, "<script>", ""):
        given = client.get("/healthz", headers={"X-Request-Id": odd}).headers["x-request-id"]
        assert given != odd
        assert given.isalnum()


def test_a_body_that_is_announced_as_too_large_is_not_read(client: TestClient) -> None:
    answer = client.post("/v1/x/1/body", content=b"x" * (policies.API_BODY_BYTES + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_body_that_turns_out_too_large_is_cut_off(client: TestClient) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"x" * 65536

    answer = client.post("/v1/x/1/body", content=(next(endless()) for _ in range(20)))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_body_of_the_largest_size_is_taken(client: TestClient) -> None:
    assert client.post("/v1/x/1/body", content=b"x" * policies.API_BODY_BYTES).json() == policies.API_BODY_BYTES


@pytest.mark.parametrize(("path", "code"), [("/nothing", "not_found"), ("/healthz/x", "not_found")])
def test_what_is_not_there_is_a_problem_document(client: TestClient, path: str, code: str) -> None:
    answer = client.get(path)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (404, code)
    assert answer.json()["advice"]


def test_a_method_that_an_address_does_not_take_is_a_problem_document(client: TestClient) -> None:
    answer = client.delete("/healthz")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, HEAD"
    assert client.put("/v1/recordings").headers["allow"] == "GET, HEAD, POST"
    assert client.put("/v1/recordings/2025-01-01-a-00000000").headers["allow"] == "DELETE, GET, HEAD, PATCH"
    assert client.put("/v1/recordings/2025-01-01-a-00000000:cancel").headers["allow"] == "POST"


def test_the_line_of_the_log_names_the_route_and_no_token(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="meeting_pipeline.api.security.access"):
        client.post("/v1/x/weekly/body", params={"token": "tell-nobody"}, headers={"X-Request-Id": "one"})
    (record,) = [one for one in caplog.records if one.name == "meeting_pipeline.api.security.access"]
    said = vars(record)
    assert (said["method"], said["route"], said["status"]) == ("POST", "/v1/x/{recording_id}/body", 200)
    assert (said["recording_id"], said["request_id"]) == ("weekly", "one")
    assert said["duration_ms"] >= 0
    assert "tell-nobody" not in str(said)


def test_a_body_that_stops_arriving_is_cut(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "API_BODY_SECONDS", 0.1)

    async def call() -> list[Message]:
        sent: list[Message] = []
        pieces: list[Message] = [{"type": "http.request", "body": b'{"na', "more_body": True}]

        async def receive() -> Message:
            return pieces.pop() if pieces else await asyncio.Future()

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": "POST",
            "path": "/v1/x/1/body",
            "query_string": b"",
            "headers": [],
            "state": {},
        }
        await client.app(scope, receive, send)
        return sent

    start, body = asyncio.run(call())
    assert start["status"] == 408
    assert (b"connection", b"close") in start["headers"]
    assert json.loads(body["body"])["code"] == "request_timeout"
