"""The OpenAPI description is complete: it says of every operation who may call it and how it fails."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.api.schemas.problems import MEDIA_TYPE
from meeting_pipeline.installation import Installation

PROBLEM = {"$ref": "#/components/schemas/ProblemDetails"}


@pytest.fixture
def client(installation: Installation) -> Iterator[TestClient]:
    with TestClient(build_app(Service(installation, guarded=False)), base_url="http://127.0.0.1:3001") as client:
        yield client


@pytest.fixture
def description(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/v1/openapi.json").json()
    return found


def operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_every_operation_has_a_name_a_summary_and_a_family(description: dict[str, Any]) -> None:
    families = {tag["name"] for tag in description["tags"]}
    names = []
    for path, method, operation in operations(description):
        assert set(operation["tags"]) <= families, (path, method)
        assert operation["tags"], (path, method)
        assert operation["description"], (path, method)
        assert "_" not in operation["operationId"], (path, method)
        names.append(operation["operationId"])
    assert len(names) == len(set(names)) > 10


def test_every_error_is_described_as_a_problem_document(description: dict[str, Any]) -> None:
    for path, method, operation in operations(description):
        assert "default" in operation["responses"], (path, method)
        for status, response in operation["responses"].items():
            if status[0] in "23":
                continue
            assert response["content"] == {MEDIA_TYPE: {"schema": PROBLEM}}, (path, method, status)


def test_every_operation_below_v1_takes_a_key_and_says_how_it_refuses(description: dict[str, Any]) -> None:
    scheme = {"type": "http", "scheme": "bearer"}
    assert scheme.items() <= description["components"]["securitySchemes"]["key"].items()
    for path, method, operation in operations(description):
        if path.startswith("/v1/"):
            assert operation["security"] == [{"key": []}], (path, method)
            assert {"401", "403", "503"} <= set(operation["responses"]), (path, method)


def test_every_parameter_is_described(description: dict[str, Any]) -> None:
    for path, method, operation in operations(description):
        for parameter in operation.get("parameters", ()):
            assert parameter.get("description"), (path, method, parameter["name"])


def test_the_description_takes_a_key_where_one_is_asked_for(client: TestClient, installation: Installation) -> None:
    key = installation.store.api_keys.create("cms", "read").key
    assert client.get("/v1/openapi.json").status_code == 401
    assert client.get("/v1/openapi.json", headers={"Authorization": f"Bearer {key}"}).status_code == 200
