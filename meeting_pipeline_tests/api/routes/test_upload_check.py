"""Checking in advance whether an upload would be accepted."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from meeting_pipeline.api import policies
from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.api.uploads import admission
from meeting_pipeline.installation import Installation

PATH = "/v1/upload-check"


@pytest.fixture
def client(installation: Installation) -> Iterator[TestClient]:
    with TestClient(build_app(Service(installation, guarded=False)), base_url="http://127.0.0.1:3001") as client:
        yield client


def _check(client: TestClient, size: int | str) -> tuple[int, str]:
    answer = client.get(PATH, params={"size": size})
    return answer.status_code, answer.json()["code"] if answer.content else ""


def test_an_upload_for_which_there_is_room_would_be_taken(client: TestClient) -> None:
    assert _check(client, 1000) == (204, "")


@pytest.mark.parametrize("size", [-1, 2**63, "many", ""])
def test_a_size_that_is_none_is_refused(client: TestClient, size: int | str) -> None:
    assert _check(client, size) == (422, "invalid_request")


def test_the_limits_are_those_of_an_upload(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _check(client, 2**50) == (413, "too_large")
    wanted: list[int] = []

    def lacking(_folder: Path, size: int) -> int:
        wanted.append(size)
        return 1

    monkeypatch.setattr(admission, "lacking", lacking)
    assert _check(client, 12345) == (507, "disk_full")
    assert wanted == [12345]
    monkeypatch.setattr(policies, "UPLOADS_AT_ONCE", 0)
    assert _check(client, 1) == (503, "too_many_uploads")


def test_it_takes_the_right_to_upload(client: TestClient, installation: Installation) -> None:
    keys = {scope: installation.store.api_keys.create(scope, scope).key for scope in ("read", "submit")}
    found = {
        scope: client.get(PATH, params={"size": 1}, headers={"Authorization": f"Bearer {key}"}).status_code
        for scope, key in keys.items()
    }
    assert found == {"read": 403, "submit": 204}
