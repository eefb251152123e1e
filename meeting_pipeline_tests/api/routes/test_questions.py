"""Questions over HTTP: answers with places to play from, events, limits and refusals with codes."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from meeting_pipeline.api import policies
from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.steps.asking.scripted import Scripted, sentence, using
from meeting_pipeline_tests.store.samples import Journey, speakers

SAID = "I will send the price list to the customer by Friday."
TRUE = "Anna Berg promised to send the price list to the customer by Friday."
ASKED = {"question": "Who promised the price list?"}


@pytest.fixture
def client(installation: Installation) -> Iterator[TestClient]:
    with TestClient(build_app(Service(installation, guarded=False)), base_url="http://127.0.0.1:3001") as client:
        yield client


def meeting(installation: Installation) -> str:
    journey = Journey(installation.store).accept().begin().collect("Hello.", "Hi.", SAID, "Thank you.")
    journey.answer(speakers("Anna Berg"))
    return journey.key


def post(client: TestClient, expected: int = 200, **body: Any) -> dict[str, Any]:
    answer = client.post("/v1/ask", json=body or ASKED)
    assert answer.status_code == expected, answer.text
    found: dict[str, Any] = answer.json()
    return found


def events(text: str) -> list[tuple[str, dict[str, Any]]]:
    frames = [frame.split("\n") for frame in text.split("\n\n") if frame.startswith("event: ")]
    return [(event.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for event, data in frames]


def test_a_sentence_has_citations_that_open_the_meeting_at_the_line(
    client: TestClient, installation: Installation
) -> None:
    key = meeting(installation)
    using(installation, Scripted(sentence(TRUE, ("M1", [2], SAID)), sentence("It is done.", ("M1", [2], SAID))))
    found = post(client)
    [shown] = found["sentences"]
    assert (shown["text"], shown["quoted"]) == (TRUE, False)
    [citation] = shown["citations"]
    assert citation == {
        "recording_id": key, "title": "Weekly", "meeting_date": "2025-03-14", "segment_ids": [2], "start_ms": 2000,
        "speaker": "Anna Berg", "quote": SAID, "page": f"/#/meetings/{key}/segments/2",
    }  # fmt: skip
    assert (found["reason"], found["dropped"], found["cost_usd"], found["price_known"]) == (None, 1, 0.002, True)
    assert found["passages"][0]["page"] == f"/#/meetings/{key}/segments/0"
    assert [line["text"] for line in found["passages"][0]["lines"]][2] == SAID


def test_without_a_model_the_passages_and_the_reason_are_the_answer(
    client: TestClient, installation: Installation
) -> None:
    meeting(installation)
    found = post(client)
    assert (found["sentences"], found["reason"]["code"], found["model"]) == ([], "no_language_model", None)
    assert found["passages"]


def test_events_bring_the_passages_first(client: TestClient, installation: Installation) -> None:
    meeting(installation)
    using(installation, Scripted(sentence(TRUE, ("M1", [2], SAID))))
    answer = client.post("/v1/ask", json=ASKED, headers={"Accept": "text/event-stream"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    (first, passages), (last, found) = events(answer.text)
    assert (first, last) == ("passages", "answer")
    assert passages["passages"] == found["passages"]
    assert [one["text"] for one in found["sentences"]] == [TRUE]


def test_a_bug_ends_the_stream_with_a_problem_and_gives_the_slot_back(
    client: TestClient, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting(installation)
    raised: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", raised.append)
    model = Scripted()
    model.before = lambda: 1 / 0  # type: ignore[assignment]
    using(installation, model)
    for _ in range(policies.QUESTIONS_AT_ONCE + 1):
        answer = client.post("/v1/ask", json=ASKED, headers={"Accept": "text/event-stream"})
        assert [event for event, _ in events(answer.text)] == ["passages", "problem"]
    assert len(raised) == policies.QUESTIONS_AT_ONCE + 1


def test_more_questions_than_can_be_answered_at_once_are_told_to_come_later(
    client: TestClient, installation: Installation
) -> None:
    meeting(installation)
    slots = client.app.state.question_slots  # type: ignore[attr-defined]
    for _ in range(policies.QUESTIONS_AT_ONCE):
        assert slots.acquire(blocking=False)
    answer = client.post("/v1/ask", json=ASKED)
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_questions")
    assert answer.headers["retry-after"] == "5"
    slots.release()
    post(client)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"question": " "}, 400, "empty_question"),
        ({"question": "x" * 1001}, 422, "question_too_long"),
        ({"question": "x" * 5000}, 422, "invalid_request"),
        ({}, 422, "invalid_request"),
        ({"question": "Who?", "limit": 3}, 422, "invalid_request"),
        ({"question": "Who?", "since": "yesterday"}, 422, "invalid_request"),
        ({"question": "Who?", "recording_id": "../x"}, 404, "unknown_recording"),
        ({"question": "Who?", "recording_id": "2025-03-14-weekly-ffffffff"}, 404, "unknown_recording"),
    ],
)
def test_refusals_have_codes(client: TestClient, body: dict[str, Any], status: int, code: str) -> None:
    answer = client.post("/v1/ask", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_page_of_another_site_cannot_ask(client: TestClient) -> None:
    answer = client.post("/v1/ask", json=ASKED, headers={"Origin": "http://elsewhere.example"})
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")


def test_neither_the_question_nor_the_answer_is_in_the_database_or_the_log(
    client: TestClient, installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    meeting(installation)
    using(installation, Scripted(sentence("Zanzibarqq promised the price list.", ("M1", [2], SAID))))
    with caplog.at_level("DEBUG"):
        post(client, question="Who promised the price list to Quetzalqq?")
    with installation.store.database.read() as session:
        dump = "\n".join(session.connection().connection.dbapi_connection.iterdump())  # type: ignore[union-attr]
    for word in ("Quetzalqq", "quetzalqq", "Zanzibarqq"):
        assert word not in dump
        assert word not in caplog.text
