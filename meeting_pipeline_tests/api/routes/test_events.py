"""Event streams of the real service: in order, each event once, across every interruption, and never endless."""

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import psutil
import pytest
from sqlalchemy import text

from meeting_pipeline.foundation.folder_identity import IDENTITY_FILE
from meeting_pipeline.installation import Installation, open_installation
from meeting_pipeline.settings import load_settings
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.api.listening import Background, Listener
from meeting_pipeline_tests.api.serving import Served, served
from meeting_pipeline_tests.store.conftest import BOTH
from meeting_pipeline_tests.store.samples import Journey, completed, failed, summary, transcript

PATIENCE_SECONDS = 60.0
PROMISED = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store", "x-accel-buffering": "no"}


@pytest.fixture(params=BOTH, scope="module")
def environment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Settings of an installation on SQLite, and of one on PostgreSQL."""
    found = {"MEETING_PIPELINE_HOME": str(tmp_path_factory.mktemp("events") / "home")}
    if request.param == "postgres":
        server = request.getfixturevalue("postgres_server")
        found["MEETING_PIPELINE_DATABASE_URL"] = server.url(server.create(request.getfixturevalue("postgres_template")))
    return found


@pytest.fixture(scope="module")
def opened(environment: dict[str, str]) -> Iterator[Installation]:
    installation = open_installation(load_settings(environment))
    (installation.settings.recordings / IDENTITY_FILE).touch()  # without it, the folder counts as not mounted
    yield installation
    installation.store.close()


@pytest.fixture(scope="module")
def service(environment: dict[str, str], opened: Installation) -> Iterator[Served]:
    with served(opened.settings.home, environment) as running:
        yield running


@pytest.fixture
def store(opened: Installation) -> Store:
    return opened.store


@pytest.fixture
def listen(service: Served) -> Iterator[Callable[..., Listener]]:
    """Start a client in the background. All are stopped at the end of the test."""
    with Background() as background:

        def start(
            path: str, *, again: bool = False, base: Callable[[], str] = lambda: service.url, **given: Any
        ) -> Listener:
            listener = Listener(base, path, **given)
            background.start(listener.listen() if again else listener.listen(lambda found: bool(found.statuses)))
            return listener

        yield start


_numbers = iter(range(1, 1000))


def wait_for(look: Callable[[], object], what: str = "it") -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not look():
        assert time.monotonic() < until, f"waited in vain for {what}"
        time.sleep(0.02)


def new(store: Store) -> Journey:
    return Journey(store, number=next(_numbers)).accept()


def path_of(journey: Journey) -> str:
    return f"/v1/recordings/{journey.key}/events"


def all_of(store: Store, journey: Journey) -> list[int]:
    return [event.seq for event in store.recordings.events(journey.key)]


def ended(listener: Listener) -> bool:
    return bool(listener.frames) and listener.frames[-1].type == "end"


def test_a_client_sees_each_event_as_it_happens_and_then_the_end(store: Store, listen: Callable[..., Listener]) -> None:
    journey = new(store)
    client = listen(path_of(journey))
    wait_for(lambda: client.seqs() == [1])
    journey.begin().collect()
    wait_for(lambda: client.seqs() == all_of(store, journey))
    assert not ended(client)
    journey.answer(summary()).complete()
    wait_for(lambda: ended(client))
    assert client.seqs() == all_of(store, journey)
    assert {name: client.heads[name] for name in PROMISED} == PROMISED
    assert [frame.id for frame in client.events()] == [str(seq) for seq in client.seqs()]
    last = client.events()[-1]
    assert (last.type, last.data["status"], last.data["stage"], last.data["recording_id"]) == (
        "completed", "completed", "done", journey.key,
    )  # fmt: skip
    assert client.frames[-1].id is None
    assert (client.frames[-1].data["status"], client.frames[-1].data["seq"]) == ("completed", last.data["seq"])


def test_a_finished_recording_is_told_from_its_first_event_and_ends(
    store: Store, listen: Callable[..., Listener]
) -> None:
    journey = failed(store, next(_numbers))
    client = listen(path_of(journey))
    wait_for(lambda: ended(client))
    assert client.seqs() == all_of(store, journey)
    assert client.frames[-1].data["status"] == "failed"


def test_who_comes_back_gets_the_rest_and_who_has_all_is_told_not_to_come_back(
    store: Store, service: Served, listen: Callable[..., Listener]
) -> None:
    journey = completed(store, next(_numbers))
    everything = all_of(store, journey)
    for given in ({"last_id": "3"}, {"path": f"{path_of(journey)}?last_event_id=3"}):
        client = listen(**{"path": path_of(journey), **given})
        wait_for(lambda client=client: ended(client))  # type: ignore[misc]  # a bound default
        assert client.seqs() == everything[3:]
    answer = httpx.get(
        service.url + path_of(journey), headers={"Last-Event-ID": str(everything[-1])}, trust_env=False, timeout=60
    )
    assert (answer.status_code, answer.content) == (204, b"")


def test_the_header_comes_before_the_parameter(store: Store, listen: Callable[..., Listener]) -> None:
    journey = completed(store, next(_numbers))
    client = listen(f"{path_of(journey)}?last_event_id=1", last_id="5")
    wait_for(lambda: ended(client))
    assert client.seqs() == all_of(store, journey)[5:]


def test_a_recording_that_is_made_again_is_followed_until_that_is_over(
    store: Store, listen: Callable[..., Listener]
) -> None:
    journey = completed(store, next(_numbers))
    before = all_of(store, journey)
    store.lifecycle.begin(journey.key, f"again-{journey.key}", collecting=False)
    client = listen(path_of(journey), last_id=str(before[-1]))
    wait_for(lambda: client.seqs() == [before[-1] + 1])
    assert not ended(client)
    journey.run_id = f"again-{journey.key}"
    journey.answer(summary("Another view.")).complete()
    wait_for(lambda: ended(client))
    assert client.seqs() == all_of(store, journey)[len(before) :]
    assert client.events()[-1].type == "completed"


def test_a_recording_made_again_without_anything_new_ends_as_well(
    store: Store, listen: Callable[..., Listener]
) -> None:
    journey = completed(store, next(_numbers))
    store.lifecycle.begin(journey.key, f"nothing-{journey.key}", collecting=False)
    client = listen(path_of(journey))
    wait_for(lambda: client.seqs() == all_of(store, journey))
    store.leases.end(f"nothing-{journey.key}")
    wait_for(lambda: ended(client))


def test_the_stream_of_a_recording_that_is_deleted_ends(store: Store, listen: Callable[..., Listener]) -> None:
    journey = completed(store, next(_numbers))
    store.lifecycle.begin(journey.key, f"late-{journey.key}", collecting=False)
    client = listen(path_of(journey))
    wait_for(lambda: client.seqs() == all_of(store, journey))
    store.leases.end(f"late-{journey.key}")
    store.deletions.delete(journey.key, "a person")
    wait_for(lambda: ended(client))


@pytest.mark.parametrize("given", ["x", "-1", "99999", "1.5", "1" * 30, "0x1"])
def test_an_id_that_was_never_given_is_refused(store: Store, service: Served, given: str) -> None:
    journey = completed(store, next(_numbers))
    for path in (path_of(journey), "/v1/events"):
        answer = httpx.get(service.url + path, headers={"Last-Event-ID": given}, trust_env=False, timeout=60)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_last_event_id")


def test_a_recording_that_is_not_there_is_a_problem_and_no_stream(service: Served) -> None:
    for key in ("2025-03-14-none-00000000", "no key at all"):
        answer = httpx.get(f"{service.url}/v1/recordings/{key}/events", trust_env=False, timeout=60)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_recording")
        assert answer.headers["content-type"] == "application/problem+json"


def test_who_follows_all_gets_what_happens_from_now_on(store: Store, listen: Callable[..., Listener]) -> None:
    new(store)
    client = listen("/v1/events", again=True)
    wait_for(lambda: client.frames)
    assert client.frames[0].type == "ready"
    first, second = completed(store, next(_numbers)), failed(store, next(_numbers))
    for journey in (first, second):
        wait_for(lambda journey=journey: len(seen(client, journey)) == len(all_of(store, journey)))  # type: ignore[misc]  # a bound default
        assert seen(client, journey) == all_of(store, journey)


def test_who_lost_the_connection_before_the_first_event_misses_nothing(
    store: Store, listen: Callable[..., Listener]
) -> None:
    client = listen("/v1/events")
    wait_for(lambda: client.frames)
    client.cut()
    journey = new(store)
    again = listen("/v1/events", last_id=client.last_id)
    wait_for(lambda: again.events())
    assert (again.events()[0].data["recording_id"], again.events()[0].data["seq"]) == (journey.key, 1)


def test_who_follows_all_from_the_beginning_gets_all_that_is_stored(
    store: Store, listen: Callable[..., Listener]
) -> None:
    journey = completed(store, next(_numbers))
    client = listen("/v1/events?last_event_id=0")
    wait_for(
        lambda: any(
            frame.data.get("recording_id") == journey.key and frame.type == "completed" for frame in client.frames
        )
    )
    pairs = [(frame.data["recording_id"], frame.data["seq"]) for frame in client.events()]
    assert len(pairs) == len(set(pairs))


def test_a_deleted_recording_is_told_to_those_who_follow_all(store: Store, listen: Callable[..., Listener]) -> None:
    client = listen("/v1/events")
    wait_for(lambda: client.frames)
    journey = failed(store, next(_numbers))
    store.deletions.delete(journey.key, "a person")
    wait_for(lambda: client.events() and client.events()[-1].type == "deleted")
    assert (client.events()[-1].data["recording_id"], client.events()[-1].data["seq"]) == (journey.key, None)


def test_clients_that_lose_their_connections_get_each_event_once_and_in_order(
    store: Store, listen: Callable[..., Listener]
) -> None:
    journeys = [new(store) for _ in range(3)]
    clients = [listen(path_of(journey), again=True, again_s=0.02) for journey in journeys for _ in range(4)]
    everything = [listen("/v1/events", again=True, again_s=0.02) for _ in range(3)]
    wait_for(lambda: all(client.frames for client in [*clients, *everything]))
    for turn in range(12):
        for journey in journeys:
            if turn == 0:
                journey.begin()
            elif turn < 11:
                store.results.store_transcript(journey.key, journey.run_id, transcript(f"Turn {turn}."), input_hash="t")
            else:
                journey.collect().complete()
        for client in [*clients, *everything][turn % 3 :: 3]:
            client.cut()
        time.sleep(0.05)
    wait_for(lambda: all(client.statuses[-1] == 204 for client in clients))
    for client, journey in zip(clients, [one for one in journeys for _ in range(4)], strict=True):
        assert client.seqs() == all_of(store, journey)
    for client in everything:
        for journey in journeys:
            wait_for(lambda client=client, journey=journey: seen(client, journey)[-1:] == all_of(store, journey)[-1:])  # type: ignore[misc]  # bound defaults
            assert seen(client, journey) == all_of(store, journey)[-len(seen(client, journey)) :]


def seen(client: Listener, journey: Journey) -> list[int]:
    return [frame.data["seq"] for frame in client.events() if frame.data["recording_id"] == journey.key]


def test_a_service_that_is_killed_and_started_again_loses_nobody(
    environment: dict[str, str], opened: Installation, store: Store, listen: Callable[..., Listener]
) -> None:
    journey = new(store)
    with served(opened.settings.home, environment) as first:
        port = first.url.rpartition(":")[2]
        clients = [listen(path_of(journey), again=True, base=lambda: first.url) for _ in range(10)]
        everything = listen("/v1/events", again=True, base=lambda: first.url)
        wait_for(lambda: everything.frames and all(client.seqs() == [1] for client in clients))
        journey.begin()
        first.process.kill()
        first.process.wait()
    journey.collect()
    with served(opened.settings.home, environment | {"MEETING_PIPELINE_API_PORT": port}):
        wait_for(lambda: all(client.seqs() == all_of(store, journey) for client in clients))
        journey.answer(summary()).complete()
        wait_for(lambda: all(client.statuses[-1] == 204 for client in clients))
        assert [client.seqs() for client in clients] == [all_of(store, journey)] * 10
        wait_for(lambda: len(seen(everything, journey)) == len(all_of(store, journey)) - 1)
        assert seen(everything, journey) == all_of(store, journey)[1:]


def test_streams_do_not_keep_a_service_from_ending(
    environment: dict[str, str], opened: Installation, store: Store, listen: Callable[..., Listener]
) -> None:
    journey = new(store)
    with served(opened.settings.home, environment) as running:
        clients = [listen(path_of(journey), base=lambda: running.url) for _ in range(5)]
        clients.append(listen("/v1/events", base=lambda: running.url))
        wait_for(lambda: all(client.frames for client in clients))
        running.end()
        assert running.process.returncode == 0
        wait_for(lambda: not any(client.connected for client in clients))
        assert "without completing" not in running.log.read_text()
        assert [client.errors for client in clients] == [0] * 6, "each stream had a proper end"


def test_a_client_that_reads_nothing_is_cut_off_and_costs_little_memory(
    opened: Installation, service: Served, store: Store
) -> None:
    """Every event is about 600 bytes in a stream; far more is sent than queue, connection and kernel can hold."""
    journey = new(store).begin()
    where = service.url.removeprefix("http://").split(":")
    process = psutil.Process(service.process.pid)
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect((where[0], int(where[1])))
        deaf.sendall(f"GET /v1/events HTTP/1.1\r\nHost: {where[0]}:{where[1]}\r\n\r\n".encode())
        wait_for(lambda: deaf.recv(1, socket.MSG_PEEK))
        before = process.memory_info().rss

        def cut_off() -> bool:
            if "reads too slowly" in service.log.read_text():
                return True
            flood(store, journey)
            return False

        wait_for(cut_off, "the client to be cut off")
        assert process.memory_info().rss - before < 20 * 2**20
        deaf.settimeout(PATIENCE_SECONDS)
        assert not read_to_the_end(deaf).endswith(b"0\r\n\r\n"), "it was cut off, and can tell"
    assert httpx.get(f"{service.url}/healthz", trust_env=False, timeout=60).status_code == 200


def read_to_the_end(connection: socket.socket) -> bytes:
    read = b""
    with contextlib.suppress(ConnectionResetError):
        while found := connection.recv(65536):
            read += found
    return read


def flood(store: Store, journey: Journey) -> None:
    """Store many events at once."""
    from meeting_pipeline.store.engine.clock import utc_now
    from meeting_pipeline.store.engine.row_helpers import add_event, locked_recording

    with store.database.write() as session:
        row = locked_recording(session, journey.key)
        for _ in range(100):
            add_event(session, row, "waiting", utc_now(), code="x" * 400)


@pytest.mark.parametrize(
    "environment", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True, scope="module"
)
def test_a_service_whose_connections_the_server_ended_goes_on_telling(
    store: Store, listen: Callable[..., Listener]
) -> None:
    journey = new(store)
    client = listen(path_of(journey))
    wait_for(lambda: client.seqs() == [1])
    with store.database.engine.connect() as connection:
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        connection.execute(text(f"{ended} AND pid != pg_backend_pid()"))
    journey.begin().collect().complete()
    wait_for(lambda: bool(client.frames) and client.frames[-1].type == "end")
    assert client.seqs() == all_of(store, journey)
    assert client.statuses == [200], "the stream itself was not cut"
