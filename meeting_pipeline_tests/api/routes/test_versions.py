"""Versions over HTTP: listed, compared, and decided by people whose key allows it."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.fakes.dagster_ui import Ui, running_ui
from meeting_pipeline_tests.store.results.test_versions import AFTER, BEFORE, hold, shown, states
from meeting_pipeline_tests.store.samples import completed, failed, speakers, summary


@pytest.fixture
def client(installation: Installation) -> Iterator[TestClient]:
    with TestClient(build_app(Service(installation, guarded=False)), base_url="http://127.0.0.1:3001") as client:
        yield client


@pytest.fixture
def ui(installation: Installation) -> Iterator[Ui]:
    with running_ui(installation.settings.home) as found:
        yield found


@pytest.fixture
def key(installation: Installation) -> str:
    """A recording with a summary that is held."""
    found = completed(installation.store).key
    hold(installation.store, found, summary(AFTER))
    return found


def got(client: TestClient, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def act(client: TestClient, key: str, what: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
    answer = client.post(f"/v1/recordings/{key}/versions:{what}", json=body)
    return answer.status_code, answer.json()


def test_versions_are_listed_of_all_results_or_of_one(client: TestClient, key: str) -> None:
    kinds = [one["kind"] for one in got(client, f"/v1/recordings/{key}/versions")["versions"]]
    assert kinds == ["transcript", "speakers", "summary", "summary", "action_items", "decisions"]
    held, current = got(client, f"/v1/recordings/{key}/versions?insight=summary")["versions"]
    assert (held["version"], held["state"], held["provenance"]["state"]) == (2, "held", "held")
    assert (current["state"], current["cost_usd"], current["verdicts"]["not_checked"]) == ("current", 0.01, 1)


def test_what_is_held_is_compared_with_what_is_current(client: TestClient, key: str) -> None:
    (found,) = got(client, f"/v1/recordings/{key}/diff")["diffs"]
    assert (found["insight"], found["before"]["version"], found["after"]["version"]) == ("summary", 1, 2)
    assert "".join(piece["text"] for piece in found["text"] if piece["op"] != "added") == BEFORE
    (back,) = got(client, f"/v1/recordings/{key}/diff?insight=summary&from=2&to=1")["diffs"]
    assert "".join(piece["text"] for piece in back["text"] if piece["op"] != "added") == AFTER


def test_without_anything_held_the_last_changes_are_compared(client: TestClient, key: str) -> None:
    act(client, key, "discard")
    assert got(client, f"/v1/recordings/{key}/diff")["diffs"] == []
    act(client, key, "restore", {"insight": "summary", "version": 2})
    (found,) = got(client, f"/v1/recordings/{key}/diff")["diffs"]
    assert (found["before"]["version"], found["after"]["version"]) == (1, 3)


def test_a_version_is_promoted_discarded_and_restored(client: TestClient, installation: Installation, key: str) -> None:
    store = installation.store
    hold(store, key, speakers("Eve"), run_id="held-2")
    assert act(client, key, "promote", {"insight": "summary", "reason": "better"})[1]["versions"] == {"summary": 2}
    assert act(client, key, "discard")[1]["versions"] == {"speakers": 2}
    assert shown(store, key) == AFTER
    assert act(client, key, "restore", {"insight": "summary", "version": 1})[1]["versions"] == {"summary": 3}
    assert act(client, key, "restore", {"insight": "summary", "version": 3})[1]["versions"] == {}
    assert shown(store, key) == BEFORE
    (note,) = got(client, f"/v1/recordings/{key}/versions?insight=summary")["versions"][1]["changes"]
    assert (note["change"], note["reason"], bool(note["made_by"])) == ("promoted", "better", True)


@pytest.mark.parametrize(
    ("what", "body", "status", "code"),
    [
        ("restore", {"insight": "summary", "version": 9}, 404, "no_such_version"),
        ("restore", {"insight": "summary", "version": 0}, 422, "invalid_request"),
        ("restore", {"insight": "summary", "version": 2**63}, 422, "invalid_request"),
        ("restore", {"insight": "minutes", "version": 1}, 422, "invalid_request"),
        ("promote", {"insight": "speakers"}, 409, "nothing_held"),
        ("promote", {"reason": "x" * 2001}, 422, "invalid_request"),
        ("promote", {"version": 1}, 422, "invalid_request"),
    ],
)
def test_what_cannot_be_done_is_refused(
    client: TestClient, installation: Installation, key: str, what: str, body: dict[str, Any], status: int, code: str
) -> None:
    assert act(client, key, what, body)[0] == status
    assert act(client, key, what, body)[1]["code"] == code
    assert states(installation.store, key) == [(2, "held"), (1, "current")]


def test_a_failed_recording_and_an_unknown_one_say_what_they_are(
    client: TestClient, installation: Installation, key: str
) -> None:
    bad = failed(installation.store, 2).key
    assert act(client, bad, "restore", {"insight": "summary", "version": 1})[1]["code"] == "failed_recording"
    unknown = "2025-03-14-nothing-00000000"
    assert act(client, unknown, "promote")[0] == 404
    assert client.get(f"/v1/recordings/{unknown}/diff").status_code == 404
    assert client.get(f"/v1/recordings/{unknown}/versions").status_code == 404
    refused = client.get(f"/v1/recordings/{key}/diff?from=1")
    assert (refused.status_code, refused.json()["code"]) == (422, "insight_missing")


def test_a_key_that_only_reads_decides_nothing(client: TestClient, installation: Installation, key: str) -> None:
    reader = installation.store.api_keys.create("reader", "read").key
    submitter = installation.store.api_keys.create("Grace", "submit").key
    path = f"/v1/recordings/{key}/versions"
    seen = client.get(path, headers={"Authorization": f"Bearer {reader}"})
    assert seen.status_code == 200
    for what in ("promote", "discard", "restore"):
        refused = client.post(
            f"{path}:{what}",
            json={"insight": "summary", "version": 1} if what == "restore" else None,
            headers={"Authorization": f"Bearer {reader}"},
        )
        assert refused.status_code == 403
    assert client.post(f"{path}:promote", headers={"Authorization": f"Bearer {submitter}"}).status_code == 200
    (note,) = installation.store.version_history.of(key)[2].notes
    assert note.made_by == "Grace"


def test_versions_to_be_held_are_requested_like_others(client: TestClient, key: str, ui: Ui) -> None:
    answer = client.post(f"/v1/recordings/{key}:reprocess", json={"hold": True})
    assert answer.status_code == 202, answer.text
    assert (answer.json()["started"], answer.json()["assets"][0]) == ("hold", "speakers")
    assert ui.started[0]["runConfigData"]["ops"]["process_each"]["config"]["hold"] is True
    refused = client.post(f"/v1/recordings/{key}:reprocess", json={"hold": True, "assets": ["transcript"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "not_held")
