"""Who may call a route, with which credentials, and for how long."""

from collections.abc import Iterator
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient

from meeting_pipeline import policies
from meeting_pipeline.api import policies as api_policies
from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.api.security.access import Caller, require
from meeting_pipeline.api.security.tokens import readable_with_token
from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.installations import Clock, accepted

BASE = "http://127.0.0.1:3001"


def _app(installation: Installation, *, guarded: bool = False) -> FastAPI:
    app = build_app(Service(installation, guarded=guarded))

    @app.get("/v1/x/read")
    def read(caller: Annotated[Caller, Depends(require("read"))]) -> str:
        return caller.name

    @app.post("/v1/x/submit")
    def submit(caller: Annotated[Caller, Depends(require("submit"))]) -> str:
        return caller.name

    @app.post("/v1/x/admin")
    def admin(caller: Annotated[Caller, Depends(require("admin"))]) -> str:
        return caller.id

    @app.get("/v1/x/{recording_id}/stream")
    def stream(recording_id: str, caller: Annotated[Caller, Depends(readable_with_token)]) -> str:
        return caller.id

    return app


@pytest.fixture
def client(installation: Installation) -> Iterator[TestClient]:
    with TestClient(_app(installation), base_url=BASE) as client:
        yield client


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def test_while_there_is_no_key_this_machine_needs_none(client: TestClient) -> None:
    assert client.post("/v1/x/admin").json() == "local"


def test_from_the_first_key_on_every_caller_needs_one(client: TestClient, installation: Installation) -> None:
    installation.store.api_keys.create("cms", "read")
    answer = client.get("/v1/x/read")
    assert answer.status_code == 401
    assert answer.json()["code"] == "key_missing"
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_key_that_another_process_made_is_noticed_without_a_restart(
    client: TestClient, installation: Installation, open_with: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "API_KEYS_SEEN_SECONDS", 0.0)
    assert client.get("/v1/x/read").status_code == 200
    other = open_with()  # type: ignore[operator]  # the fixture's type is a callable
    other.store.api_keys.create("cms", "read")
    assert client.get("/v1/x/read").status_code == 401


@pytest.mark.parametrize(
    ("scope", "allowed"), [("read", (200, 403, 403)), ("submit", (200, 200, 403)), ("admin", (200, 200, 200))]
)
def test_a_scope_includes_those_before_it(
    client: TestClient, installation: Installation, scope: str, allowed: tuple[int, ...]
) -> None:
    key = _bearer(installation.store.api_keys.create("cms", scope).key)
    answers = (
        client.get("/v1/x/read", headers=key),
        client.post("/v1/x/submit", headers=key),
        client.post("/v1/x/admin", headers=key),
    )
    assert tuple(answer.status_code for answer in answers) == allowed


def test_a_revoked_key_is_refused_at_once(client: TestClient, installation: Installation) -> None:
    keys = installation.store.api_keys
    keys.create("another", "read")
    made = keys.create("cms", "read")
    assert client.get("/v1/x/read", headers=_bearer(made.key)).status_code == 200
    keys.revoke(made.id)
    answer = client.get("/v1/x/read", headers=_bearer(made.key))
    assert (answer.status_code, answer.json()["code"]) == (401, "key_unknown")
    assert made.key not in answer.text


def test_a_wrong_key_is_refused_also_where_none_is_asked_for(client: TestClient) -> None:
    assert client.get("/v1/x/read", headers=_bearer("mp_wrong")).status_code == 401


def test_a_service_that_others_reach_serves_nobody_without_a_key(installation: Installation) -> None:
    with TestClient(_app(installation, guarded=True), base_url=BASE) as client:
        assert client.get("/v1/x/read").status_code == 401


@pytest.mark.parametrize("host", ["evil.example", "evil.example:3001", "127.0.0.1.evil.example", "[", ""])
def test_without_a_key_a_name_that_was_rebound_to_this_machine_is_refused(client: TestClient, host: str) -> None:
    answer = client.get("/v1/x/read", headers={"Host": host})
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_host")


@pytest.mark.parametrize("host", ["localhost:3001", "LOCALHOST", "[::1]:3001", "127.0.0.1"])
def test_without_a_key_the_names_of_this_machine_are_served(client: TestClient, host: str) -> None:
    assert client.get("/v1/x/read", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:3000", "http://localhost:3001"])
def test_without_a_key_a_page_of_another_origin_changes_and_asks_nothing(client: TestClient, origin: str) -> None:
    for answer in (
        client.post("/v1/x/admin", headers={"Origin": origin}),
        client.get("/v1/x/read", headers={"Origin": origin}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", "something new"])
def test_without_a_key_a_browser_that_names_another_site_changes_nothing(client: TestClient, site: str) -> None:
    for headers in ({"Sec-Fetch-Site": site}, {"Sec-Fetch-Site": site, "Origin": BASE}):
        answer = client.post("/v1/x/admin", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
    assert client.post("/v1/x/admin", headers={"Sec-Fetch-Site": "same-origin", "Origin": BASE}).status_code == 200


@pytest.mark.parametrize("mode", [{}, {"Sec-Fetch-Mode": "no-cors"}, {"Sec-Fetch-Mode": "navigate"}])
@pytest.mark.parametrize("site", ["cross-site", "same-site", "something new"])
def test_without_a_key_a_page_of_another_site_asks_nothing(client: TestClient, site: str, mode: dict[str, str]) -> None:
    for answer in (
        client.get("/v1/x/read", headers={"Sec-Fetch-Site": site, **mode}),
        client.get("/v1/recordings", headers={"Sec-Fetch-Site": site, **mode}),
        client.get("/v1/x/weekly/stream", params={"token": "x"}, headers={"Sec-Fetch-Site": site, **mode}),
        client.get("/metrics", headers={"Sec-Fetch-Site": site, **mode}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")


def test_without_a_key_the_page_a_typed_address_and_a_program_ask_what_they_like(client: TestClient) -> None:
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}, {}):
        assert client.get("/v1/x/read", headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/", "/page/app.js", "/healthz"])
def test_a_link_on_another_site_leads_to_the_page(client: TestClient, path: str) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert client.get(path, headers=headers).status_code == 200


def test_with_a_key_a_program_in_a_browser_of_another_origin_is_served(
    client: TestClient, installation: Installation
) -> None:
    key = _bearer(installation.store.api_keys.create("cms", "read").key)
    foreign = {"Origin": "https://cms.example", "Sec-Fetch-Site": "cross-site"}
    assert client.get("/v1/x/read", headers={**key, **foreign}).status_code == 200


def test_without_a_key_two_hosts_or_a_malformed_origin_are_refused(client: TestClient) -> None:
    hosts = [("Host", "127.0.0.1:3001"), ("Host", "evil.example")]
    assert client.get("/v1/x/read", headers=hosts).json()["code"] == "foreign_host"
    for origin in ("http://[", ""):
        assert client.post("/v1/x/admin", headers={"Origin": origin}).json()["code"] == "foreign_origin"


def test_without_a_key_a_foreign_page_hands_no_recording_in(client: TestClient) -> None:
    form = {"content-type": "multipart/form-data; boundary=x"}
    for headers in (
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "evil.example:3001"},
    ):
        assert client.post("/v1/recordings", headers={**form, **headers}, content=b"--x--").status_code == 403


def test_without_a_key_the_services_own_page_changes_things(client: TestClient) -> None:
    assert client.post("/v1/x/admin", headers={"Origin": BASE}).status_code == 200


def test_a_token_reads_its_recording_and_no_other(client: TestClient, installation: Installation) -> None:
    key = _bearer(installation.store.api_keys.create("cms", "read").key)
    recording = accepted(installation).key
    token = client.post(f"/v1/recordings/{recording}/token", headers=key).json()["token"]
    assert client.get(f"/v1/x/{recording}/stream", params={"token": token}).status_code == 200
    assert client.get("/v1/x/another/stream", params={"token": token}).status_code == 401
    assert client.get("/v1/x/read", params={"token": token}).status_code == 401


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "99999999999.local.x", "é.é.é", "." * 1000])
def test_a_token_that_was_made_up_is_refused(client: TestClient, token: str) -> None:
    answer = client.get("/v1/x/weekly/stream", params={"token": token})
    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")


def test_a_token_ends_after_ten_minutes(client: TestClient, installation: Installation, clock: Clock) -> None:
    recording = accepted(installation).key
    token = client.post(f"/v1/recordings/{recording}/token").json()["token"]
    clock.advance(api_policies.RECORDING_TOKEN_SECONDS - 30)
    assert client.get(f"/v1/x/{recording}/stream", params={"token": token}).status_code == 200
    clock.advance(31)
    answer = client.get(f"/v1/x/{recording}/stream", params={"token": token})
    assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")


def test_a_token_ends_with_the_key_that_made_it(client: TestClient, installation: Installation) -> None:
    keys = installation.store.api_keys
    keys.create("another", "read")
    made = keys.create("cms", "read")
    recording = accepted(installation).key
    token = client.post(f"/v1/recordings/{recording}/token", headers=_bearer(made.key)).json()["token"]
    keys.revoke(made.id)
    assert client.get(f"/v1/x/{recording}/stream", params={"token": token}).status_code == 401


def test_a_token_from_before_the_first_key_ends_with_it(client: TestClient, installation: Installation) -> None:
    recording = accepted(installation).key
    token = client.post(f"/v1/recordings/{recording}/token").json()["token"]
    assert client.get(f"/v1/x/{recording}/stream", params={"token": token}).json() == "local"
    installation.store.api_keys.create("cms", "read")
    assert client.get(f"/v1/x/{recording}/stream", params={"token": token}).status_code == 401


def test_a_token_is_made_for_no_recording_that_is_not_there(client: TestClient) -> None:
    answer = client.post("/v1/recordings/nothing/token")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_recording")
