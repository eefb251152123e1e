"""Requests of one caller are limited, of others not; every answer says how many are left."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from meeting_pipeline.api import policies
from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.api.security.rate_limits import RateLimits, Standing
from meeting_pipeline.installation import Installation

BASE = "http://127.0.0.1:3001"
LIST = "/v1/recordings"


@dataclass
class Time:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Site:
    """A service with a limit of three requests a minute, and a clock that the test moves."""

    installation: Installation
    time: Time = field(default_factory=Time)

    def app(self) -> Any:
        app = build_app(Service(self.installation, guarded=False))
        app.state.rate_limits = RateLimits(3, clock=self.time)
        return app


@pytest.fixture
def site(installation: Installation) -> Site:
    return Site(installation)


@pytest.fixture
def client(site: Site) -> Iterator[TestClient]:
    with TestClient(site.app(), base_url=BASE) as client:
        yield client


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def used_up(client: TestClient, **request: Any) -> None:
    """Make all requests that are allowed, and one more."""
    statuses = [client.get(LIST, **request).status_code for _ in range(4)]
    assert 429 not in statuses[:3]
    assert statuses[3] == 429


def test_every_answer_says_how_many_requests_are_left(client: TestClient, site: Site) -> None:
    told = []
    for path in (LIST, "/v1/recordings/nothing", "/v1/nothing"):
        headers = client.get(path).headers
        told.append([headers[f"ratelimit-{name}"] for name in ("limit", "remaining", "reset")])
        assert "retry-after" not in headers
    assert told == [["3", "2", "20"], ["3", "1", "40"], ["3", "0", "60"]]
    site.time.now += 60
    assert client.get(LIST).headers["ratelimit-remaining"] == "2"


def test_one_request_too_many_is_refused_until_there_is_room(client: TestClient, site: Site) -> None:
    used_up(client)
    answer = client.get(LIST)
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"]
    wait = int(answer.headers["retry-after"])
    site.time.now += wait - 1
    assert client.get(LIST).status_code == 429
    site.time.now += 1
    assert client.get(LIST).status_code == 200


def test_refused_requests_do_not_make_the_wait_longer(client: TestClient, site: Site) -> None:
    used_up(client)
    for _ in range(100):
        client.get(LIST)
    site.time.now += 20
    assert client.get(LIST).status_code == 200


def test_each_key_has_its_own_limit_wherever_it_is_used(client: TestClient, installation: Installation) -> None:
    keys = [installation.store.api_keys.create(name, "read").key for name in ("cms", "script")]
    for key in keys:
        assert client.get(LIST, headers=bearer(key)).status_code == 200  # each is known from its first answer on
    for key in keys:
        used_up(client, headers=bearer(key))
    assert client.get(LIST).json()["code"] == "key_missing"


def test_a_key_is_known_after_a_restart_although_others_have_used_up_its_address(
    site: Site, installation: Installation
) -> None:
    key = installation.store.api_keys.create("cms", "read").key
    with TestClient(site.app(), base_url=BASE) as client:
        used_up(client)
        assert client.get(LIST, headers=bearer(key)).status_code == 200


def test_guessed_keys_count_for_the_address(client: TestClient, installation: Installation) -> None:
    key = installation.store.api_keys.create("cms", "read").key
    client.get(LIST, headers=bearer(key))
    guesses = [client.get(LIST, headers=bearer(f"mp_{n}")).status_code for n in range(4)]
    assert guesses == [401, 401, 429, 429]
    assert client.get(LIST, headers={"Authorization": f"bearer {key}"}).status_code == 200


def test_live_events_health_metrics_and_the_page_are_not_limited(client: TestClient) -> None:
    used_up(client)
    for path in ("/healthz", "/readyz", "/metrics", "/", "/v1/recordings/nothing/events"):
        answer = client.get(path)
        assert answer.status_code != 429
        assert "ratelimit-limit" not in answer.headers
    for path in ("/v1/meetings/events", "/v1/recordings/a/b/events", "/v1/search/events", "/v1/events/"):
        assert client.get(path).status_code == 429


def test_an_upload_that_is_refused_is_not_read(client: TestClient, site: Site) -> None:
    used_up(client)
    answer = client.post(LIST, files={"file": ("a.wav", b"x" * 100_000)})
    assert answer.status_code == 429
    assert site.installation.store.recordings.list() == []


def test_addresses_of_one_network_of_ipv6_are_one_caller() -> None:
    limits = RateLimits(2, clock=Time())

    def check(host: str) -> Standing | None:
        return limits.check({"type": "http", "path": LIST, "headers": [], "client": (host, 1)})

    hosts = (
        "2001:db8::1",
        "2001:db8::ffff:2",
        "2001:db8:0:1::1",
        "::ffff:10.0.0.1",
        "10.0.0.1",
        "fe80::1%eth0",
        "odd:host",
    )
    remaining = [found.remaining for host in hosts if (found := check(host))]
    assert remaining == [1, 0, 1, 1, 0, 1, 1]
    assert limits.check({"type": "http", "path": LIST, "headers": [], "client": None}) == Standing(2, 1, 30)


def test_no_limit_means_none(installation: Installation) -> None:
    unlimited = replace(installation, settings=installation.settings.model_copy(update={"api_rate_limit": 0}))
    with TestClient(build_app(Service(unlimited, guarded=False)), base_url=BASE) as client:
        assert "ratelimit-limit" not in client.get(LIST).headers


def test_the_number_of_callers_that_are_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "RATE_LIMIT_CALLERS", 3)
    limits = RateLimits(5, clock=Time())
    limits.take("busy")
    for number in range(100):
        limits.take(f"caller {number}")
        limits.take("busy")
    assert len(limits._buckets) == 3
    assert limits.take("busy").retry_s is not None, "who calls again and again is remembered"


def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    time = Time()
    limits = RateLimits(2, clock=time)
    limits.take("a")
    time.now -= 500
    assert limits.take("a").remaining == 0
