"""Search over HTTP: results with places to play from, cursors that belong to their query, and refusals with codes."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.api.schemas.cursors import read_parts, write_parts
from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import OpenWith
from meeting_pipeline_tests.steps.embedding.meaning import embed, meaning
from meeting_pipeline_tests.steps.embedding.meaning import meeting as speak
from meeting_pipeline_tests.store.samples import Journey, completed


@pytest.fixture
def client(installation: Installation) -> Iterator[TestClient]:
    with TestClient(build_app(Service(installation, guarded=False)), base_url="http://127.0.0.1:3001") as client:
        yield client


def get(client: TestClient, expected: int = 200, /, **parameters: Any) -> dict[str, Any]:
    answer = client.get("/v1/search", params=parameters)
    assert answer.status_code == expected, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_hit_has_its_text_as_it_was_said_and_the_place_to_play_from(
    client: TestClient, installation: Installation
) -> None:
    said = "<b>send</b> the \U0001f4dd report & more"
    key = Journey(installation.store).accept().begin().collect("Hello.", said).key
    found = get(client, q="report")
    [meeting] = found["meetings"]
    assert (meeting["recording_id"], meeting["title"], meeting["meeting_date"], meeting["matches"]) == (
        key,
        "Weekly",
        "2025-03-14",
        1,
    )
    assert meeting["media"] == f"/v1/recordings/{key}/media"
    [hit] = meeting["hits"]
    assert hit["text"] == said
    [place] = hit["highlights"]
    assert said[place["start"] : place["end"]] == "report"
    assert (hit["kind"], hit["segment_id"], hit["start_ms"], hit["people"]) == ("transcript", 1, 1000, ["Speaker B"])
    assert hit["page"] == f"/#/meetings/{key}/segments/1"
    assert hit["context"] == [
        {"position": "before", "segment_id": 0, "speaker": "Speaker A", "start_ms": 0, "text": "Hello."}
    ]
    assert (found["next_cursor"], found["pending"]) == (None, 0)


def test_pages_follow_one_another_by_a_cursor_that_belongs_to_its_query(
    client: TestClient, installation: Installation
) -> None:
    keys = {completed(installation.store, number).key for number in range(1, 6)}
    seen: list[str] = []
    cursor: dict[str, Any] = {}
    while True:
        page = get(client, q="report", limit=2, **cursor)
        seen += [one["recording_id"] for one in page["meetings"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert set(seen) == keys
    assert len(seen) == 5
    assert get(client, 400, q="friday", **cursor)["code"] == "bad_cursor"


@pytest.mark.parametrize(
    "parts",
    [[], [1] * 8, ["x", "2025-01-01", 1.0, 0, 1, None, None, None], ["ASKED", "then", 1.0, 0, 1, None, None, None],
     ["ASKED", "2025-01-01", float("nan"), 0, 1, None, None, None], ["ASKED", "2025-01-01", 1, -1, 1, None, None, None],
     ["ASKED", "2025-01-01", 1, 0, 2**64, None, None, None], ["ASKED", "2025-01-01", 1, 0, 1, True, None, None],
     ["ASKED", "2025-01-01", 1, 0, 1, None, 1.0, None], ["ASKED", "2025-01-01", 1, 0, 1, None, 1e300, 1],
     ["ASKED", 5, 1, 0, 1, None, None, None]],
)  # fmt: skip
def test_a_cursor_that_was_not_made_here_is_refused(
    client: TestClient, installation: Installation, parts: list[Any]
) -> None:
    for number in (1, 2):
        completed(installation.store, number)
    real = get(client, q="report", limit=1)["next_cursor"]
    asked = json.loads(base64.urlsafe_b64decode(real + "=="))[0]
    made = write_parts([asked if part == "ASKED" else part for part in parts])
    assert get(client, 400, q="report", limit=1, cursor=made)["code"] == "bad_cursor"


def test_what_cannot_be_searched_is_refused_with_a_code(client: TestClient) -> None:
    assert get(client, 400)["code"] == "empty_query"
    assert get(client, 400, q="🎉 -- ''")["code"] == "empty_query"
    assert get(client, 400, q="a\x00b")["code"] == "bad_request"
    assert get(client, 404, q="a", recording_id="no such")["code"] == "unknown_recording"
    assert "404" in client.get("/v1/openapi.json").json()["paths"]["/v1/search"]["get"]["responses"]
    for wrong in (
        {"kind": "song"},
        {"status": "lost"},
        {"since": "yesterday"},
        {"limit": 0},
        {"limit": 51},
        {"q": "x" * 10_001},
    ):
        assert get(client, 422, **{"q": "a", **wrong})["code"] == "invalid_request"
    assert get(client, q='"unbalanced AND (NEAR* : ^ ' * 100)["meetings"] == []


def test_every_filter_narrows(client: TestClient, installation: Installation) -> None:
    key = completed(installation.store).key

    def found(**parameters: Any) -> list[str]:
        return [hit["kind"] for one in get(client, lines=20, **parameters)["meetings"] for hit in one["hits"]]

    assert sorted(set(found(q="report"))) == ["action_item", "summary", "topic", "transcript"]
    assert found(q="report", kind="action_item") == ["action_item"]
    assert found(q="report", speaker="speaker b") == ["transcript"]
    assert found(q="report", person="speaker b", kind="action_item") == ["action_item"]
    assert found(q="report", since="2025-03-15") == found(q="report", until="2025-03-13") == []
    assert found(q="report", title="week", recording_id=key, since="2025-03-14", until="2025-03-14") != []
    assert found(q="repo", typing="true") != []
    assert found(q="repo") == []


def test_a_key_is_needed_where_the_others_need_one(installation: Installation) -> None:
    with TestClient(build_app(Service(installation, guarded=True)), base_url="http://127.0.0.1:3001") as client:
        assert get(client, 401, q="x")["code"] == "key_missing"


@pytest.mark.services
def test_a_page_by_meaning_says_so_and_its_cursor_leads_on_by_words(open_with: OpenWith, providers: Providers) -> None:
    installation = open_with(**meaning(providers))
    speak(installation, 1, "The automobile was acquired.")
    for number in range(2, 8):
        speak(installation, number, f"A vehicle, number {number}.")
    embed(installation)
    with TestClient(build_app(Service(installation, guarded=False)), base_url="http://127.0.0.1:3001") as client:
        first = get(client, q="vehicle", limit=3)
        assert (first["ranking"], first["ranking_note"], first["meaning_is_on"]) == ("words_and_meaning", None, True)
        assert {one["hits"][0]["by_meaning"] for one in first["meetings"]} == {True, False}
        seen = [one["recording_id"] for one in first["meetings"]]
        second = get(client, q="vehicle", limit=3, cursor=first["next_cursor"])
        assert second["ranking"] == "words"
        assert not {one["recording_id"] for one in second["meetings"]} & set(seen)
        assert len(second["meetings"]) == 3
        [hit] = get(client, q="purchase auto acquire")["meetings"][0]["hits"]
        assert (hit["by_meaning"], hit["highlights"], hit["segment_id"]) == (True, [], 0)
        get(client, 400, q="vehicle", cursor=write_parts([*read_parts(first["next_cursor"], 9)[:8], ["x"]]))
        providers.fault("POST /v1/embeddings", "status", status=503)
        failed = get(client, q="another vehicle")
        assert failed["ranking"] == "words"
        assert "provider_unavailable" in failed["ranking_note"]
