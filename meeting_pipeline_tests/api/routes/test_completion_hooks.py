"""A provider's call that an order is finished: what is accepted, and how little it changes."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from meeting_pipeline.api import policies
from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.completion_hook import HEADER
from meeting_pipeline.steps.transcription.completion_hooks import secrets_of_hooks
from meeting_pipeline.store.ledger.orders_in_flight import OrdersInFlight
from meeting_pipeline_tests.api.test_head_requests import VARYING
from meeting_pipeline_tests.installations import Clock
from meeting_pipeline_tests.query_plans import Recorder
from meeting_pipeline_tests.store.samples import OPTIONS, Journey

PATH = "/v1/providers/assemblyai/finished"


@pytest.fixture
def client(installation: Installation) -> Iterator[TestClient]:
    """A service that other machines reach: every other route below ``/v1`` needs a key."""
    service = Service(installation, guarded=True)
    with TestClient(
        build_app(service), base_url="https://meetings.example.org", raise_server_exceptions=False
    ) as client:
        yield client


@pytest.fixture
def secret(installation: Installation) -> str:
    return secrets_of_hooks(installation.settings)["assemblyai"]


@pytest.fixture
def order_id(installation: Installation) -> str:
    """The provider's id of an order in flight."""
    journey, orders = Journey(installation.store).accept(needs_order=True), installation.store.orders
    order = orders.open(journey.key, OPTIONS.model_copy(update={"provider": "assemblyai"}))
    orders.ordered(order.id, "p-1")
    installation.store.lifecycle.ordered(journey.key)
    return "p-1"


def call(client: TestClient, secret: str | None, body: Any = None, **headers: str) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body or {"transcript_id": "p-1", "status": "completed"})
    given = {} if secret is None else {HEADER: secret}
    return client.post(PATH, content=content, headers={**given, **headers})


def announced(installation: Installation) -> list[object]:
    return [order.announced_at for order in installation.store.orders.list()]


def test_a_finished_order_is_noted_once_and_repetitions_write_nothing(
    client: TestClient, installation: Installation, secret: str, order_id: str, clock: Clock
) -> None:
    recorder = Recorder(installation.store.database)
    assert call(client, secret).status_code == 204
    [first] = announced(installation)
    assert first is not None
    clock.advance(60)
    with recorder.listening():
        assert [call(client, secret).status_code for _ in range(5)] == [204] * 5
    assert announced(installation) == [first]
    assert recorder.statements
    assert not [
        text for text in recorder.statements if text.lstrip().startswith(("UPDATE", "INSERT", "BEGIN IMMEDIATE"))
    ]


def test_nothing_but_the_id_of_its_body_is_believed(
    client: TestClient, installation: Installation, secret: str, order_id: str
) -> None:
    before = [(row.stage, row.status) for row in installation.store.recordings.list()]
    assert call(client, secret, {"transcript_id": order_id, "status": "error", "text": "words"}).status_code == 204
    assert [(row.stage, row.status) for row in installation.store.recordings.list()] == before


def test_a_known_and_an_unknown_order_cannot_be_told_apart(client: TestClient, secret: str, order_id: str) -> None:
    def answer(name: str) -> tuple[int, bytes, dict[str, str]]:
        found = call(client, secret, {"transcript_id": name, "status": "completed"})
        return found.status_code, found.content, {k: v for k, v in found.headers.items() if k not in VARYING}

    assert answer(order_id) == answer("no-such-order")


@pytest.mark.parametrize("shown", [None, "", "wrong", "\xe9" * 43, "doubled"])
def test_without_the_right_secret_nothing_happens(
    client: TestClient, installation: Installation, secret: str, order_id: str, shown: str | None
) -> None:
    if shown == "doubled":
        shown = f"{secret},{secret}"
    answer = call(client, shown.encode("latin-1") if shown else shown)  # type: ignore[arg-type]  # a header of any bytes
    assert (answer.status_code, answer.json()["code"]) == (401, "hook_refused")
    assert secret not in answer.text
    assert announced(installation) == [None]


def test_an_api_key_is_no_substitute(client: TestClient, installation: Installation, order_id: str) -> None:
    key = installation.store.api_keys.create("admin", "admin").key
    assert call(client, None, Authorization=f"Bearer {key}").status_code == 401


def test_a_proxy_in_front_changes_nothing(client: TestClient, secret: str) -> None:
    assert call(client, secret, **{"X-Forwarded-For": "44.238.19.20", "Via": "1.1 proxy"}).status_code == 204


@pytest.mark.parametrize("provider", ["offline", "imported", "nobody", "assemblyai%2F"])
def test_a_provider_that_calls_no_hook_has_no_endpoint(client: TestClient, secret: str, provider: str) -> None:
    answer = client.post(f"/v1/providers/{provider}/finished", headers={HEADER: secret}, json={"transcript_id": "p-1"})
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "body",
    [b"", b"transcript_id=p-1", b"[]", b'"p-1"', b'{"transcript_id": "p-1", "transcript_id": "p-1"}', b'{"transcript_id": NaN}',
     b'{"transcript_id": 7}', b'{"id": "p-1"}', b"\xff\xfe", b"[" * 4000],
)  # fmt: skip
def test_a_body_that_names_no_order_is_refused(
    client: TestClient, installation: Installation, secret: str, order_id: str, body: bytes
) -> None:
    answer = client.post(PATH, content=body, headers={HEADER: secret})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert announced(installation) == [None]


def test_a_body_that_is_too_long_is_not_read(client: TestClient, secret: str) -> None:
    most = policies.HOOK_BODY_BYTES
    fitting = b'{"transcript_id": "p-1"' + b" " * (most - 24) + b"}"
    assert (len(fitting), call(client, secret, fitting).status_code) == (most, 204)
    assert call(client, secret, fitting + b" ").status_code == 413

    def streamed() -> Iterator[bytes]:  # its length is not announced
        for _ in range(100):
            yield b" " * most

    assert client.post(PATH, content=streamed(), headers={HEADER: secret}).status_code == 413


def test_a_body_is_not_looked_at_before_the_secret(client: TestClient) -> None:
    assert call(client, "wrong", b"\xff" * 2 * policies.HOOK_BODY_BYTES).status_code == 401


def test_while_the_database_is_away_the_provider_is_asked_to_repeat_it(
    client: TestClient, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> bool:
        raise StoreUnavailable("database_unreachable", "The database is away.")

    monkeypatch.setattr(OrdersInFlight, "announced", away)
    answer = call(client, secret)
    assert answer.status_code == 503
    assert answer.headers["retry-after"]


def test_the_log_names_the_provider_and_neither_secret_nor_order(
    client: TestClient, secret: str, order_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        call(client, secret)
        call(client, "guessed-by-somebody")
    lines = [one for one in caplog.records if one.name == "meeting_pipeline.api.security.access"]
    assert [(vars(one)["route"], vars(one)["caller"], vars(one)["status"]) for one in lines] == [
        ("/v1/providers/{provider}/finished", "assemblyai", 204),
        ("/v1/providers/{provider}/finished", None, 401),
    ]
    assert not [
        word for word in (secret, order_id, "guessed-by-somebody") if any(word in str(vars(one)) for one in lines)
    ]


def test_it_is_in_no_public_description(client: TestClient, installation: Installation) -> None:
    key = installation.store.api_keys.create("reader", "read").key
    paths = client.get("/v1/openapi.json", headers={"Authorization": f"Bearer {key}"}).json()["paths"]
    assert not [path for path in paths if path.endswith("/finished")]
