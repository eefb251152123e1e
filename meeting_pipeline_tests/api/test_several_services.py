"""Two HTTP services, as on two machines, behind one address: whichever answers, it is one installation.

They share PostgreSQL, the folder of recordings and the keys; each has a home of its own. They are started once, and the last test
restarts them.
"""

import contextlib
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet

from meeting_pipeline.installation import Installation, open_installation
from meeting_pipeline.settings import load_settings
from meeting_pipeline.store.tables import Submission
from meeting_pipeline_tests.api.round_robin import RoundRobin, balanced
from meeting_pipeline_tests.api.serving import Served, served
from meeting_pipeline_tests.postgres import PostgresServer
from meeting_pipeline_tests.scenario.media import vtt, wav

pytestmark = [pytest.mark.postgres, pytest.mark.processes, pytest.mark.services]
PATIENCE_S = 300.0
"""For a busy machine; nothing here takes a second."""
UPLOADS = 24


@dataclass
class Fleet:
    """The services, their balancer, and an administrator's key. ``ends``: closes each service."""

    environment: dict[str, str]
    homes: list[Path]
    installation: Installation
    key: str
    balancer: RoundRobin
    services: list[Served] = field(default_factory=list)
    ends: list[ExitStack] = field(default_factory=list)

    def start(self, number: int) -> None:
        """Start a service, or start it again."""
        stack = ExitStack()
        service = stack.enter_context(served(self.homes[number], self.environment))
        self.services[number : number + 1] = [service]
        self.ends[number : number + 1] = [stack]
        self.balancer.upstreams = [one.url for one in self.services]

    def client(self, number: int | None = None, key: str | None = None) -> httpx.Client:
        """A client of one service, or of all. Each request has a connection of its own, so that they take turns."""
        url = self.balancer.url if number is None else self.services[number].url
        return httpx.Client(
            base_url=url, trust_env=False, timeout=PATIENCE_S,
            headers={"Authorization": f"Bearer {key or self.key}", "Connection": "close"},
        )  # fmt: skip


@pytest.fixture(scope="module")
def fleet(
    postgres_server: PostgresServer, postgres_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Fleet]:
    folder = tmp_path_factory.mktemp("services")
    homes = [folder / "one", folder / "two"]
    for home in (*homes, folder / "recordings"):
        home.mkdir()
    name = postgres_server.create(postgres_template)
    environment = {
        "MEETING_PIPELINE_DATABASE_URL": postgres_server.url(name),
        "MEETING_PIPELINE_RECORDINGS": str(folder / "recordings"),
        "MEETING_PIPELINE_ENCRYPTION_KEY": Fernet.generate_key().decode(),
        "MEETING_PIPELINE_WEBHOOK_SIGNING_SECRET": "whsec_" + "c2VjcmV0" * 6,
        "MEETING_PIPELINE_WEBHOOK_ALLOW": "127.0.0.1",
    }
    installation = open_installation(load_settings({"MEETING_PIPELINE_HOME": str(homes[0]), **environment}))
    key = installation.store.api_keys.create("tests", "admin").key
    with balanced([]) as balancer:
        made = Fleet(environment, homes, installation, key, balancer)
        try:
            for number in range(2):
                made.start(number)
            yield made
        finally:
            for end in made.ends:
                end.close()
            installation.store.close()
            postgres_server.drop(name)


def submissions(fleet: Fleet) -> int:
    with fleet.installation.store.database.read() as session:
        return session.query(Submission).count()


def talk(words: str) -> bytes:
    return vtt(("Dana", f"We decided about {words}."), ("Priya", "I will write it down by Friday.")).encode()


def eventually(what: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_requests_take_turns(fleet: Fleet) -> None:
    with fleet.client() as api:
        for _ in range(4):
            assert api.get("/v1/recordings").status_code == 200
    assert [fleet.balancer.taken[one.url] for one in fleet.services] == [2, 2]


def test_a_request_that_is_repeated_elsewhere_does_its_work_once(fleet: Fleet) -> None:
    before = submissions(fleet)
    header = {"Idempotency-Key": str(uuid.uuid4())}
    sent = {"file": ("repeated.vtt", talk("repeating"))}
    with fleet.client(0) as one, fleet.client(1) as two:
        first = one.post("/v1/recordings", files=sent, headers=header)
        again = two.post("/v1/recordings", files=sent, headers=header)
        assert (first.status_code, again.status_code) == (202, 202), (first.text, again.text)
        assert first.content == again.content
        assert again.headers["Idempotency-Replayed"] == "true"
        other = two.post("/v1/recordings", files={"file": ("other.vtt", talk("else"))}, headers=header)
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")
    assert submissions(fleet) == before + 1


def test_one_key_at_two_services_at_once_is_one_recording(fleet: Fleet) -> None:
    before = submissions(fleet)
    header = {"Idempotency-Key": str(uuid.uuid4())}

    def send(number: int) -> int:
        with fleet.client(number % 2) as api:
            sent = api.post("/v1/recordings", files={"file": ("once.vtt", talk("sending at once"))}, headers=header)
            return sent.status_code

    with ThreadPoolExecutor(6) as threads:
        found = set(threads.map(send, range(6)))
    assert found <= {202, 409}, "409: in progress elsewhere; the client repeats it"
    assert submissions(fleet) == before + 1


def test_the_same_content_at_two_services_at_once_is_one_recording(fleet: Fleet) -> None:
    def send(number: int) -> str:
        with fleet.client(number % 2) as api:
            sent = api.post("/v1/recordings", files={"file": (f"{number}.wav", wav("the same content"))})
            assert sent.status_code == 202, sent.text
            return str(sent.json()["recording_id"])

    with ThreadPoolExecutor(6) as threads:
        assert len(set(threads.map(send, range(6)))) == 1


def test_what_one_service_took_in_the_other_plays(fleet: Fleet) -> None:
    with fleet.client(0) as one, fleet.client(1) as two:
        key = one.post("/v1/recordings", files={"file": ("sound.wav", wav("played elsewhere"))}).json()["recording_id"]
        assert two.get(f"/v1/recordings/{key}").json()["recording_id"] == key
        heard = two.get(f"/v1/recordings/{key}/media", headers={"Range": "bytes=0-43"})
        assert (heard.status_code, heard.content) == (206, wav("played elsewhere")[:44])


def test_a_key_counts_and_ends_at_each_service(fleet: Fleet) -> None:
    made = fleet.installation.store.api_keys.create("short-lived", "read")
    with fleet.client(0, made.key) as one, fleet.client(1, made.key) as two:
        assert {api.get("/v1/recordings").status_code for api in (one, two)} == {200}
        fleet.installation.store.api_keys.revoke(made.id)
        for api in (one, two):
            eventually(lambda api=api: api.get("/v1/recordings").status_code == 401)  # type: ignore[misc]


def events_of(
    api: httpx.Client, last_id: str | None, stop: Callable[[list[dict[str, Any]]], bool]
) -> tuple[str | None, list[Any]]:
    """Follow all events until ``stop``. Returns the id of the last one, and their data."""
    seen: list[dict[str, Any]] = []
    headers = {} if last_id is None else {"Last-Event-ID": last_id}
    with api.stream("GET", "/v1/events", headers=headers) as answer:
        assert answer.status_code == 200
        for line in answer.iter_lines():
            if line.startswith("id: "):
                last_id = line.removeprefix("id: ")
            elif line.startswith("data: ") and (found := json.loads(line.removeprefix("data: "))).get("recording_id"):
                seen.append(found)
            elif line == "" and stop(seen):
                break
    return last_id, seen


def test_a_stream_continues_at_the_other_service(fleet: Fleet) -> None:
    def upload(name: str) -> str:
        with fleet.client() as api:
            return str(api.post("/v1/recordings", files={"file": (f"{name}.vtt", talk(name))}).json()["recording_id"])

    first, second = upload("the first stream"), upload("the second stream")

    def has(key: str) -> Callable[[list[dict[str, Any]]], bool]:
        return lambda seen: any(one["recording_id"] == key for one in seen)

    with fleet.client(0) as one, fleet.client(1) as two:
        last, before = events_of(one, "0", has(first))
        assert before
        _, after = events_of(two, last, has(second))
    marks = [(one["recording_id"], one["seq"]) for one in (*before, *after)]
    assert len(marks) == len(set(marks)), "none is told twice"
    assert {first, second} <= {key for key, _ in marks}


def test_a_rolling_restart_loses_nothing_and_takes_nothing_twice(fleet: Fleet) -> None:
    before = submissions(fleet)
    sent: dict[int, str] = {}
    halves = [threading.Event(), threading.Event()]

    def send(number: int) -> None:
        header = {"Idempotency-Key": f"rolling-{number}"}
        until = time.monotonic() + PATIENCE_S
        while True:
            with contextlib.suppress(httpx.TransportError), fleet.client() as api:
                answer = api.post(
                    "/v1/recordings", files={"file": (f"{number}.vtt", talk(f"part {number}"))}, headers=header
                )
                if answer.status_code == 202:
                    sent[number] = answer.json()["recording_id"]
                    return
                assert answer.status_code in (409, 429, 503), answer.text
            assert time.monotonic() < until
            time.sleep(0.05)

    def send_all() -> None:
        with ThreadPoolExecutor(3) as threads:
            for number, _ in enumerate(threads.map(send, range(UPLOADS)), 1):
                if number >= UPLOADS // 4:
                    halves[0].set()
                if number >= UPLOADS // 2:
                    halves[1].set()

    sending = threading.Thread(target=send_all)
    sending.start()
    for number in range(2):
        assert halves[number].wait(PATIENCE_S)
        fleet.services[number].end()
        fleet.ends[number].close()
        fleet.start(number)
    sending.join(PATIENCE_S)
    assert len(sent) == UPLOADS
    assert (submissions(fleet) - before, len(set(sent.values()))) == (UPLOADS, UPLOADS)
    with fleet.client() as api:
        for key in sent.values():
            assert api.get(f"/v1/recordings/{key}").status_code == 200
