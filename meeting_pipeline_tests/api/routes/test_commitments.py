"""Commitments over HTTP: listed with filters and a cursor, ticked, separated, joined and undone, and as a calendar."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.api.schemas.cursors import write_parts
from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.api.routes.test_edits import send
from meeting_pipeline_tests.store.commitments.series import (
    MONDAY,
    PRICES,
    VENUE,
    decision,
    item,
    link,
    meeting,
)

ALL = "/v1/commitments"


@pytest.fixture
def client(installation: Installation) -> Iterator[TestClient]:
    meeting(installation.store, 0, item(PRICES, due=MONDAY), item(VENUE, "Ben"), decisions=(decision("Paint it blue"),))
    meeting(installation.store, 1, item(PRICES), item("Inform Acme about the tariffs"))
    with TestClient(build_app(Service(installation, guarded=False)), base_url="http://127.0.0.1:3001") as client:
        assert get(client)["pending"] == 2
        link(installation.store)
        yield client


def get(client: TestClient, **query: Any) -> Any:
    answer = client.get(ALL, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def texts(client: TestClient, **query: Any) -> list[str]:
    return [one["text"] for one in get(client, **query)["commitments"]]


def one(client: TestClient, text: str) -> Any:
    return next(found for found in get(client)["commitments"] if found["text"] == text)


def test_commitments_are_listed_with_what_each_meeting_says(client: TestClient) -> None:
    found = get(client)
    assert found["pending"] == 0
    first = found["commitments"][0]
    assert (first["text"], first["owner"], first["due_date"], first["state"]) == (PRICES, "Anna", str(MONDAY), "open")
    assert (first["kind"], first["series"], first["overdue"], first["candidate"]) == (
        "action_item", "title:sales weekly", True, False,
    )  # fmt: skip
    assert [(event["meeting_date"], event["words"]) for event in first["events"]] == [
        ("2025-03-03", PRICES), ("2025-03-10", PRICES),
    ]  # fmt: skip
    assert first["events"][0]["page"] == f"/#/meetings/{first['events'][0]['recording_id']}/segments/1"


def test_filters_and_pages(client: TestClient) -> None:
    assert texts(client, overdue=True) == [PRICES]
    assert texts(client, owner="ben") == [VENUE]
    assert texts(client, kind="decision") == ["Paint it blue"]
    assert texts(client, series="Sales weekly 99", state="open", limit=1) == [PRICES]
    assert texts(client, closed=True) == []
    assert texts(client, owner="") == []
    seen, cursor = [], None
    while True:
        page = get(client, limit=1, **({"cursor": cursor} if cursor else {}))
        seen += [found["text"] for found in page["commitments"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == texts(client)
    for bad in ("x", "W10", "WzEsMiwzXQ", "W3RydWUsIngiLCJ5Il0"):
        assert client.get(ALL, params={"cursor": bad}).status_code == 400
    assert client.get(ALL, params={"ovredue": 1}).status_code in (400, 422)


def test_a_tick_wins_and_is_undone(client: TestClient) -> None:
    path = f"{ALL}/{one(client, PRICES)['id']}"
    detail = send(client, "PATCH", path, {"state": "done"}, headers={"Edited-By": "Grace"})
    assert (detail["state"], detail["state_by"], detail["closed"], detail["overdue"]) == ("done", "Grace", True, False)
    assert texts(client)[-1] == PRICES
    (edit,) = detail["edits"]
    detail = send(client, "POST", f"{path}/edits/{edit['number']}:undo", headers={"Edited-By": "Ada"})
    assert (detail["state"], detail["edits"][0]["undone_by"]) == ("open", "Ada")
    send(client, "POST", f"{path}/edits/{edit['number']}:undo", status=404)


def test_items_are_separated_and_joined(client: TestClient) -> None:
    prices, tariffs = one(client, PRICES), one(client, "Inform Acme about the tariffs")
    parts = send(client, "GET", f"{ALL}/{prices['id']}")["parts"]
    assert [part["meeting_date"] for part in parts] == ["2025-03-03", "2025-03-10"]
    detail = send(client, "PATCH", f"{ALL}/{prices['id']}", {"unlink": parts[1]["part_id"]})
    assert len(detail["parts"]) == 1
    detail = send(client, "PATCH", f"{ALL}/{tariffs['id']}", {"link_to": prices["id"]})
    assert detail["id"] == prices["id"]
    assert [part["text"] for part in detail["parts"]] == [PRICES, "Inform Acme about the tariffs"]
    detail = send(client, "POST", f"{ALL}/{prices['id']}/edits/{detail['edits'][0]['number']}:undo")
    assert len(detail["parts"]) == 1


def test_undoing_a_separation_where_it_is_listed_answers_with_what_is_one_again(client: TestClient) -> None:
    prices = one(client, PRICES)
    parts = send(client, "GET", f"{ALL}/{prices['id']}")["parts"]
    send(client, "PATCH", f"{ALL}/{prices['id']}", {"unlink": parts[1]["part_id"]})
    everybody = [send(client, "GET", f"{ALL}/{found['id']}") for found in send(client, "GET", ALL)["commitments"]]
    (apart,) = [found for found in everybody if [edit["kind"] for edit in found["edits"]] == ["unlink"]]
    whole = send(client, "POST", f"{ALL}/{apart['id']}/edits/{apart['edits'][0]['number']}:undo")
    assert (whole["id"], len(whole["parts"])) == (prices["id"], 2)
    send(client, "POST", f"{ALL}/no-such-one/edits/{apart['edits'][0]['number']}:undo", status=404)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "invalid_request"),
        ({"state": "done", "unlink": "x"}, 422, "invalid_request"),
        ({"state": "slipped"}, 422, "invalid_request"),
        ({"state": "done", "version": 99}, 409, "edited_meanwhile"),
        ({"state": "done", "version": True}, 422, "invalid_request"),
        ({"state": "done", "version": "1"}, 422, "invalid_request"),
        ({"link_to": "\x00"}, 422, "invalid_request"),
        ({"unlink": "\U0001f642"}, 422, "invalid_request"),
        ({"unlink": "x"}, 404, "unknown_part"),
        ({"link_to": "x"}, 404, "unknown_commitment"),
    ],
)
def test_a_bad_edit_is_refused(client: TestClient, body: Any, status: int, code: str) -> None:
    assert send(client, "PATCH", f"{ALL}/{one(client, PRICES)['id']}", body, status)["code"] == code


@pytest.mark.parametrize(
    "parts",
    [[False, "2025-03-03", "\x00"], [False, "2025-03-03", "\ud800"], [0, "2025-03-03", "a"], [False, "9", "a"], []],
)
def test_a_cursor_that_was_not_made_here_is_refused(client: TestClient, parts: list[Any]) -> None:
    answer = client.get(ALL, params={"cursor": write_parts(parts)})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


def test_an_unknown_commitment_is_not_found(client: TestClient) -> None:
    assert send(client, "GET", f"{ALL}/nothing", status=404)["code"] == "unknown_commitment"
    assert send(client, "PATCH", f"{ALL}/nothing", {"state": "done"}, 404)["code"] == "unknown_commitment"


def test_due_dates_are_a_calendar(client: TestClient) -> None:
    from icalendar import Calendar

    answer = client.get("/v1/commitments.ics")
    assert answer.headers["content-type"].startswith("text/calendar")
    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    assert event["summary"] == f"{PRICES} (Anna)"
    assert client.get("/v1/commitments.ics", params={"owner": "Ben"}).text.count("VEVENT") == 0
