"""Speakers over HTTP: renaming and merging, which every rendering reflects immediately."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from meeting_pipeline import policies
from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.installation import Installation
from meeting_pipeline.store.tables import SpeakerEdit
from meeting_pipeline_tests.store.samples import Journey, action_items, decisions, speakers, summary

ADA = "Ada Lovelace"


@pytest.fixture
def client(installation: Installation) -> Iterator[TestClient]:
    with TestClient(build_app(Service(installation, guarded=False)), base_url="http://127.0.0.1:3001") as client:
        yield client


@pytest.fixture
def key(installation: Installation) -> str:
    journey = Journey(installation.store).accept().begin().collect()
    journey.answer(summary("{A} asked {B}."), speakers(), action_items("Write to {B}"), decisions("{B} decides"))
    journey.complete()
    return journey.key


def edit(client: TestClient, key: str, label: str, **body: Any) -> list[dict[str, Any]]:
    answer = client.patch(f"/v1/meetings/{key}/speakers/{label}", json=body)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["speakers"]
    return found


def refused(client: TestClient, key: str, label: str, body: Any) -> tuple[int, str]:
    answer = client.patch(f"/v1/meetings/{key}/speakers/{label}", json=body)
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


def renderings(client: TestClient, key: str) -> list[str]:
    paths = ("", "/minutes.md", "/transcript.vtt", "/transcript.srt", "/transcript.json")
    return [client.get(f"/v1/meetings/{key}{path}").text for path in paths]


def test_the_speakers_are_listed_with_what_was_found(client: TestClient, key: str) -> None:
    assert client.get(f"/v1/meetings/{key}/speakers").json()["speakers"] == [
        {"label": "A", "shown": "Ada", "found_name": "Ada", "given_name": None, "merged_into": None,
         "segments": 1, "spoken_ms": 900, "in_force": True},
        {"label": "B", "shown": "Speaker B", "found_name": None, "given_name": None, "merged_into": None,
         "segments": 1, "spoken_ms": 900, "in_force": True},
    ]  # fmt: skip


def test_a_name_changes_every_rendering_at_once(client: TestClient, key: str) -> None:
    assert not any(ADA in text for text in renderings(client, key))
    _, found = edit(client, key, "B", name=ADA)
    assert (found["shown"], found["given_name"], found["found_name"]) == (ADA, ADA, None)
    assert all(ADA in text for text in renderings(client, key))
    meeting = client.get(f"/v1/meetings/{key}").json()["meeting"]
    assert meeting["summary"]["short_summary"] == f"Ada asked {ADA}."
    assert meeting["action_items"][0]["task"] == f"Write to {ADA}"
    edit(client, key, "B", name=None)
    assert not any(ADA in text for text in renderings(client, key))


def test_two_labels_become_one_person_and_two_again(client: TestClient, key: str) -> None:
    found, _ = edit(client, key, "A", merge_into="B")
    assert (found["merged_into"], found["shown"]) == ("B", "Ada")
    meeting = client.get(f"/v1/meetings/{key}").json()["meeting"]
    assert {segment["speaker"] for segment in meeting["segments"]} == {"B"}
    assert [speaker["label"] for speaker in meeting["speakers"]] == ["B"]
    found, _ = edit(client, key, "A", merge_into=None)
    assert (found["merged_into"], found["shown"]) == (None, "Ada")


def test_an_edit_leads_to_the_next_revision(client: TestClient, installation: Installation, key: str) -> None:
    assert installation.store.recordings.get(key).changed_at is None
    edit(client, key, "B", name=ADA)
    assert installation.store.recordings.get(key).changed_at is not None


def test_who_said_so_is_kept(client: TestClient, installation: Installation, key: str) -> None:
    shown = {"Authorization": f"Bearer {installation.store.api_keys.create('the desk', 'submit').key}"}
    answer = client.patch(f"/v1/meetings/{key}/speakers/B", json={"name": ADA}, headers=shown)
    assert answer.status_code == 200
    with installation.store.database.read() as session:
        assert session.scalar(select(SpeakerEdit.edited_by)) == "the desk"


@pytest.mark.parametrize(
    "body",
    [
        {},
        None,
        [],
        {"name": ADA, "merge_into": "A"},
        {"name": 7},
        {"nam": ADA},
        {"name": ""},
        {"name": "a" * (policies.SPEAKER_NAME_CHARACTERS + 1)},
        {"merge_into": ""},
    ],
)
def test_what_is_no_edit_is_refused(client: TestClient, key: str, body: Any) -> None:
    assert refused(client, key, "B", body) == (422, "invalid_request")


def test_edits_that_make_no_sense_are_refused_with_a_code(client: TestClient, key: str) -> None:
    assert refused(client, key, "B", {"name": " \u200b "}) == (422, "bad_name")
    assert refused(client, key, "Z", {"name": ADA}) == (404, "unknown_speaker")
    assert refused(client, key, "%00", {"name": ADA}) == (400, "bad_request")
    assert refused(client, key, "B", {"merge_into": "Z"}) == (404, "unknown_speaker")
    assert refused(client, key, "B", {"merge_into": "B"}) == (422, "merged_into_itself")
    edit(client, key, "A", merge_into="B")
    assert refused(client, key, "B", {"merge_into": "A"}) == (409, "merge_chain")
    assert refused(client, key, "A", {"name": ADA}) == (409, "merged_speaker")


def test_without_a_transcript_there_are_no_speakers(client: TestClient, installation: Installation) -> None:
    key = Journey(installation.store, number=2).accept().key
    assert refused(client, key, "A", {"name": ADA}) == (404, "no_transcript")
    assert client.get(f"/v1/meetings/{key}/speakers").json()["code"] == "no_transcript"
    assert refused(client, "2025-03-14-weekly-0000000a", "A", {"name": ADA}) == (404, "unknown_recording")


def test_an_edit_that_waits_for_its_label_is_listed(client: TestClient, installation: Installation, key: str) -> None:
    edit(client, key, "B", name=ADA)
    edit(client, key, "A", merge_into="B")
    journey = Journey(installation.store)
    journey.key = key
    journey.runs = 5
    journey.begin().collect("Only one speaks.")
    first, waits = client.get(f"/v1/meetings/{key}/speakers").json()["speakers"]
    assert (first["label"], first["merged_into"], first["in_force"]) == ("A", "B", False)
    assert (waits["label"], waits["given_name"], waits["in_force"], waits["segments"]) == ("B", ADA, False, 0)


def test_a_name_with_markup_is_only_text(client: TestClient, key: str) -> None:
    name = "<script>alert(1)</script> *b* [x](y)"
    edit(client, key, "B", name=name)
    _, minutes, vtt, _, _ = renderings(client, key)
    assert "<script>" not in minutes.replace("\\<", "")
    assert "<script>" not in vtt
    assert client.get(f"/v1/meetings/{key}").json()["meeting"]["speakers"][1]["name"] == name


def test_editing_takes_the_scope_submit(client: TestClient, installation: Installation, key: str) -> None:
    shown = {"Authorization": f"Bearer {installation.store.api_keys.create('reader', 'read').key}"}
    assert client.get(f"/v1/meetings/{key}/speakers", headers=shown).status_code == 200
    answer = client.patch(f"/v1/meetings/{key}/speakers/B", json={"name": ADA}, headers=shown)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
