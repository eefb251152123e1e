"""Submitting over HTTP, against the real service process: what is accepted, what is refused, and what remains."""

import json
import shutil
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from meeting_pipeline import policies
from meeting_pipeline.installation import Installation, open_installation
from meeting_pipeline.settings import load_settings
from meeting_pipeline.steps.operations.delete import delete_recording
from meeting_pipeline_tests.api.serving import Served, served
from meeting_pipeline_tests.installations import TALK, close, sha256_of
from meeting_pipeline_tests.scenario.media import wav

SECRET = "canary-webhook-secret-77aa"


@dataclass
class Site:
    """A running service and its home."""

    service: Served
    installation: Installation

    def post(self, **request: Any) -> httpx.Response:
        return httpx.post(f"{self.service.url}/v1/recordings", timeout=120, trust_env=False, **request)

    def upload(
        self, name: str, content: bytes, key: str | None = None, fields: Any = None, **more: Any
    ) -> httpx.Response:
        headers = {"Idempotency-Key": key} if key else {}
        return self.post(files={"file": (name, content)}, data=fields or {}, headers=headers, **more)

    def staged(self) -> list[str]:
        """Names of the files in the staging folder."""
        return [str(path) for path in (self.installation.settings.recordings / ".incoming").rglob("*")]

    def rows(self, content: bytes) -> int:
        return self.installation.store.recordings.find_by_hash(sha256_of(content)) is not None


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, migrated_database: Path) -> Iterator[Site]:
    """One service for the module: each test submits its own content. Transcripts would have to be ordered."""
    home = tmp_path_factory.mktemp("site")
    shutil.copyfile(migrated_database, home / "meetings.sqlite3")
    variables = {"MEETING_PIPELINE_WEBHOOK_ALLOW": "127.0.0.1", "ASSEMBLYAI_API_KEY": "key-for-nobody"}
    installation = open_installation(load_settings({"MEETING_PIPELINE_HOME": str(home), **variables}))
    with served(home, variables) as service:
        yield Site(service, installation)
    close(installation)


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    document: dict[str, Any] = answer.json()
    assert (answer.status_code, document["code"]) == (status, code), answer.text
    return document


# --- taken ------------------------------------------------------------------------------------------------------------


def test_an_upload_is_answered_when_it_is_stored(site: Site) -> None:
    content = wav("stored")
    answer = site.upload(
        "../../Weekly \u202e.WAV", content,
        fields={"title": "Weekly", "date": "2026-05-04", "participants": ["Dana", "Priya"], "speakers_expected": "2",
                "language": "en_us", "webhook_url": "http://127.0.0.1:9/hook", "webhook_secret": SECRET},
    )  # fmt: skip
    assert answer.status_code == 202
    said = answer.json()
    row = site.installation.store.recordings.get(said["recording_id"])
    assert answer.headers["location"] == said["links"]["self"] == f"/v1/recordings/{row.key}"
    assert (said["status"], said["stage"], said["duplicate"], said["retried"]) == ("pending", "ordering", False, False)
    assert row.key == "2026-05-04-weekly"
    assert (row.title, row.participants, row.speakers_expected, row.source) == ("Weekly", ["Dana", "Priya"], 2, "api")
    assert row.language == "en_us"
    assert "/" not in row.original_name
    assert row.original_name.endswith(".WAV")
    assert row.registered_at is None
    assert (site.installation.settings.recordings / row.key / "original.wav").read_bytes() == content
    assert site.staged() == []
    assert SECRET not in answer.text


def test_options_can_be_one_field_of_json(site: Site) -> None:
    options = json.dumps({"title": "Planning", "keyterms": ["Kafka"], "date": "2026-05-05"})
    answer = site.upload("p.wav", wav("options"), fields={"options": options})
    assert site.installation.store.recordings.get(answer.json()["recording_id"]).keyterms == ["Kafka"]


def test_the_same_content_again_is_a_duplicate_of_one_recording(site: Site) -> None:
    first, second = (site.upload(name, wav("twice")).json() for name in ("a.wav", "b.wav"))
    assert (first["duplicate"], second["duplicate"]) == (False, True)
    assert first["recording_id"] == second["recording_id"]


def test_details_that_are_sent_with_known_content_are_said_to_be_ignored(site: Site) -> None:
    key = site.upload("a.wav", wav("wish"), fields={"title": "Weekly", "date": "2026-05-04"}).json()["recording_id"]
    fields = {"title": "Board", "date": "2026-05-05", "language": "de", "keyterms": ["Kafka"], "participants": ["Ada"]}
    said = site.upload("b.wav", wav("wish"), fields=fields).json()
    assert (said["duplicate"], said["recording_id"]) == (True, key)
    assert [one["field"] for one in said["ignored"]] == ["title", "date", "participants", "language", "keyterms"]
    assert (said["ignored"][0]["given"], said["ignored"][0]["kept"]) == ("Board", "Weekly")
    assert f"PATCH /v1/recordings/{key}" in said["ignored"][1]["advice"]
    assert "reprocess" in said["ignored"][3]["advice"]
    assert "title, date, participants, language, keyterms" in said["note"]
    assert site.installation.store.recordings.get(key).title == "Weekly"
    given = dict(fields.items())
    assert (
        httpx.patch(f"{site.service.url}/v1/recordings/{key}", json=given, trust_env=False, timeout=60).status_code
        == 200
    )
    again = site.upload("b.wav", wav("wish"), fields=fields).json()
    assert (again["ignored"], again["note"]) == ([], None)


def test_a_transcript_beside_a_recording_needs_no_order(site: Site) -> None:
    files = {"file": ("t.wav", wav("with transcript")), "transcript": ("t.vtt", TALK.encode())}
    said = site.post(files=files).json()
    assert said["stage"] == "ready"
    assert site.installation.store.recordings.get(said["recording_id"]).transcript_file == "transcript.vtt"


def test_a_transcript_beside_a_recording_that_is_known_without_one_is_said_not_to_be_used(site: Site) -> None:
    site.upload("k.wav", wav("known"))
    files = {"file": ("k.wav", wav("known")), "transcript": ("k.vtt", TALK.encode())}
    assert "not used" in site.post(files=files).json()["note"]


def test_a_transcript_alone_is_a_recording_without_sound(site: Site) -> None:
    said = site.upload("talk.vtt", TALK.encode()).json()
    assert site.installation.store.recordings.get(said["recording_id"]).media_file is None


# --- refused ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("a.exe", b"MZ", 422, "unsupported_type"),
        ("noend", b"x", 422, "unsupported_type"),
        ("a.wav", b"no sound", 422, "not_media"),
        ("a.wav", b"", 422, "not_media"),
        ("a.vtt", b"WEBVTT\n", 422, "empty_transcript"),
        ("a.txt", b"x" * (policies.MAX_TRANSCRIPT_BYTES + 1), 413, "too_large"),
    ],
)
def test_a_bad_file_is_a_problem_and_leaves_nothing(
    site: Site, name: str, content: bytes, status: int, code: str
) -> None:
    before = len(site.installation.store.recordings.list(limit=1000))
    target = {"webhook_url": "http://127.0.0.1:9/hook"}
    document = problem(site.upload(name, content, fields=target), status, code)
    assert document["advice"]
    assert len(site.installation.store.recordings.list(limit=1000)) == before
    assert site.staged() == []
    assert list(site.installation.settings.rejected.iterdir()) == []


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"tilte": "x"}, "tilte"),
        ({"speakers_expected": "many"}, "speakers_expected"),
        ({"date": "yesterday"}, "date"),
        ({"title": ["a", "b"]}, "title"),
        ({"webhook_secret": "short"}, "webhook_secret"),
        ({"options": "{"}, "options"),
        ({"options": '{"tilte": 1}'}, "tilte"),
        ({"options": "{}", "title": "x"}, "options"),
    ],
)
def test_a_wrong_field_is_named(site: Site, fields: dict[str, Any], at: str) -> None:
    document = problem(site.upload("a.wav", wav("fields"), fields=fields), 422, "invalid_request")
    assert [error["at"] for error in document["errors"]] == [at]


def test_a_secret_is_in_no_error(site: Site) -> None:
    for fields in (
        {"webhook_secret": SECRET, "speakers_expected": "0"},
        {"options": json.dumps({"webhook_secret": SECRET, "title": 5})},
        {"options": f'{{"webhook_secret": "{SECRET}'},
        {"webhook_secret": f"{SECRET}\n", "webhook_url": "http://127.0.0.1:9/x"},
        {"webhook_url": f"http://user:{SECRET}@127.0.0.1/"},
    ):
        answer = site.upload("a.wav", wav("secret"), fields=fields)
        assert answer.status_code == 422, answer.text
        assert SECRET not in answer.text
    assert SECRET not in site.service.log.read_text()


def test_a_body_that_is_no_form_is_told(site: Site) -> None:
    problem(site.post(content=b"x"), 415, "unsupported_media_type")
    form = {"Content-Type": "multipart/form-data; boundary=b"}
    problem(site.post(content=b"x", headers=form), 400, "malformed_form")
    problem(site.post(content=b"x", headers={"Content-Type": "multipart/form-data"}), 400, "malformed_form")
    problem(site.post(content=b"--b--\r\n", headers=form), 422, "invalid_request")
    problem(site.post(content=b"[]", headers={"Content-Type": "application/json"}), 422, "invalid_request")


def request_head(site: Site, length: int, *more: str) -> bytes:
    lines = ["POST /v1/recordings HTTP/1.1", f"Host: {urlsplit(site.service.url).netloc}", f"Content-Length: {length}",
             "Content-Type: multipart/form-data; boundary=b", *more]  # fmt: skip
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def connect(site: Site) -> socket.socket:
    address = urlsplit(site.service.url)
    return socket.create_connection((address.hostname or "", address.port or 0), timeout=60)


def test_what_announces_too_much_is_refused_before_it_is_read(site: Site) -> None:
    with connect(site) as link:
        link.sendall(request_head(site, 6 * 1024**3, "Expect: 100-continue", "Connection: close"))
        answer = b""
        while block := link.recv(65536):
            answer += block
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"too_large" in answer


def test_an_upload_that_is_cut_leaves_nothing_and_its_key_can_be_used_at_once(site: Site) -> None:
    content = wav("cut", 60.0)
    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="cut.wav"\r\n\r\n'
    with connect(site) as link:
        link.sendall(request_head(site, len(part) + len(content) + 7, 'Idempotency-Key: "cut"') + part)
        link.sendall(content[: len(content) // 2])
        wait_for(lambda: site.staged(), "the upload to begin")
    wait_for(lambda: not site.staged(), "the cut upload to be cleared")
    assert not site.rows(content)
    wait_for(lambda: site.upload("cut.wav", content, '"cut"').status_code == 202, "the key to be free")


def wait_for(condition: Any, what: str) -> None:
    import time

    deadline = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < deadline, f"waited for {what}"
        time.sleep(0.05)


# --- repeated ---------------------------------------------------------------------------------------------------------


def test_a_repeated_request_gets_the_first_answer(site: Site) -> None:
    first = site.upload("r.wav", wav("repeat"), "repeat-1")
    again = site.upload("r.wav", wav("repeat"), '"repeat-1"')
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["location"] == first.headers["location"]
    assert ("idempotency-replayed" in first.headers, again.headers["idempotency-replayed"]) == (False, "true")
    assert first.json()["duplicate"] is False


def test_a_repetition_after_the_deletion_is_refused_and_a_new_key_makes_a_new_recording(site: Site) -> None:
    first = site.upload("r.wav", wav("gone"), "gone-1").json()["recording_id"]
    site.installation.store.cancelling.cancel(first)
    delete_recording(site.installation, first, "ops")
    refused = site.upload("r.wav", wav("gone"), "gone-1")
    assert first not in json.dumps(problem(refused, 410, "recording_deleted"))
    problem(site.upload("r.wav", wav("not gone"), "gone-1"), 422, "idempotency_mismatch")
    assert not site.rows(wav("gone"))
    again = site.upload("r.wav", wav("gone"), "gone-2")
    assert (again.status_code, again.json()["duplicate"]) == (202, False)
    assert again.json()["recording_id"] != first
    assert httpx.get(f"{site.service.url}{again.headers['location']}", trust_env=False, timeout=60).status_code == 200
    assert httpx.get(f"{site.service.url}/v1/recordings/{first}", trust_env=False, timeout=60).status_code == 404


def test_a_refusal_is_repeated_too(site: Site) -> None:
    first = site.upload("r.wav", b"no sound", "refused-1")
    again = site.upload("r.wav", b"no sound", "refused-1")
    assert again.headers["idempotency-replayed"] == "true"
    assert (problem(again, 422, "not_media"), again.content) == (first.json(), first.content)


def test_a_key_that_comes_with_another_request_is_refused(site: Site) -> None:
    site.upload("r.wav", wav("mine"), "other-1")
    problem(site.upload("r.wav", wav("other"), "other-1"), 422, "idempotency_mismatch")
    problem(site.upload("r.wav", wav("mine"), "other-1", {"title": "other"}), 422, "idempotency_mismatch")
    assert not site.rows(wav("other"))


def test_a_request_that_was_wrong_does_not_use_up_its_key(site: Site) -> None:
    problem(site.upload("r.wav", wav("mended"), "mended-1", {"tilte": "x"}), 422, "invalid_request")
    assert site.upload("r.wav", wav("mended"), "mended-1").status_code == 202


@pytest.mark.parametrize("key", ['""', '"a', "a b", "x" * 256, '"ä"'.encode("latin-1")])
def test_a_key_that_is_none_is_told(site: Site, key: Any) -> None:
    answer = site.post(files={"file": ("a.wav", wav("key"))}, headers={"Idempotency-Key": key})
    problem(answer, 400, "idempotency_key_invalid")


def test_fifty_uploads_at_once_with_one_key_are_one_submission(site: Site) -> None:
    content = wav("fifty with one key", 5.0)
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: site.upload("f.wav", content, "fifty"), range(50)))
    statuses = {answer.status_code for answer in answers}
    assert statuses <= {202, 409}
    taken = [answer for answer in answers if answer.status_code == 202]
    assert len({answer.content for answer in taken}) == 1
    assert [answer.headers.get("idempotency-replayed") for answer in taken].count(None) == 1
    for answer in answers:
        if answer.status_code == 409:
            problem(answer, 409, "idempotency_in_progress")
            assert int(answer.headers["retry-after"]) > 0
    row = site.installation.store.recordings.find_by_hash(sha256_of(content))
    assert row is not None
    assert site.installation.store.overviews.get(row.key).submissions == 1


def test_fifty_uploads_at_once_with_keys_of_their_own_are_one_recording(site: Site) -> None:
    content = wav("fifty with fifty keys", 5.0)
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda number: site.upload("f.wav", content, f"fifty-{number}"), range(50)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["recording_id"] for answer in answers}) == 1
    assert [answer.json()["duplicate"] for answer in answers].count(False) == 1


# --- by URL -----------------------------------------------------------------------------------------------------------


def test_a_source_is_fetched_and_taken(site: Site, files: str) -> None:
    answer = site.post(json={"source_url": f"{files}/fetched.wav", "title": "Fetched"})
    row = site.installation.store.recordings.get(answer.json()["recording_id"])
    assert (row.title, row.original_name) == ("Fetched", "fetched.wav")
    assert row.sha256 == sha256_of(wav("fetched"))


def test_the_type_of_a_source_without_an_ending_is_what_its_server_says(site: Site, files: str) -> None:
    by_type = site.post(json={"source_url": f"{files}/download?id=1"}).json()
    assert site.installation.store.recordings.get(by_type["recording_id"]).original_name == "download.wav"
    by_name = site.post(json={"source_url": f"{files}/named"}).json()
    assert site.installation.store.recordings.get(by_name["recording_id"]).original_name == "Board.wav"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/missing.wav", "source_failed"), ("/moved.wav", "source_failed"), ("/broken.wav", "source_unreachable"),
        ("/page", "unsupported_type"), ("/page.html", "bad_transcript"), ("/silly.wav", "not_media"),
    ],
)  # fmt: skip
def test_a_source_that_cannot_be_had_is_told(site: Site, files: str, path: str, code: str) -> None:
    problem(site.post(json={"source_url": f"{files}{path}"}), 422, code)
    assert site.staged() == []


@pytest.mark.parametrize(
    "url",
    ["http://169.254.169.254/latest/meta.wav", "http://10.0.0.1/a.wav", "http://[::1]/a.wav", "file:///etc/passwd", "ftp://x/a.wav",
     "http://user:pw@example.com/a.wav", "http://8.8.8.8:22/a.wav", "nonsense", ""],
)  # fmt: skip
def test_a_source_inside_is_refused_before_anything_is_dialled(site: Site, url: str) -> None:
    document = problem(site.post(json={"source_url": url}), 422, "source_refused")
    assert "webhook" not in document["detail"].lower()


def test_a_source_that_is_not_reached_uses_up_no_key(site: Site, files: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    headers = {"Idempotency-Key": "source-1"}
    body = {"source_url": f"http://127.0.0.1:{port}/a.wav"}
    problem(site.post(json=body, headers=headers), 422, "source_unreachable")
    body = {"source_url": f"{files}/fetched.wav"}
    assert site.post(json=body, headers=headers).status_code == 202
    assert site.post(json=body, headers=headers).headers["idempotency-replayed"] == "true"


@pytest.fixture(scope="module")
def files() -> Iterator[str]:
    """A server of files."""
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import RedirectResponse, Response, StreamingResponse
    from starlette.routing import Route

    from meeting_pipeline_tests.fakes.server import LoopbackServer

    async def torn() -> Any:
        yield b"RIFF"
        raise RuntimeError("torn")

    async def get(request: Request) -> Response:
        path = request.path_params["path"]
        if path == "fetched.wav":
            return Response(wav("fetched"))
        if path == "download":
            return Response(wav("by type"), media_type="audio/wav")
        if path == "named":
            return Response(wav("by name"), headers={"Content-Disposition": 'attachment; filename="x/Board.wav"'})
        if path == "moved.wav":
            return RedirectResponse("/fetched.wav")
        if path == "broken.wav":
            return StreamingResponse(torn(), headers={"Content-Length": "1000"})
        if path in ("page", "page.html"):
            return Response("<html><body><p>Please sign in.</p></body></html>", media_type="text/html")
        return Response("no sound") if path == "silly.wav" else Response(status_code=404)

    with LoopbackServer(Starlette(routes=[Route("/{path:path}", get)])) as server:
        yield server.url


# --- a client that waits for 100 Continue (curl sends `Expect` with large bodies) ---------------------------------------


def _asking_first(site: Site, head: bytes, body: bytes) -> tuple[bytes, bytes]:
    """The service's responses before and after the body is sent. The body is sent only if the service asks for it."""
    address = urlsplit(site.service.url)
    with socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=60) as connection:
        lines = [b"POST /v1/recordings HTTP/1.1", b"Host: " + address.netloc.encode(), b"Expect: 100-continue", head]
        connection.sendall(b"\r\n".join([*lines, b"Connection: close", b"", b""]))
        first = connection.recv(65536)
        if not first.startswith(b"HTTP/1.1 100 "):
            return first, b""
        connection.sendall(body)
        return first, b"".join(iter(lambda: connection.recv(65536), b""))


def test_a_client_that_asks_first_is_told_to_go_on(site: Site) -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="e.wav"\r\n\r\n' + wav("asks") + b"\r\n--b--\r\n"
    )
    head = b"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: " + str(len(body)).encode()
    asked, answered = _asking_first(site, head, body)
    assert asked.startswith(b"HTTP/1.1 100 ")
    assert b"HTTP/1.1 202 " in asked + answered


def test_reference_and_metadata_come_in_a_form_or_as_json(site: Site) -> None:
    metadata = {"site": "Ulm", "n": 7}
    fields = {"reference": "cms-form", "metadata": json.dumps(metadata)}
    key = site.upload("a.wav", wav("attached"), fields=fields).json()["recording_id"]
    nested = {"options": json.dumps({"reference": "cms-options", "metadata": metadata})}
    again = site.upload("a.wav", wav("attached"), fields=nested).json()
    assert (again["recording_id"], again["duplicate"], again["ignored"]) == (key, True, [])
    attached = site.installation.store.overviews.get(key).attached
    assert (attached.references, attached.metadata) == (("cms-options", "cms-form"), metadata)


@pytest.mark.parametrize(
    ("name", "value"),
    [("metadata", "[1]"), ("metadata", '{"a": 1, "a": 2}'), ("reference", "a\nb"), ("webhook_body", "slim")],
)
def test_a_field_that_is_not_understood_is_named(site: Site, name: str, value: str) -> None:
    answer = site.upload("a.wav", b"", fields={name: value})
    assert answer.status_code == 422
    assert [one["at"] for one in answer.json()["errors"]] == [name]


def test_another_reference_under_the_same_idempotency_key_is_another_request(site: Site) -> None:
    content = wav("attached-again")
    assert site.upload("a.wav", content, "ref-1", {"reference": "one"}).status_code == 202
    assert site.upload("a.wav", content, "ref-1", {"reference": "one"}).headers["idempotency-replayed"] == "true"
    assert site.upload("a.wav", content, "ref-1", {"reference": "two"}).json()["code"] == "idempotency_mismatch"
