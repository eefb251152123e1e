"""A query parameter that an operation does not have is refused, and the response names those that it has."""

from __future__ import annotations

from collections.abc import Iterator

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
