"""People over HTTP: listed with a cursor, merged, split, renamed, kept apart and undone; commitments and search follow."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.api.schemas.cursors import write_parts
from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.store.people.meetings import met

ALL = "/v1/people"


@pytest.fixture
def client(installation: Installation) -> Iterator[TestClient]:
    met(installation.store, 1, "Anna Meyer", "Tom", tasks=(("Send the price list", "A"),))
    met(installation.store, 2, "A. Meyer", "Tom", tasks=(("Book the venue", "A"),))
    with TestClient(build_app(Service(installation, guarded=False)), base_url="http://127.0.0.1:3001") as client:
        yield client


def get(client: TestClient, path: str = "", **query: Any) -> Any:
    answer = client.get(f"{ALL}{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ids(client: TestClient) -> dict[str, str]:
    return {one["name"]: one["id"] for one in get(client)["people"]}


def patch(client: TestClient, person: str, by: str = "Grace", **edit: Any) -> Any:
    answer = client.patch(f"{ALL}/{person}", json=edit, headers={"Edited-By": by})
    return answer.json() | {"status_code": answer.status_code}


def test_people_are_listed_page_by_page_with_what_they_did(client: TestClient) -> None:
    whole = get(client)
    assert (len(whole["people"]), whole["next_cursor"], whole["pending"]) == (3, None, False)
    anna = next(one for one in whole["people"] if one["name"] == "Anna Meyer")
    assert anna | {"id": ""} == {
        "id": "", "name": "Anna Meyer", "names": [{"name": "Anna Meyer", "meetings": 1}], "meetings": 1, "talk_ms": 900,
        "open_commitments": 1, "first_seen": "2025-03-10", "last_seen": "2025-03-10",
    }  # fmt: skip
    first = get(client, limit=2)
    rest = get(client, limit=2, cursor=first["next_cursor"])
    assert first["people"] + rest["people"] == whole["people"]
    assert [one["name"] for one in get(client, name="ANNA mey")["people"]] == ["Anna Meyer"]
    for odd in ("?!", "%", "_", "x" * 200):
        assert get(client, name=odd)["people"] == []


def test_two_are_merged_followed_and_parted_again(client: TestClient) -> None:
    known = ids(client)
    merged = patch(client, known["A. Meyer"], merge_into=known["Anna Meyer"])
    assert (merged["status_code"], merged["id"], merged["meetings"]) == (200, known["Anna Meyer"], 2)
    assert merged["version"] == 1
    assert [one["names"] for one in merged["in_meetings"]] == [["A. Meyer"], ["Anna Meyer"]]
    [edit] = merged["edits"]
    assert (edit["kind"], edit["edited_by"], edit["other_name"], edit["undone_at"]) == (
        "merge",
        "Grace",
        "A. Meyer",
        None,
    )
    for owner in (merged["id"], "anna meyer", "A. Meyer"):
        found = client.get("/v1/commitments", params={"owner": owner}).json()["commitments"]
        assert {one["text"] for one in found} == {"Send the price list", "Book the venue"}, owner
    for person in (merged["id"], "anna meyer"):
        found = client.get("/v1/search", params={"person": person, "q": "morning"}).json()["meetings"]
        assert len(found) == 2, person
    assert get(client, f"/{known['A. Meyer']}")["id"] == merged["id"]
    again = patch(client, merged["id"], name="Anna", version=0)
    assert (again["status_code"], again["code"]) == (409, "edited_meanwhile")
    undone = client.post(f"{ALL}/{merged['id']}/edits/{edit['number']}:undo", headers={"Edited-By": "Ben"})
    assert undone.status_code == 200
    [edit] = undone.json()["edits"]
    assert (edit["undone_by"], edit["other_name"]) == ("Ben", "A. Meyer")
    assert ids(client) == known


def test_a_name_is_split_off_and_given_to_somebody(client: TestClient) -> None:
    known = ids(client)
    [first, *_] = get(client, f"/{known['Tom']}")["in_meetings"]
    other = patch(client, known["Tom"], split={"name": "tom", "recording_id": first["recording_id"]})
    assert (other["status_code"], other["meetings"], other["name"]) == (200, 1, "Tom")
    assert other["id"] != known["Tom"]
    [edit] = other["edits"]
    assert (edit["kind"], edit["recording_id"], edit["series"], edit["name"]) == (
        "split", first["recording_id"], None, "tom",
    )  # fmt: skip
    left = patch(client, known["Tom"], split={"name": "Tom", "to": known["Anna Meyer"]})
    assert left["id"] == known["Anna Meyer"]
    assert {one["name"] for one in left["names"]} == {"Anna Meyer", "Tom"}


def test_suggestions_are_answered(client: TestClient) -> None:
    [pair] = get(client, "/suggestions")["suggestions"]
    assert {pair["one"]["name"], pair["other"]["name"]} == {"Anna Meyer", "A. Meyer"}
    assert (pair["reason"], pair["series"]) == ("initials", "title:sales weekly")
    assert pair["similarity"] is None
    assert get(client, "/suggestions")["speakers"] == []
    kept = patch(client, pair["one"]["id"], differs_from=pair["other"]["id"])
    assert [edit["kind"] for edit in kept["edits"]] == ["apart"]
    assert get(client, "/suggestions")["suggestions"] == []


def test_what_cannot_be_done_is_refused_with_a_reason(client: TestClient) -> None:
    known = ids(client)
    tom, nobody = known["Tom"], "person-0123456789abcdef"
    assert patch(client, tom, merge_into=tom)["code"] == "bad_edit"
    assert patch(client, tom, merge_into=nobody)["code"] == "unknown_person"
    assert patch(client, nobody, name="X")["status_code"] == 404
    assert patch(client, "x", name="X")["code"] == "unknown_person"
    assert patch(client, tom, split={"name": "Lena"})["status_code"] == 404
    assert patch(client, tom, split={"name": "Tom"})["status_code"] == 422
    assert patch(client, tom, split={"name": "Tom", "series": "Sales", "recording_id": "x"})["code"] == "bad_edit"
    assert patch(client, tom, name="?")["code"] == "bad_name"
    for body in (
        {},
        {"version": 0},
        {"name": "X", "merge_into": nobody},
        {"merge_into": None},
        {"merge_into": "x"},
        {"odd": 1},
    ):
        assert patch(client, tom, **body)["status_code"] == 422, body
    assert client.get(f"{ALL}/%25_").status_code == 404
    assert client.get(f"{ALL}/{nobody}").json()["code"] == "unknown_person"
    assert client.post(f"{ALL}/{tom}/edits/7:undo").json()["code"] == "unknown_edit"
    assert client.post(f"{ALL}/x/edits/7:undo").json()["code"] == "unknown_person"
    for cursor in ("x", write_parts(["2025-01-01", "x"]), write_parts([1, tom]), write_parts(["2025-99-01", tom])):
        assert client.get(ALL, params={"cursor": cursor}).json()["code"] == "bad_cursor"
    assert patch(client, tom, name="Thomas Berg")["name"] == "Thomas Berg"
    assert patch(client, tom, name=None)["name"] == "Tom"
