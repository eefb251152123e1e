"""The media file over HTTP: whole and by ranges, with a key or a token, never as executable content."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.api.serving import served
from meeting_pipeline_tests.installations import TALK, accepted
from meeting_pipeline_tests.media.files import Sound, write_tracks
from meeting_pipeline_tests.store.samples import new_recording


@pytest.fixture
def client(installation: Installation) -> Iterator[TestClient]:
    with TestClient(build_app(Service(installation, guarded=False)), base_url="http://127.0.0.1:3001") as client:
        yield client


@pytest.fixture
def key(installation: Installation) -> str:
    return accepted(installation, "weekly.wav").key


@pytest.fixture
def content(installation: Installation, key: str) -> bytes:
    name = installation.store.recordings.get(key).media_file
    assert name is not None
    return (installation.settings.recordings / key / name).read_bytes()


def test_the_whole_recording_is_what_was_submitted(client: TestClient, key: str, content: bytes) -> None:
    answer = client.get(f"/v1/recordings/{key}/media")
    assert hashlib.sha256(answer.content).digest() == hashlib.sha256(content).digest()
    assert answer.headers["content-type"] == "audio/wav"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"] == f'inline; filename="{key}.wav"'
    kept = client.get(f"/v1/recordings/{key}/media", params={"download": 1})
    assert kept.headers["content-disposition"].startswith("attachment;")


def test_a_player_gets_the_prepared_copy_and_a_download_the_original(
    client: TestClient, installation: Installation, tmp_path: Path
) -> None:
    path = write_tracks(tmp_path / "a.webm", [Sound(), Sound(start_s=20)], codec="libopus")
    row = accepted(installation, "a.webm", path.read_bytes())
    folder = installation.settings.recordings / row.key
    played = client.get(f"/v1/recordings/{row.key}/media", params={"prepared": "true"})
    assert played.headers["content-type"] == "audio/flac"
    assert played.content == (folder / "prepared.flac").read_bytes()
    plain = client.get(f"/v1/recordings/{row.key}/media")
    assert (plain.headers["content-type"], plain.content) == ("video/webm", path.read_bytes())


def test_without_a_prepared_copy_a_player_gets_the_recording(client: TestClient, key: str, content: bytes) -> None:
    answer = client.get(f"/v1/recordings/{key}/media", params={"prepared": "true"})
    assert (answer.headers["content-type"], answer.content) == ("audio/wav", content)


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-99", 0, 99), ("bytes=100-", 100, None), ("bytes=-10", -10, None), ("bytes=5-99999999999", 5, None)],
)
def test_a_range_is_just_that(client: TestClient, key: str, content: bytes, asked: str, first: int, last: Any) -> None:
    answer = client.get(f"/v1/recordings/{key}/media", headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.content == content[first : None if last is None else last + 1]
    start = first % len(content)
    end = len(content) - 1 if last is None else last
    assert answer.headers["content-range"] == f"bytes {start}-{end}/{len(content)}"


@pytest.mark.parametrize("asked", ["bytes=99999999999-", "bytes=-0"])
def test_a_range_outside_the_file_is_a_problem_document(
    client: TestClient, key: str, content: bytes, asked: str
) -> None:
    answer = client.get(f"/v1/recordings/{key}/media", headers={"Range": asked})
    assert (answer.status_code, answer.json()["code"]) == (416, "range_not_satisfiable")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-range"] == f"bytes */{len(content)}"


@pytest.mark.parametrize(
    "asked", ["bytes=9-5", "bytes=0-1,5-6", "bytes=", "bytes=-", "lines=1-2", "x", "bytes=0-" + "9" * 5000]
)
def test_what_is_no_range_is_ignored(client: TestClient, key: str, content: bytes, asked: str) -> None:
    answer = client.get(f"/v1/recordings/{key}/media", headers={"Range": asked})
    assert (answer.status_code, len(answer.content)) == (200, len(content))


def test_a_player_that_goes_on_gets_the_whole_of_a_file_that_changed(client: TestClient, key: str) -> None:
    tag = client.get(f"/v1/recordings/{key}/media").headers["etag"]
    ranged = {"Range": "bytes=0-9"}
    assert client.get(f"/v1/recordings/{key}/media", headers={**ranged, "If-Range": tag}).status_code == 206
    assert client.get(f"/v1/recordings/{key}/media", headers={**ranged, "If-Range": '"old"'}).status_code == 200


def test_a_transcript_that_came_alone_has_no_sound(client: TestClient, installation: Installation) -> None:
    key = accepted(installation, "weekly.vtt", TALK).key
    answer = client.get(f"/v1/recordings/{key}/media")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_media")


def test_a_file_that_is_gone_is_no_error_of_the_service(client: TestClient, installation: Installation) -> None:
    key = installation.store.recordings.accept(new_recording(1)).key
    assert client.get(f"/v1/recordings/{key}/media").status_code == 404


@pytest.mark.parametrize("container", [None, "svg", "html", ""])
def test_what_is_no_sound_is_served_as_bytes_only(
    client: TestClient, installation: Installation, container: str | None
) -> None:
    facts = new_recording(1).facts
    assert facts is not None
    facts = facts.model_copy(update={"container": container or ""})
    key = installation.store.recordings.accept(new_recording(1, media_file="original.html", facts=facts)).key
    path = installation.settings.recordings / key / "original.html"
    path.parent.mkdir(parents=True)
    path.write_text("<script>alert(1)</script>")
    answer = client.get(f"/v1/recordings/{key}/media")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/octet-stream")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_token_for_the_recording_is_enough_and_for_another_one_is_not(
    client: TestClient, installation: Installation, key: str
) -> None:
    other = accepted(installation, "daily.wav").key
    shown = {"Authorization": f"Bearer {installation.store.api_keys.create('reader', 'read').key}"}
    assert client.get(f"/v1/recordings/{key}/media").status_code == 401
    token = client.post(f"/v1/recordings/{key}/token", headers=shown).json()["token"]
    assert client.get(f"/v1/recordings/{key}/media", params={"token": token}).status_code == 200
    assert client.get(f"/v1/recordings/{other}/media", params={"token": token}).status_code == 401


def test_ranges_hold_over_a_real_connection(installation: Installation, key: str, content: bytes) -> None:
    with (
        served(installation.settings.home) as service,
        httpx.Client(base_url=service.url, trust_env=False, timeout=60) as http,
    ):
        pieces = [
            http.get(f"/v1/recordings/{key}/media", headers={"Range": f"bytes={start}-{start + 4095}"}).content
            for start in range(0, len(content), 4096)
        ]
        assert b"".join(pieces) == content
        with http.stream("GET", f"/v1/recordings/{key}/media") as answer:
            next(answer.iter_bytes(100))  # a player that disconnects halfway
        assert http.get("/healthz").status_code == 200
