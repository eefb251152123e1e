"""``DELETE /v1/recordings/{recording_id}``: who may delete, what may be deleted, and what is left."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.domain.keys import erased_key
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.operations.delete import clear_deleted
from meeting_pipeline_tests.fakes.server import LoopbackServer
from meeting_pipeline_tests.installations import TALK, accepted
from meeting_pipeline_tests.steps.journeys import collected, completed


@pytest.fixture
def url(installation: Installation) -> Iterator[str]:
    with LoopbackServer(build_app(Service(installation, guarded=False))) as server:
        yield f"{server.url}/v1/recordings"


def delete(url: str, key: str, **more: Any) -> httpx.Response:
    return httpx.delete(f"{url}/{key}", trust_env=False, timeout=60, **more)


def done(installation: Installation, **sidecar: Any) -> str:
    row = accepted(installation, "weekly.vtt", TALK, **sidecar)
    collected(installation, row)
    completed(installation, row)
    return row.key


def test_a_recording_that_is_over_is_deleted_and_then_unknown(url: str, installation: Installation) -> None:
    key = done(installation)
    answer = delete(url, key)
    assert (answer.status_code, answer.content) == (204, b"")
    for again in (delete(url, key), httpx.get(f"{url}/{key}", trust_env=False, timeout=60)):
        assert (again.status_code, again.json()["code"]) == (404, "unknown_recording")


def test_one_that_is_worked_on_is_left_alone(url: str, installation: Installation) -> None:
    key = accepted(installation).key
    answer = delete(url, key)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_finished")
    assert installation.store.recordings.find(key) is not None


def test_webhooks_on_their_way_stand_in_the_way_unless_they_are_dropped(url: str, installation: Installation) -> None:
    key = done(installation, webhook_url="http://127.0.0.1:9/hook")
    answer = delete(url, key)
    assert (answer.status_code, answer.json()["code"]) == (409, "deliveries_pending")
    assert delete(url, key, params={"drop_deliveries": "true"}).status_code == 204


def test_only_a_key_with_the_scope_admin_deletes_and_its_name_is_noted(url: str, installation: Installation) -> None:
    key = done(installation)
    keys = {scope: installation.store.api_keys.create(f"my {scope}", scope).key for scope in ("submit", "admin")}
    assert delete(url, key).status_code == 401
    assert delete(url, key, headers={"Authorization": f"Bearer {keys['submit']}"}).status_code == 403
    assert delete(url, key, headers={"Authorization": f"Bearer {keys['admin']}"}).status_code == 204
    found = installation.store.deleted_recordings.find(key)
    assert found is not None
    assert found.deleted_by == "my admin"


def test_the_same_content_can_be_handed_in_again(url: str, installation: Installation) -> None:
    key = done(installation)
    assert delete(url, key).status_code == 204
    answer = httpx.post(url, files={"file": ("weekly.vtt", TALK.encode())}, trust_env=False, timeout=60)
    assert (answer.status_code, answer.json()["duplicate"]) == (202, False)


def test_the_receipt_of_a_deletion_is_served_to_whoever_has_the_key(url: str, installation: Installation) -> None:
    key = done(installation)
    place = f"{url.removesuffix('/recordings')}/deletions"
    assert httpx.get(f"{place}/{key}", trust_env=False, timeout=60).json()["code"] == "unknown_deletion"
    assert delete(url, key).status_code == 204
    said = httpx.get(f"{place}/{key}", trust_env=False, timeout=60).json()
    assert (said["recording_id"], said["erased_at"]) == (key, None)
    assert said["next_try_at"] is not None
    assert {one["place"]: one["left"] for one in said["places"]}["erasure"] == "not_begun"
    for due in installation.store.deletions.due(10):
        clear_deleted(installation, due, lambda _key: None)
    said = httpx.get(f"{place}/{key}", trust_env=False, timeout=60).json()
    assert (said["recording_id"], said["next_try_at"]) == (erased_key(key), None)
    assert said["erased_at"] is not None
    assert {one["left"] for one in said["places"]} == {None}


def test_a_repeated_request_gets_no_answer_that_names_a_deleted_recording(url: str, installation: Installation) -> None:
    headers = {"Idempotency-Key": "the-same"}
    answer = httpx.post(
        url, files={"file": ("weekly.vtt", TALK.encode())}, headers=headers, trust_env=False, timeout=60
    )
    key = answer.json()["recording_id"]
    installation.store.cancelling.cancel(key)
    assert delete(url, key, params={"drop_deliveries": "true"}).status_code == 204
    again = httpx.post(url, files={"file": ("weekly.vtt", TALK.encode())}, headers=headers, trust_env=False, timeout=60)
    assert (again.status_code, again.json()["code"]) == (410, "recording_deleted")
    assert key not in again.text
