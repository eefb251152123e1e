"""Mails with minutes over HTTP."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.installations import OpenWith
from meeting_pipeline_tests.store.samples import completed

ANN, BEN = "ann@mail.example", "ben@mail.example"


@pytest.fixture
def mailing(open_with: OpenWith) -> Installation:
    given = {"SERVER": "mail.example:25", "FROM": "minutes@mail.example", "TO": f"{ANN}, {BEN}"}
    return open_with(**{f"MEETING_PIPELINE_MAIL_{name}": value for name, value in given.items()})


@pytest.fixture
def client(mailing: Installation) -> Iterator[TestClient]:
    with TestClient(build_app(Service(mailing, guarded=False)), base_url="http://127.0.0.1:3001") as client:
        yield client


def listed(client: TestClient, **query: str | list[str]) -> list[tuple[str, str]]:
    return sorted((one["address"], one["state"]) for one in client.get("/v1/mails", params=query).json()["mails"])


def test_mails_are_listed_with_the_reason_of_a_failure(client: TestClient, mailing: Installation) -> None:
    assert client.get("/v1/mails").json() == {"mails": [], "next_cursor": None}
    key = completed(mailing.store).key
    mail = mailing.store.mails.take("run")
    assert mail is not None
    mailing.store.mails.settle(mail, "mail_recipient_refused", "550 nobody", unsure=True, next_at=None)
    [dead] = client.get("/v1/mails", params={"state": "dead"}).json()["mails"]
    assert (dead["last_error"], dead["last_detail"], dead["perhaps_sent_twice"], dead["next_at"]) == (
        "mail_recipient_refused",
        "550 nobody",
        True,
        None,
    )
    assert client.get(f"/v1/mails/{dead['id']}").json() == dead
    assert len(listed(client, recording_id=key)) == 2
    assert listed(client, recording_id="no recording") == []
    assert client.get("/v1/mails", params={"state": "delivered"}).status_code == 422


def test_a_dead_mail_is_due_again_and_a_sent_one_is_not_sent_twice(client: TestClient, mailing: Installation) -> None:
    completed(mailing.store)
    for code in ("mail_recipient_refused", None):
        mail = mailing.store.mails.take("run")
        assert mail is not None
        mailing.store.mails.settle(mail, code, "", unsure=False, next_at=None)
    [dead] = client.get("/v1/mails", params={"state": "dead"}).json()["mails"]
    [sent] = client.get("/v1/mails", params={"state": "sent"}).json()["mails"]
    answer = client.post(f"/v1/mails/{dead['id']}:retry")
    assert (answer.status_code, answer.json()["state"], answer.json()["attempts"]) == (202, "pending", 0)
    assert mailing.store.mails.due() == 1
    refused = client.post(f"/v1/mails/{sent['id']}:retry")
    assert (refused.status_code, refused.json()["code"]) == (409, "mail_not_waiting")


def test_pages_have_each_mail_once(client: TestClient, mailing: Installation) -> None:
    for number in (1, 2, 3):
        completed(mailing.store, number)
    found: list[str] = []
    cursor = None
    while True:
        query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = client.get("/v1/mails", params=query).json()
        found += [one["id"] for one in page["mails"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(found) == len(set(found)) == 6


@pytest.mark.parametrize("cursor", ["x", "W10", "WyJhIiwiYiJd", "MTI"])
def test_a_cursor_that_was_not_issued_is_refused(client: TestClient, cursor: str) -> None:
    answer = client.get("/v1/mails", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


@pytest.mark.parametrize("name", ["x", "0" * 32, "0" * 33, "%2e%2e"])
def test_an_unknown_mail_is_a_problem(client: TestClient, name: str) -> None:
    for answer in (client.get(f"/v1/mails/{name}"), client.post(f"/v1/mails/{name}:retry")):
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_mail")
