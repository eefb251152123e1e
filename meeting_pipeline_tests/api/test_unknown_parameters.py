"""A query parameter that an operation does not have, or takes only once, is refused, and the response says what is possible."""

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
    known = client.app.state.query_parameters  # type: ignore[attr-defined]  # a Starlette application
    assert {operation: set(parameters) for operation, parameters in known.items()} == described


def test_those_that_may_be_repeated_are_the_lists_of_the_description(client: TestClient) -> None:
    described = {
        (path, method.upper(), one["name"])
        for path, methods in client.get("/v1/openapi.json").json()["paths"].items()
        for method, operation in methods.items()
        for one in operation.get("parameters", ())
        if one["in"] == "query" and '"array"' in json.dumps(one["schema"])
    }
    known = client.app.state.query_parameters  # type: ignore[attr-defined]  # a Starlette application
    lists = {(*operation, name) for operation, names in known.items() for name, is_list in names.items() if is_list}
    assert lists == described
    assert lists, "no parameter is a list: the comparison proves nothing"


@pytest.mark.parametrize("values", [("failed", "completed"), ("failed", "failed")])
def test_a_second_value_of_a_filter_is_refused_and_not_ignored(client: TestClient, values: tuple[str, str]) -> None:
    answer = client.get("/v1/recordings", params=[("status", one) for one in values])
    assert answer.status_code == 422
    said = answer.json()
    assert said["code"] == "repeated_parameter"
    assert said["errors"] == [{"at": "query.status", "problem": "Accepts one value."}]


def test_a_list_may_be_repeated(client: TestClient) -> None:
    states = {"state": ["dead", "held"]}
    assert client.get("/v1/deliveries", params=states).status_code == 200


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
