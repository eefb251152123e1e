"""A link to a meeting shows that meeting and nothing else, to anybody who has it, as long as it is valid."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from fastapi.testclient import TestClient

from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.domain.answers import Unavailable
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.installation import Installation
from meeting_pipeline.store.api.share_links import MOST_DAYS, Shared
from meeting_pipeline.store.tables import ShareLink
from meeting_pipeline_tests.installations import Clock, accepted
from meeting_pipeline_tests.scenario.media import vtt
from meeting_pipeline_tests.steps.journeys import collected, completed
from meeting_pipeline_tests.store.samples import Journey, action_items, failed

MARKUP = "<script>alert(1)</script><a href=https://evil.example>here</a>"
WORDS = "I will send the draft of the plan by Friday."


@pytest.fixture
def client(installation: Installation) -> Iterator[TestClient]:
    """A service that other machines reach: everything else on it needs a key."""
    with TestClient(build_app(Service(installation, guarded=True)), base_url="http://meetings.example") as client:
        yield client


@pytest.fixture
def reader(installation: Installation) -> dict[str, str]:
    return {"Authorization": f"Bearer {installation.store.api_keys.create('cms', 'submit').key}"}


def meeting(installation: Installation, title: str = "Weekly", *, run: str = "run-1") -> str:
    talk = vtt(("Dana", f"Good morning {run}. {MARKUP}"), ("Priya", WORDS))
    row = accepted(installation, f"{run}.vtt", talk, title=title, participants=["Dana", "Priya"])
    collected(installation, row, run)
    completed(installation, row, run)
    return row.key


def shared(client: TestClient, reader: dict[str, str], key: str, **wanted: Any) -> dict[str, Any]:
    made = client.post(f"/v1/meetings/{key}/shares", json=wanted, headers=reader)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


def path(made: dict[str, Any]) -> str:
    return str(made["url"]).removeprefix("http://meetings.example")


class Tags(HTMLParser):
    """Tags with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_the_minutes_are_read_without_a_key(
    client: TestClient, installation: Installation, reader: dict[str, str]
) -> None:
    made = shared(client, reader, meeting(installation))
    page = client.get(path(made))
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert '<h1 dir="auto">Weekly</h1>' in page.text
    assert "Action items" in page.text
    assert "Good morning" not in page.text.split("Transcript")[-1]
    assert "<audio" not in page.text


def test_neither_commands_nor_the_id_of_the_recording_are_named(
    client: TestClient, installation: Installation, reader: dict[str, str]
) -> None:
    journey = Journey(installation.store).accept().begin().collect()
    gap = Unavailable(
        insight=Insight.SUMMARY, code="openai_key_refused", reason="The key was refused.",
        advice="Set OPENAI_API_KEY in /srv/meetings/.env, then run meeting-pipeline up.", retryable=False, retry_after_s=None,
    )  # fmt: skip
    journey.answer(action_items("Send it"))
    installation.store.results.store_gap(journey.key, journey.run_id, gap)
    journey.complete()
    page = client.get(path(shared(client, reader, journey.key))).text
    assert "The key was refused." in page
    assert not [secret for secret in ("meeting-pipeline", "OPENAI_API_KEY", "/srv/", journey.key) if secret in page]


def test_the_page_leads_nowhere_runs_nothing_and_is_not_indexed(
    client: TestClient, installation: Installation, reader: dict[str, str]
) -> None:
    page = client.get(path(shared(client, reader, meeting(installation, f"Weekly {MARKUP}"), transcript=True)))
    assert WORDS in page.text
    tags = Tags(page.text).found
    assert {tag for tag, _ in tags} & {"a", "script", "form", "iframe", "img", "base", "object"} == set()
    addresses = [value for _, attributes in tags for name, value in attributes.items() if name in ("href", "src")]
    assert addresses == ["../page/shared.css"]
    assert client.get("/page/shared.css").status_code == 200
    headers = page.headers
    assert headers["referrer-policy"] == "no-referrer"
    assert "noindex" in headers["x-robots-tag"]
    assert headers["cache-control"] == "private, no-store"
    assert headers["content-security-policy"].startswith("default-src 'none';")
    assert "script-src" not in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_edits_are_seen_and_no_other_meeting(
    client: TestClient, installation: Installation, reader: dict[str, str]
) -> None:
    key, other = meeting(installation), meeting(installation, "Secret", run="run-2")
    address = path(shared(client, reader, key, transcript=True))
    installation.store.recording_edits.change(key, {"title": "Renamed"}, by="Ada")
    page = client.get(address)
    assert "Renamed" in page.text
    assert "Secret" not in page.text
    assert "run-2" not in page.text
    token = address.rsplit("/", 1)[1]
    tried = [
        *(f"/v1/meetings/{one}{rest}" for one in (key, other) for rest in ("", "/minutes.md", "/transcript.vtt", "/shares")),
        f"/v1/recordings/{key}/media", "/v1/recordings", "/v1/search?q=secret", "/metrics",
    ]  # fmt: skip
    for route in tried:
        for headers in ({}, {"Authorization": f"Bearer {token}"}):
            assert client.get(route, headers=headers).status_code == 401, route
    for name in ("token", "key"):
        joined = "&" if "?" in tried[0] else "?"
        assert client.get(f"/v1/recordings/{key}/media{joined}{name}={token}").status_code in (401, 422)


def test_everything_that_is_wrong_with_a_link_gets_one_answer(
    client: TestClient, installation: Installation, reader: dict[str, str], clock: Clock
) -> None:
    key, doomed = meeting(installation), meeting(installation, "Doomed", run="run-2")
    good, expiring = shared(client, reader, key), shared(client, reader, key, days=1)
    revoked, deleted = shared(client, reader, key), shared(client, reader, doomed, transcript=True)
    assert (
        client.delete(f"/v1/meetings/{key}/shares/{revoked['share_id']}", headers=reader).json()["state"] == "revoked"
    )
    installation.store.deletions.delete(doomed, "ops")
    clock.advance(timedelta(days=1, seconds=1).total_seconds())
    assert client.get(path(good)).status_code == 200
    never = "/shared/ms_" + "A" * 43
    wrong = [
        path(expiring), path(revoked), path(deleted), never, path(good)[:-1], path(good) + "A",
        "/shared/" + path(good)[8:].swapcase(),

        f"/shared/{good['share_id']}", "/shared/ms_", "/shared/x", "/shared/" + "x" * 5000, "/shared/ms_%F0%9F%98%80",
        path(good) + "/sound", path(revoked) + "/sound", never + "/sound",
    ]  # fmt: skip
    answers = {(one.status_code, one.content, tuple(_lasting(one.headers))) for one in map(client.get, wrong)}
    assert len(answers) == 1, answers
    assert answers.pop()[0] == 404


def _lasting(headers: Any) -> list[tuple[str, str]]:
    return sorted((name, value) for name, value in headers.items() if name != "x-request-id")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_a_link_only_reads(client: TestClient, installation: Installation, reader: dict[str, str], method: str) -> None:
    made = shared(client, reader, meeting(installation))
    for address in (path(made), path(made) + "/sound", "/shared/ms_wrong"):
        assert client.request(method, address).status_code == 405
    assert client.head(path(made)).status_code == 200
    assert client.head("/shared/ms_wrong").status_code == 404


TRICKS = (
    "/..", "/../../v1/recordings", "/%2e%2e/%2e%2e/v1/recordings", "//sound", "%2f..%2fv1", "/minutes.md", "/sound/x",
)  # fmt: skip


@pytest.mark.parametrize("rest", TRICKS)
def test_no_trick_with_the_path_leads_elsewhere(
    client: TestClient, installation: Installation, reader: dict[str, str], rest: str
) -> None:
    made = shared(client, reader, meeting(installation))
    answer = client.get(path(made) + rest, follow_redirects=False)
    assert answer.status_code in (401, 404), answer.text
    assert 'recordings":' not in answer.text


def test_what_mail_programs_add_to_an_address_does_no_harm(
    client: TestClient, installation: Installation, reader: dict[str, str]
) -> None:
    assert (
        client.get(path(shared(client, reader, meeting(installation))) + "?utm_source=mail&fbclid=1").status_code == 200
    )


def test_the_sound_is_played_in_ranges_if_it_was_shared(client: TestClient, installation: Installation) -> None:
    key, links = accepted(installation, "weekly.wav").key, installation.store.share_links
    made = [links.create(key, Shared(with_sound=sound), 30, by="Ada").token for sound in (False, True)]
    silent, loud = (f"/shared/{token}" for token in made)
    assert client.get(f"{silent}/sound", headers={"Range": "bytes=0-3"}).status_code == 404
    page = client.get(loud).text
    [source] = re.findall(r'<audio [^>]*src="([^"]+)"', page)
    assert f"/shared/{source}" == f"{loud}/sound"
    assert page.index("</h1>") < page.index("<audio ")
    part = client.get(f"{loud}/sound", headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"RIFF")
    assert "noindex" in part.headers["x-robots-tag"]
    assert part.headers["cache-control"] == "private, no-store"
    assert key not in str(part.headers)
    beyond = client.get(f"{loud}/sound", headers={"Range": "bytes=999999999-"})
    assert (beyond.status_code, beyond.headers["cache-control"]) == (416, "private, no-store")
    assert beyond.headers["x-robots-tag"].startswith("noindex")
    assert "etag" not in beyond.headers
    assert beyond.headers["content-type"] == "application/problem+json"
    (installation.settings.recordings / key / str(installation.store.recordings.get(key).media_file)).unlink()
    assert client.get(f"{loud}/sound").content == client.get("/shared/ms_wrong").content


def test_making_a_link_takes_the_scope_submit_and_its_token_is_stored_nowhere(
    client: TestClient, installation: Installation, reader: dict[str, str]
) -> None:
    key = meeting(installation)
    weak = {"Authorization": f"Bearer {installation.store.api_keys.create('reader', 'read').key}"}
    assert client.post(f"/v1/meetings/{key}/shares", json={}, headers=weak).status_code == 403
    made = shared(client, reader, key)
    assert (made["created_by"], made["state"], made["transcript"], made["sound"]) == ("cms", "valid", False, False)
    listed = client.get(f"/v1/meetings/{key}/shares", headers=weak)
    assert [one["share_id"] for one in listed.json()["shares"]] == [made["share_id"]]
    token = path(made).rsplit("/", 1)[1]
    assert token not in listed.text
    [row] = installation.store.share_links.list(key)
    assert token not in str({column.name: getattr(row, column.name) for column in ShareLink.__table__.columns})
    refused = client.delete(f"/v1/meetings/{key}/shares/{made['share_id']}", headers=weak)
    assert refused.status_code == 403
    assert client.get(path(made)).status_code == 200


def test_a_link_of_another_meeting_is_not_revoked_through_this_one(
    client: TestClient, installation: Installation, reader: dict[str, str]
) -> None:
    key, other = meeting(installation), meeting(installation, "Other", run="run-2")
    made = shared(client, reader, other)
    for share_id in (made["share_id"], "share_", made["share_id"][:-1], "%", "share_000000000000"):
        answer = client.delete(f"/v1/meetings/{key}/shares/{share_id}", headers=reader)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_share")
    assert client.get(path(made)).status_code == 200


@pytest.mark.parametrize(
    ("wanted", "status"),
    [({"days": 0}, 422), ({"days": MOST_DAYS + 1}, 422), ({"day": 3}, 422), ({"sound": True}, 404)],
)
def test_a_link_that_cannot_be_made_says_why(
    client: TestClient, installation: Installation, reader: dict[str, str], wanted: dict[str, Any], status: int
) -> None:
    answer = client.post(f"/v1/meetings/{meeting(installation)}/shares", json=wanted, headers=reader)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert installation.store.share_links.list() == []


def test_what_has_no_transcript_is_not_shared(
    client: TestClient, installation: Installation, reader: dict[str, str]
) -> None:
    for key in (Journey(installation.store, number=1).accept().key, failed(installation.store, 2).key):
        answer = client.post(f"/v1/meetings/{key}/shares", json={}, headers=reader)
        assert (answer.status_code, answer.json()["code"]) == (404, "no_transcript")
    assert client.post("/v1/meetings/2025-03-14-weekly-0000000a/shares", headers=reader).status_code == 404


def test_a_link_expires_after_the_days_of_the_setting(
    client: TestClient, installation: Installation, reader: dict[str, str], clock: Clock
) -> None:
    made = shared(client, reader, meeting(installation))
    clock.advance(timedelta(days=30, seconds=-1).total_seconds())
    assert client.get(path(made)).status_code == 200
    clock.advance(1)
    assert client.get(path(made)).status_code == 404
