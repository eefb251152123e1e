"""A query parameter that an operation does not have is refused, and the response names those that it has."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import fastapi._compat.v2 as framework
import pytest
from starlette.testclient import TestClient

from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.installation import Installation


@pytest.fixture
def client(installation: Installation) -> Iterator[TestClient]:
    with TestClient(build_app(Service(installation, guarded=False)), base_url="http://127.0.0.1:3001") as client:
        yield client


def test_a_misspelled_filter_is_refused_and_the_right_ones_are_named(client: TestClient) -> None:
    answer = client.get("/v1/recordings", params={"statuss": "failed", "limit": 5})
    assert answer.status_code == 422
    said = answer.json()
    assert said["code"] == "unknown_parameter"
    assert said["errors"] == [{"at": "query.statuss", "problem": "No such parameter."}]
    assert "status" in said["advice"]
    assert "limit" in said["advice"]


def test_of_a_parameter_that_is_given_twice_none_is_ignored_silently(client: TestClient) -> None:
    answer = client.get("/v1/commitments?owner=Anna&owner=Ben&closed=true")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert answer.json()["errors"] == [{"at": "query.owner", "problem": "It can be given only once."}]
    assert client.get("/v1/recordings?metadata=a%3D1&metadata=b%3D2").status_code == 200


def test_which_parameters_can_be_repeated_is_that_of_the_description(client: TestClient) -> None:
    described = {
        (path, method.upper(), one["name"]): '"array"' in json.dumps(one["schema"])
        for path, methods in client.get("/v1/openapi.json").json()["paths"].items()
        for method, operation in methods.items()
        for one in operation.get("parameters", ())
        if one["in"] == "query"
    }
    known = client.app.state.query_parameters  # type: ignore[attr-defined]  # a Starlette application
    assert {(*key, name): several for key, names in known.items() for name, several in names.items()} == described


@pytest.mark.parametrize("path", ["/healthz", "/v1/recordings/some-key"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_every_operation_refuses_them(client: TestClient, path: str, method: str) -> None:
    assert client.request(method, path, params={"nothing": "x" * 5000}).status_code == 422


def test_an_endless_list_of_them_is_not_repeated(client: TestClient) -> None:
    answer = client.get("/v1/recordings?" + "&".join(f"a{number}" + "\u00e9" * 90 + "=1" for number in range(100)))
    assert answer.status_code == 422
    assert len(answer.content) < 3000


def test_files_of_the_page_take_any(client: TestClient) -> None:
    assert client.get("/page/app.js", params={"v": "1"}).status_code == 200


def test_the_parameters_are_those_of_the_description(client: TestClient) -> None:
    described = {
        (path, method.upper()): {one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"}
        for path, methods in client.get("/v1/openapi.json").json()["paths"].items()
        for method, operation in methods.items()
    }
    assert {key: set(names) for key, names in client.app.state.query_parameters.items()} == described  # type: ignore[attr-defined]  # a Starlette application


def test_the_first_requests_of_a_service_may_arrive_together(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The framework reads the fields of a model of parameters when it first needs them, and keeps them without a lock."""
    framework.get_cached_model_fields.cache_clear()  # as in a process that has just been started
    read = framework.get_model_fields
    together = threading.Barrier(2)

    def slowly(model: Any) -> Any:
        time.sleep(0.02)
        return read(model)

    monkeypatch.setattr(framework, "get_model_fields", slowly)
    app = build_app(Service(installation, guarded=False))
    with (
        TestClient(app, base_url="http://127.0.0.1:3001", raise_server_exceptions=False) as client,
        ThreadPoolExecutor(2) as pool,
    ):

        def first(path: str) -> int:
            together.wait()
            return int(client.get(path).status_code)

        assert [*pool.map(first, ["/v1/openapi.json", "/v1/commitments?limit=1"])] == [200, 200]
