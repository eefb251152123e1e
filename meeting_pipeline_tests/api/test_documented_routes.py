"""The route overview in ``docs/reference/api.md``: every route with the scope that it actually requires."""

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.installation import Installation
from meeting_pipeline.store.api.api_keys import SCOPES
from meeting_pipeline_tests.documentation import part_of, rows_of, text_of

DOCUMENTED = [
    (method, path.strip("`"), scope)
    for method, path, scope, _purpose in rows_of(part_of(text_of("reference/api.md"), "routes"))
]
TAKES_NO_KEY = "none"


@pytest.fixture
def client(installation: Installation) -> Iterator[TestClient]:
    with TestClient(build_app(Service(installation, guarded=True)), base_url="http://127.0.0.1:3001") as client:
        yield client


def test_every_route_is_listed_and_no_other(client: TestClient, installation: Installation) -> None:
    key = installation.store.api_keys.create("reader", "read").key
    paths = client.get("/v1/openapi.json", headers={"Authorization": f"Bearer {key}"}).json()["paths"]
    there = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert {(method, path) for method, path, _scope in DOCUMENTED} == there


def test_each_route_takes_the_scope_that_is_listed(client: TestClient, installation: Installation) -> None:
    keys = {name: installation.store.api_keys.create(name, name).key for name in SCOPES}
    assert {row: _least_scope(client, keys, *row[:2]) for row in DOCUMENTED} == {row: row[2] for row in DOCUMENTED}


def _least_scope(client: TestClient, keys: dict[str, str], method: str, path: str) -> str:
    """The least scope whose key is accepted. A bad header ends streams at once: it is refused after the key was accepted."""
    address = (
        re.sub(r"\{(recording_)?id\}", "no-such-one", path)
        .replace("{label}", "A")
        .replace("{number}", "1")
        .replace("{segment_id}", "1")
        .replace("{share_id}", "share_1")
    )
    if client.request(method, address).status_code != 401:
        return TAKES_NO_KEY
    for scope, key in keys.items():
        headers = {"Authorization": f"Bearer {key}", "Last-Event-ID": "no id"}
        if client.request(method, address, headers=headers).status_code != 403:
            return scope
    return "more than any"
