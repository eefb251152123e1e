"""Webhook deliveries over HTTP."""

import base64
import json
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.store.samples import HOOK, REFUSED, completed

CMS = "http://user:secret@cms.example:8080/hook?token=tell-nobody"


@pytest.fixture
def client(installation: Installation) -> Iterator[TestClient]:
    with TestClient(build_app(Service(installation, guarded=False)), base_url="http://127.0.0.1:3001") as client:
        yield client


def ids(client: TestClient, **query: str | list[str]) -> list[str]:
    return [one["id"] for one in client.get("/v1/deliveries", params=query).json()["deliveries"]]


def _encoded(parts: list[object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def test_nothing_to_list_is_an_empty_page(client: TestClient) -> None:
    assert client.get("/v1/deliveries").json() == {"deliveries": [], "next_cursor": None}


def test_a_delivery_is_shown_with_its_tries_and_without_credentials(
    client: TestClient, installation: Installation
) -> None:
    completed(installation.store, 1, hook=CMS)
    (taken,) = installation.store.outbox.take(10)
    installation.store.outbox.settle(taken, REFUSED, None)
    (listed,) = client.get("/v1/deliveries").json()["deliveries"]
    assert (listed["state"], listed["attempts"], listed["last_error"]) == ("dead", 1, "webhook_status")
    assert listed["endpoint"]["url"] == "http://cms.example:8080/hook?..."
    assert listed["endpoint"]["state"] == "failing"
    answer = client.get(f"/v1/deliveries/{listed['id']}")
    (tried,) = answer.json()["tries"]
    assert (tried["number"], tried["status"], tried["error"]) == (1, 500, "webhook_status")
    assert "tell-nobody" not in answer.text
    assert "secret" not in answer.text


def test_a_delivery_is_sent_again(client: TestClient, installation: Installation) -> None:
    completed(installation.store, 1, hook=HOOK)
    (taken,) = installation.store.outbox.take(10)
    installation.store.outbox.settle(taken, REFUSED, None)
    answer = client.post(f"/v1/deliveries/{taken.delivery_id}:replay")
    assert answer.status_code == 202
    assert (answer.json()["state"], answer.json()["attempts"]) == ("pending", 0)
    assert [one.delivery_id for one in installation.store.outbox.take(10)] == [taken.delivery_id]


def test_a_delivery_that_is_being_tried_is_left_alone(client: TestClient, installation: Installation) -> None:
    completed(installation.store, 1, hook=HOOK)
    (taken,) = installation.store.outbox.take(10)
    answer = client.post(f"/v1/deliveries/{taken.delivery_id}:replay")
    assert (answer.status_code, answer.json()["code"]) == (409, "delivery_in_progress")


def test_a_replay_takes_the_scope_admin(client: TestClient, installation: Installation) -> None:
    key = installation.store.api_keys.create("cms", "submit").key
    answer = client.post(f"/v1/deliveries/{'0' * 32}:replay", headers={"Authorization": f"Bearer {key}"})
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


def test_deliveries_are_chosen_by_recording_state_and_endpoint(client: TestClient, installation: Installation) -> None:
    keys = [completed(installation.store, number, hook=hook).key for number, hook in ((1, HOOK), (2, CMS), (3, CMS))]
    (taken,) = installation.store.outbox.take(1)
    installation.store.outbox.settle(taken, REFUSED, None)
    assert len(ids(client)) == 3
    for key in keys:
        (only,) = client.get("/v1/deliveries", params={"recording_id": key}).json()["deliveries"]
        assert only["recording_id"] == key
    assert ids(client, state="dead") == [taken.delivery_id]
    assert len(ids(client, state=["dead", "pending", "held"])) == 3
    assert len(ids(client, endpoint="cms.example")) == 2
    assert ids(client, recording_id="nothing") == []
    answer = client.get("/v1/deliveries", params={"endpoint": "nobody.example"})
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_endpoint")


def test_pages_show_each_delivery_once_while_others_are_made(client: TestClient, installation: Installation) -> None:
    for number in range(1, 8):
        completed(installation.store, number, hook=HOOK)
    wanted = ids(client)
    seen: list[str] = []
    cursor: str | None = None
    for page in range(10):
        answer = client.get("/v1/deliveries", params={"limit": 3, **({"cursor": cursor} if cursor else {})}).json()
        seen += [one["id"] for one in answer["deliveries"]]
        cursor = answer["next_cursor"]
        if cursor is None:
            break
        completed(installation.store, 100 + page, hook=HOOK)
    assert seen == wanted


@pytest.mark.parametrize("path", ["/v1/deliveries/nothing", f"/v1/deliveries/{'0' * 32}"])
def test_a_delivery_that_is_not_there_is_said(client: TestClient, path: str) -> None:
    for answer in (client.get(path), client.post(f"{path}:replay")):
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_delivery")


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "é",
        "bnVsbA",
        _encoded([]),
        _encoded(["2025-01-01T00:00:00", 1, "0" * 32]),
        _encoded(["0001-01-01T00:00:00+23:59", 1, "0" * 32]),
        _encoded(["2025-01-01T00:00:00+00:00", 10**30, "0" * 32]),
        _encoded(["2025-01-01T00:00:00+00:00", 1, 1]),
        _encoded([1, 1, "0" * 32]),
        _encoded(["2025-01-01T00:00:00+00:00", "nothing"]),
        _encoded(["0001-01-01T00:00:00+23:59", "2025-01-01-a-00000000"]),
    ],
)
def test_a_cursor_that_was_made_up_is_refused(client: TestClient, cursor: str) -> None:
    for path in ("/v1/deliveries", "/v1/recordings"):
        answer = client.get(path, params={"cursor": cursor})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")
