"""Campaigns over HTTP: listed, shown, and stopped and resumed by people whose key allows it."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.store.campaigns.campaigning import NAME, made, paid, started, worked_on

AT = f"/v1/campaigns/{NAME}"


@pytest.fixture
def client(installation: Installation) -> Iterator[TestClient]:
    with TestClient(build_app(Service(installation, guarded=False)), base_url="http://127.0.0.1:3001") as client:
        yield client


def got(client: TestClient, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(client: TestClient, path: str, body: dict[str, Any] | None = None) -> tuple[int, str]:
    answer = client.post(path, json=body) if path.count(":") else client.get(path)
    return answer.status_code, answer.json()["code"]


def test_campaigns_are_listed_with_progress_money_and_the_reason_of_a_pause(
    client: TestClient, installation: Installation
) -> None:
    assert got(client, "/v1/campaigns") == {"campaigns": []}
    keys = started(installation.store, 3, cap_usd=0.02)
    made(installation.store, keys[0])
    assert worked_on(installation.store, keys[1], "run-d/0")
    paid(installation.store, keys[1], "run-d/0")
    assert installation.store.campaign_limits.holds(NAME) is not None
    (found,) = got(client, "/v1/campaigns")["campaigns"]
    assert (found["name"], found["state"], found["pause_code"]) == (NAME, "paused", "cap_reached")
    assert (found["recordings"], found["done"], found["working"], found["waiting"]) == (3, 1, 1, 1)
    assert (found["spent_usd"], found["max_usd"], found["calls"]) == (0.02, 0.02, 2)
    assert [note["change"] for note in got(client, AT)["notes"]] == ["started", "paused"]


def test_it_is_paused_resumed_with_another_cap_and_cancelled_by_name(
    client: TestClient, installation: Installation
) -> None:
    started(installation.store)
    who = {"Edited-By": "Zo%C3%AB"}
    assert client.post(f"{AT}:pause", json={"reason": "lunch"}, headers=who).json()["state"] == "paused"
    resumed = client.post(f"{AT}:resume", json={"max_usd": 3.5}, headers=who).json()
    assert (resumed["state"], resumed["max_usd"]) == ("running", 3.5)
    assert client.post(f"{AT}:cancel", headers=who).json()["state"] == "cancelled"
    notes = got(client, AT)["notes"][1:]
    assert [(note["change"], note["by"], note["reason"]) for note in notes] == [
        ("paused", "Zoë", "lunch"), ("resumed", "Zoë", None), ("cancelled", "Zoë", None),
    ]  # fmt: skip


def test_what_cannot_be_done_is_refused_with_a_code(client: TestClient, installation: Installation) -> None:
    started(installation.store)
    assert refused(client, f"{AT}:resume") == (409, "campaign_not_paused")
    for body in ({"max_usd": 0}, {"max_usd": -1}, {"max_usd": "much"}, {"reason": "x" * 2001}, {"cap": 1}):
        assert refused(client, f"{AT}:resume", body)[0] == 422
    installation.store.campaign_changes.cancel(NAME, "ada")
    assert refused(client, f"{AT}:pause") == (409, "campaign_over")
    for path in ("/v1/campaigns/nobody", "/v1/campaigns/nobody/report", "/v1/campaigns/nobody:pause"):
        assert refused(client, path) == (404, "unknown_campaign")
    assert refused(client, "/v1/campaigns/a%20b") == (404, "unknown_campaign")


def test_the_report_names_the_largest_changes_first(client: TestClient, installation: Installation) -> None:
    keys = started(installation.store, 3)
    for size, key in enumerate(keys):
        made(installation.store, key, f"run-{size}/0", size=size)
    report = got(client, f"{AT}/report")
    assert [(one["recording_id"], one["size"]) for one in report["largest_changes"]] == [(keys[2], 2), (keys[1], 1)]
    assert (report["campaign"]["changed"], report["unchanged"]) == (2, 1)
    assert report["insights"][0]["differ"] == 2


def test_a_key_that_may_only_read_stops_nothing(installation: Installation) -> None:
    started(installation.store)
    token = installation.store.api_keys.create("reader", "read").key
    with TestClient(build_app(Service(installation, guarded=True)), base_url="http://127.0.0.1:3001") as client:
        client.headers["Authorization"] = f"Bearer {token}"
        assert client.get(AT).status_code == 200
        assert refused(client, f"{AT}:pause") == (403, "scope_missing")
