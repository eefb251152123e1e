"""Edits over HTTP: items, segments and details are changed, published once, listed with who did it, and undone."""

import csv
import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.api.routes.test_judged_claims import Published, claims
from meeting_pipeline_tests.store.edits.test_claim_edits import LIE, TRUE, summed_up, tasks
from meeting_pipeline_tests.store.samples import HOOK, Journey, decisions, speakers


@pytest.fixture
def client(installation: Installation) -> Iterator[TestClient]:
    with TestClient(build_app(Service(installation, guarded=False)), base_url="http://127.0.0.1:3001") as client:
        yield client


@pytest.fixture
def key(installation: Installation) -> str:
    journey = Journey(installation.store).accept(hook=HOOK).begin().collect()
    journey.answer(summed_up(), speakers(), tasks(), decisions("Ship it"))
    journey.complete()
    return journey.key


def send(
    client: TestClient,
    method: str,
    path: str,
    body: Any = None,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Any:
    answer = client.request(method, path, json=body, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


def item(client: TestClient, key: str, text: str) -> str:
    return f"/v1/meetings/{key}/items/{claims(client, key)[text]['claim_id']}"


def test_an_edit_is_in_api_minutes_webhook_and_register_as_one_revision(
    client: TestClient, installation: Installation, key: str
) -> None:
    published = Published(client, installation, key)
    published.tell()
    send(client, "PATCH", item(client, key, TRUE), {"owner": "Priya", "due_date": "2025-04-01", "status": "done"})
    send(
        client,
        "POST",
        f"/v1/meetings/{key}/items",
        {"insight": "action_items", "text": "Book a room", "segment_id": 0},
        201,
    )
    send(client, "PATCH", f"/v1/meetings/{key}/segments/1", {"text": "I'll send the rapport by Friday."})
    published.tell()
    assert published.facts() == [[TRUE, "Book a room"], [TRUE, "Book a room"], ["Book a room", TRUE]]
    told = published.webhook()
    assert (told["action_items"][0]["owner_name"], told["action_items"][0]["status"]) == ("Priya", "done")
    assert (told["action_items"][0]["verdict"], told["action_items"][0]["edited_by"]) == ("not_checked", "this machine")
    assert told["action_items"][1]["added"] is True
    assert told["segments"][1]["text"] == "I'll send the rapport by Friday."
    (month,) = (installation.settings.exports / "action_item_register").glob("*.csv")
    rows = {row["task"]: row for row in csv.DictReader(month.read_text("utf-8").splitlines())}
    assert (rows[TRUE]["status"], rows[TRUE]["due_date"], rows[TRUE]["edited_by"]) == (
        "done",
        "2025-04-01",
        "this machine",
    )
    minutes = client.get(f"/v1/meetings/{key}/minutes.md").text
    assert "Status: done" in minutes
    assert "Added by this machine" in minutes
    assert "rapport" in client.get(f"/v1/meetings/{key}/transcript.vtt").text
    assert [event.revision for event in installation.store.deliveries.events(key)] == [1, 2]


def test_the_list_of_claims_says_what_was_found_and_what_people_wrote(client: TestClient, key: str) -> None:
    found = send(client, "PATCH", item(client, key, TRUE), {"text": "Mail it"})["claims"]
    (claim,) = (one for one in found if one["text"] == "Mail it")
    assert claim["found"] == {"text": TRUE, "owner": "B", "due_date": "2025-03-21", "status": None}
    assert claim["fields"] == {**claim["found"], "text": "Mail it"}
    assert (claim["version"], claim["edited_by"], claim["added"], claim["state"]) == (
        1,
        "this machine",
        False,
        "published",
    )
    untouched = claims(client, key)["Ship it"]
    assert (untouched["version"], untouched["found"], untouched["edited_at"]) == (0, None, None)
    assert untouched["fields"] == {"text": "Ship it", "decided_by": ["A"], "status": None}


def test_edits_are_listed_and_undone(client: TestClient, key: str) -> None:
    send(client, "PATCH", item(client, key, TRUE), {"status": "done"})
    send(client, "DELETE", item(client, key, "Ship it"))
    send(client, "PATCH", f"/v1/recordings/{key}", {"title": "Board"})
    listed = send(client, "GET", f"/v1/meetings/{key}/edits")
    assert [(one["number"], one["kind"], one["action"]) for one in listed["edits"]] == [
        (3, "recording", "changed"), (2, "claim", "deleted"), (1, "item", "changed"),
    ]  # fmt: skip
    assert listed["details"]["title"] == "Board"
    for number in (1, 2, 3):
        after = send(client, "POST", f"/v1/meetings/{key}/edits/{number}:undo")
    assert [(one["number"], one["undoes"], one["undone_by"]) for one in after["edits"]][2:4] == [
        (4, 1, None),
        (3, None, 6),
    ]
    assert claims(client, key)[TRUE]["fields"]["status"] is None
    assert claims(client, key)["Ship it"]["state"] == "published"
    assert send(client, "GET", f"/v1/recordings/{key}")["title"] == "Weekly"
    assert send(client, "POST", f"/v1/meetings/{key}/edits/1:undo", status=409)["code"] == "edited_since"
    assert send(client, "POST", f"/v1/meetings/{key}/edits/99:undo", status=404)["code"] == "unknown_edit"


def test_the_history_has_names_for_the_marks_of_speakers(client: TestClient, key: str) -> None:
    send(client, "PATCH", f"/v1/meetings/{key}/speakers/A", {"name": "Ada Lovelace"})
    send(client, "PATCH", item(client, key, TRUE), {"text": "Mail it to {A}"})
    (edit,) = [one for one in send(client, "GET", f"/v1/meetings/{key}/edits")["edits"] if one["kind"] == "item"]
    assert (edit["before"]["text"], edit["after"]["text"]) == (TRUE, "Mail it to Ada Lovelace")
    assert "Mail it to Ada Lovelace" in claims(client, key)


def test_a_conflict_is_listed_and_can_be_set_aside(client: TestClient, installation: Installation, key: str) -> None:
    send(client, "PATCH", item(client, key, TRUE), {"text": "Mail it"})
    send(client, "PATCH", f"/v1/meetings/{key}/segments/0", {"text": "Good evening."})
    journey = Journey(installation.store)
    journey.key, journey.runs = key, 5
    journey.begin().collect("Hello everybody.", "I will send the report by Friday.").answer(
        tasks().model_copy(update={"items": tasks().items[1:]})
    )
    listed = send(client, "GET", f"/v1/meetings/{key}/edits")
    (lost,) = listed["conflicts"]
    assert (lost["text"], lost["fields"], lost["edited_by"]) == (TRUE, {"text": "Mail it"}, "this machine")
    (segment,) = listed["segments"]
    assert (segment["segment_id"], segment["found_text"], segment["text"]) == (None, "Good morning.", "Good evening.")
    send(client, "DELETE", f"/v1/meetings/{key}/items/{lost['claim_id']}")
    assert send(client, "GET", f"/v1/meetings/{key}/edits")["conflicts"] == []


def test_a_version_that_is_not_the_latest_is_refused(client: TestClient, key: str) -> None:
    path = item(client, key, TRUE)
    send(client, "PATCH", path, {"status": "done", "version": 0})
    for method, address, body in (
        ("PATCH", path, {"status": "open", "version": 0}),
        ("DELETE", f"{path}?version=0", None),
    ):
        assert send(client, method, address, body, 409)["code"] == "edited_meanwhile"
    send(client, "PATCH", f"/v1/recordings/{key}", {"title": "One", "version": 0})
    assert (
        send(client, "PATCH", f"/v1/recordings/{key}", {"title": "Two", "version": 0}, 409)["code"]
        == "edited_meanwhile"
    )
    send(client, "PATCH", f"/v1/meetings/{key}/segments/0", {"text": "One", "version": 0})
    assert (
        send(client, "PATCH", f"/v1/meetings/{key}/segments/0", {"text": "Two", "version": 0}, 409)["code"]
        == "edited_meanwhile"
    )


def test_the_same_request_again_changes_nothing(client: TestClient, installation: Installation, key: str) -> None:
    added = [
        send(
            client,
            "POST",
            f"/v1/meetings/{key}/items",
            {"insight": "decisions", "text": "Go", "decided_by": ["A"]},
            201,
        )
        for _ in range(2)
    ]
    assert added[0]["claim_id"] == added[1]["claim_id"]
    for _ in range(2):
        send(client, "PATCH", item(client, key, TRUE), {"status": "done"})
        send(client, "PATCH", f"/v1/recordings/{key}", {"title": "Board"})
    assert len(installation.store.edit_history.newest(key)) == 3


def test_a_changed_date_moves_due_dates_and_a_changed_language_offers_a_run_with_its_price(
    client: TestClient, key: str
) -> None:
    moved = send(client, "PATCH", f"/v1/recordings/{key}", {"date": "2025-10-08", "participants": ["Ada"]})
    assert (moved["changed"], moved["recording"]["meeting_date"]) == (["date", "participants"], "2025-10-08")
    assert moved["rerun"]["assets"] == ["speakers", "summary", "action_items", "decisions", "minutes"]
    assert moved["rerun"]["expected_usd"] == pytest.approx(0.04)
    assert claims(client, key)[TRUE]["fields"]["due_date"] == "2025-10-10"
    again = send(client, "PATCH", f"/v1/recordings/{key}", {"language": "de", "version": moved["details"]["version"]})
    assert (again["details"]["language"], again["rerun"]["assets"][0]) == ("de", "transcript")
    assert send(client, "PATCH", f"/v1/recordings/{key}", {"title": "Board"})["rerun"] is None
    assert send(client, "PATCH", f"/v1/recordings/{key}", {})["changed"] == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("items/{claim}", {"text": ""}),
        ("items/{claim}", {"text": None}),
        ("items/{claim}", {"text": "x" * 1001}),
        ("items/{claim}", {"status": "finished"}),
        ("items/{claim}", {"due_date": "soon"}),
        ("items/{claim}", {"due_date": "9999-01-01"}),
        ("items/{claim}", {"decided_by": ["A"]}),
        ("items/{claim}", {"owner": "  "}),
        ("items/{claim}", {"by": "me"}),
        ("items/{claim}", []),
        ("segments/0", {"text": " "}),
        ("segments/0", {"index": 3}),
        ("segments/first", {"text": "x"}),
    ],
)
def test_what_is_no_edit_is_refused(client: TestClient, key: str, path: str, body: Any) -> None:
    address = f"/v1/meetings/{key}/{path}".replace("{claim}", claims(client, key)[TRUE]["claim_id"])
    assert send(client, "PATCH", address, body, 422)["code"] in {"invalid_request", "bad_edit", "bad_name"}


@pytest.mark.parametrize(
    "body",
    [{"title": ""}, {"title": None}, {"date": "yesterday"}, {"date": None}, {"language": "Deutsch"}, {"key": "x"}],
)
def test_details_that_cannot_be_meant_are_refused(client: TestClient, key: str, body: Any) -> None:
    assert send(client, "PATCH", f"/v1/recordings/{key}", body, 422)["code"] in {"invalid_request", "bad_edit"}


def test_what_does_not_exist_is_unknown(client: TestClient, key: str) -> None:
    missing = "2025-03-14-weekly-0000000a"
    new = {"insight": "action_items", "text": "x"}
    assert (
        send(client, "PATCH", f"/v1/meetings/{key}/items/nothing", {"status": "done"}, 404)["code"] == "unknown_claim"
    )
    assert send(client, "PATCH", f"/v1/meetings/{key}/segments/77", {"text": "x"}, 404)["code"] == "unknown_segment"
    assert send(client, "PATCH", f"/v1/meetings/{key}/segments/0", {"speaker": "Z"}, 404)["code"] == "unknown_speaker"
    assert (
        send(client, "POST", f"/v1/meetings/{key}/items", {**new, "segment_id": 77}, 404)["code"] == "unknown_segment"
    )
    assert send(client, "POST", f"/v1/meetings/{missing}/items", new, 404)["code"] == "unknown_recording"
    assert send(client, "PATCH", f"/v1/recordings/{missing}", {"title": "x"}, 404)["code"] == "unknown_recording"
    assert send(client, "GET", f"/v1/meetings/{missing}/edits", status=404)["code"] == "unknown_recording"


def test_an_edit_is_kept_under_the_name_of_the_key_or_without_keys_under_the_name_that_was_given(
    client: TestClient, installation: Installation, key: str
) -> None:
    path = item(client, key, TRUE)
    send(client, "PATCH", path, {"status": "done"}, headers={"Edited-By": "J%C3%BCrgen%20%E6%9D%8E"})
    assert send(client, "PATCH", path, {"status": "open"}, 422, headers={"Edited-By": "%20%21"})["code"] == "bad_name"
    held = {scope: installation.store.api_keys.create(f"the {scope} key", scope).key for scope in ("read", "submit")}
    shown = {scope: {"Authorization": f"Bearer {one}", "Edited-By": "Somebody else"} for scope, one in held.items()}
    assert send(client, "PATCH", path, {"status": "open"}, 403, headers=shown["read"])["code"] == "scope_missing"
    send(client, "PATCH", path, {"status": "dropped"}, headers=shown["submit"])
    assert [entry.edited_by for entry in installation.store.edit_history.newest(key)] == ["the submit key", "Jürgen 李"]


def test_hostile_text_stays_text_everywhere(client: TestClient, installation: Installation, key: str) -> None:
    hostile = "<script>alert(1)</script> --> \n\nWEBVTT {B} ](javascript:x) \u202e"
    send(client, "PATCH", item(client, key, TRUE), {"text": hostile})
    send(client, "PATCH", f"/v1/meetings/{key}/segments/0", {"text": hostile})
    published = Published(client, installation, key)
    published.tell()
    minutes = client.get(f"/v1/meetings/{key}/minutes.md").text
    assert "<script>" not in minutes.replace("\\<script", "")
    vtt = client.get(f"/v1/meetings/{key}/transcript.vtt").text
    assert "<script>" not in vtt
    assert vtt.count("-->") == 2
    assert "\u202e" not in json.dumps(published.webhook(), ensure_ascii=False)


def test_ticking_off_a_claim_that_is_withheld_does_not_publish_it(client: TestClient, key: str) -> None:
    send(client, "PATCH", item(client, key, LIE), {"status": "done"})
    assert claims(client, key)[LIE]["state"] == "withheld"
    send(client, "PATCH", item(client, key, LIE), {"owner": "A"})
    assert claims(client, key)[LIE]["state"] == "published"
