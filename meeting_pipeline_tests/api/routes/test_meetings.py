"""Meetings over HTTP: the record, minutes and transcripts, each with its media type and its own ETag."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.api.schemas.meetings import MeetingRecord, Transcript
from meeting_pipeline.domain.due_calendar import to_ics
from meeting_pipeline.domain.exports import to_srt, to_vtt
from meeting_pipeline.domain.minutes import minutes_docx, minutes_markdown
from meeting_pipeline.domain.record import Gap
from meeting_pipeline.domain.record_json import record_fields
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.domain.meetings import meeting
from meeting_pipeline_tests.store.samples import Journey, completed, failed, summary, unavailable

DOCUMENTS = {
    "": "application/json",
    "/minutes.md": "text/markdown; charset=utf-8",
    "/minutes.html": "text/html; charset=utf-8",
    "/minutes.docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "/transcript.vtt": "text/vtt; charset=utf-8",
    "/transcript.srt": "text/plain; charset=utf-8",
    "/transcript.json": "application/json",
}


@pytest.fixture
def client(installation: Installation) -> Iterator[TestClient]:
    with TestClient(build_app(Service(installation, guarded=False)), base_url="http://127.0.0.1:3001") as client:
        yield client


@pytest.fixture
def key(installation: Installation) -> str:
    return completed(installation.store).key


def fields(model: Any) -> set[str]:
    return set(model.model_fields)


def test_the_meeting_is_the_record(client: TestClient, installation: Installation, key: str) -> None:
    answer = client.get(f"/v1/meetings/{key}")
    assert answer.json() == record_fields(installation.store.records.get(key))


def test_the_description_has_the_very_fields_of_the_record() -> None:
    record = record_fields(replace(meeting(), gaps=(Gap(Insight.SUMMARY, "code", "reason"),)))
    assert paths(MeetingRecord.model_validate(record).model_dump(mode="json")) == paths(record)


def paths(value: Any, path: str = "") -> set[str]:
    """Paths of all values in a JSON document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {path}.union(*(paths(found, f"{path}.{name}") for name, found in inner))


def test_a_recording_without_any_result_has_a_meeting_too(client: TestClient, installation: Installation) -> None:
    key = Journey(installation.store).accept().key
    found = client.get(f"/v1/meetings/{key}").json()
    MeetingRecord.model_validate(found)
    assert (found["status"], found["meeting"]["segments"]) == ("pending", None)


def test_minutes_and_subtitles_are_those_of_the_command_line(
    client: TestClient, installation: Installation, key: str
) -> None:
    record = installation.store.records.get(key)
    assert client.get(f"/v1/meetings/{key}/minutes.md").text == minutes_markdown(record)
    with_words = client.get(f"/v1/meetings/{key}/minutes.md", params={"transcript": True}).text
    assert with_words == minutes_markdown(record, with_transcript=True)
    assert client.get(f"/v1/meetings/{key}/minutes.docx").content == minutes_docx(record)
    with_words_in_word = client.get(f"/v1/meetings/{key}/minutes.docx", params={"transcript": True}).content
    assert with_words_in_word == minutes_docx(record, with_transcript=True)
    assert client.get(f"/v1/meetings/{key}/transcript.vtt").text == to_vtt(record)
    assert client.get(f"/v1/meetings/{key}/transcript.srt").text == to_srt(record)


def test_due_dates_are_a_calendar(client: TestClient, installation: Installation, key: str) -> None:
    answer = client.get(f"/v1/meetings/{key}/due-dates.ics", params={"download": 1})
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="{key}.due-dates.ics"'
    assert answer.text == to_ics(installation.store.records.get(key))


def test_the_transcript_alone_has_speakers_and_segments(client: TestClient, key: str) -> None:
    found = client.get(f"/v1/meetings/{key}/transcript.json").json()
    Transcript.model_validate(found)
    assert set(found) == fields(Transcript)
    assert found["segments"][0]["text"] == "Good morning."


@pytest.mark.parametrize(("path", "media_type"), DOCUMENTS.items())
def test_each_has_its_type_a_safe_name_and_a_tag(client: TestClient, key: str, path: str, media_type: str) -> None:
    answer = client.get(f"/v1/meetings/{key}{path}")
    assert answer.headers["content-type"] == media_type
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"].startswith(f'inline; filename="{key}.')
    kept = client.get(f"/v1/meetings/{key}{path}", params={"download": 1})
    assert kept.headers["content-disposition"].startswith(f'attachment; filename="{key}.')
    assert kept.content == answer.content


@pytest.mark.parametrize("path", DOCUMENTS)
def test_a_reader_who_has_it_is_told_so(client: TestClient, installation: Installation, key: str, path: str) -> None:
    url = f"/v1/meetings/{key}{path}"
    tag = client.get(url).headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = client.get(url, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    assert client.get(url, headers={"If-None-Match": '"other"'}).status_code == 200
    installation.store.speaker_edits.rename(key, "B", "Ada Lovelace", by="x")
    changed = client.get(url, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


def test_a_new_revision_has_another_tag(client: TestClient, installation: Installation) -> None:
    journey = completed(installation.store)
    tag = client.get(f"/v1/meetings/{journey.key}/minutes.md").headers["etag"]
    journey.begin(collecting=False).answer(summary("Another view.")).complete()
    assert client.get(f"/v1/meetings/{journey.key}/minutes.md").headers["etag"] != tag


@pytest.mark.parametrize("path", [path for path in DOCUMENTS if path])
def test_without_a_transcript_there_is_none_of_them(client: TestClient, installation: Installation, path: str) -> None:
    for key in (Journey(installation.store, number=1).accept().key, failed(installation.store, 2).key):
        answer = client.get(f"/v1/meetings/{key}{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "no_transcript")
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", DOCUMENTS)
def test_an_unknown_meeting_is_a_problem_document(client: TestClient, path: str) -> None:
    for key in ("2025-03-14-weekly-0000000a", "a%00b", "..%2f"):
        assert client.get(f"/v1/meetings/{key}{path}").status_code == (400 if "%00" in key else 404)


def test_a_gap_is_named_in_the_record(client: TestClient, installation: Installation) -> None:
    journey = Journey(installation.store).accept().begin().collect()
    installation.store.results.store_gap(journey.key, journey.run_id, unavailable(Insight.SUMMARY))
    journey.complete()
    found = client.get(f"/v1/meetings/{journey.key}").json()
    assert [gap["insight"] for gap in found["gaps"]] == ["summary"]
    assert found["meeting"]["summary"] is None


def test_reading_takes_the_scope_read(client: TestClient, installation: Installation, key: str) -> None:
    installation.store.api_keys.create("reader", "read")
    assert client.get(f"/v1/meetings/{key}").status_code == 401
