"""Many, silent or slow connections: other clients are still served."""

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from meeting_pipeline.api import policies
from meeting_pipeline.api.streaming.uvicorn_protocol import Connection, limited_to
from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.api.serving import served

PATIENCE_S = 120.0
GET = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@dataclass
class Small:
    """A server that allows few connections, and an application whose responses end when ``let_go`` is set."""

    port: int = 0
    let_go: threading.Event = field(default_factory=threading.Event)

    async def app(self, scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x-path", scope["path"].encode())]})
        if scope["path"] == "/endless":
            with contextlib.suppress(OSError):
                while not self.let_go.is_set():
                    await send({"type": "http.response.body", "body": bytes(65536), "more_body": True})
                    await asyncio.sleep(0.001)
        while scope["path"] == "/slow" and not self.let_go.is_set():
            await asyncio.sleep(0.01)
        await send({"type": "http.response.body", "body": b"done"})

    def connect(self, request: bytes = b"") -> socket.socket:
        link = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)
        link.sendall(request)
        return link

    def status(self, path: str) -> int:
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", trust_env=False, timeout=PATIENCE_S).status_code


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[Small]:
    """A server for two connections, and one more for health checks."""
    monkeypatch.setattr(policies, "API_HEADER_SECONDS", 2.0)  # enough for a good request on a busy machine
    monkeypatch.setattr(policies, "API_HEALTH_CONNECTIONS", 1)
    monkeypatch.setattr(policies, "API_STALLED_SECONDS", 0.2)
    found = Small()
    config = uvicorn.Config(
        found.app, interface="asgi3", http=limited_to(2), lifespan="off", log_config=None, ws="none"
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        found.port = listening.getsockname()[1]
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        yield found
        found.let_go.set()
        server.should_exit = server.force_exit = True
        thread.join(PATIENCE_S)


def _is_closed(link: socket.socket) -> bool:
    """Wait until the other side closes."""
    with contextlib.suppress(ConnectionResetError):
        while link.recv(65536):
            pass
    return True


def _is_cut_while_sending(link: socket.socket, piece: bytes) -> bool:
    deadline = time.monotonic() + PATIENCE_S
    try:
        while time.monotonic() < deadline:
            link.sendall(piece)
            time.sleep(0.02)
    except OSError:  # a reset, or a broken pipe
        return True
    return False


@pytest.mark.parametrize("beginning", [b"", b"GET / HT"])
def test_a_connection_that_does_not_send_a_request_is_closed(small: Small, beginning: bytes) -> None:
    with small.connect(beginning) as link:
        assert _is_closed(link)


def test_trickling_a_request_does_not_lengthen_its_time(small: Small) -> None:
    with small.connect(b"GET / HTTP/1.1\r\n") as link:
        assert _is_cut_while_sending(link, b"X: y\r\n")


def test_a_request_body_without_end_after_the_answer_is_cut_off(small: Small) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000000\r\n\r\n"
    with small.connect(head) as link:
        assert _is_cut_while_sending(link, bytes(1024))


def test_a_silent_connection_gives_its_place_to_a_new_one(small: Small) -> None:
    with small.connect() as first, small.connect() as second, small.connect(GET) as third:
        assert third.recv(65536).startswith(b"HTTP/1.1 200")
        assert _is_closed(first)
        assert small.status("/") == 200
        assert _is_closed(second)


def test_when_every_place_is_busy_health_checks_are_answered_and_others_told_to_come_later(small: Small) -> None:
    slow = GET.replace(b"/ ", b"/slow ")
    with small.connect(slow) as first, small.connect(slow) as second:
        assert all(link.recv(65536).startswith(b"HTTP/1.1 200") for link in (first, second))
        assert small.status("/healthz") == 200
        assert small.status("/") == 503
        small.let_go.set()
        assert all(_is_closed(link) for link in (first, second))
        assert small.status("/") == 200


def test_a_client_that_takes_nothing_gives_its_place_to_a_new_one(small: Small) -> None:
    endless = GET.replace(b"/ ", b"/endless ")
    with small.connect(endless) as first, small.connect(GET.replace(b"/ ", b"/slow ")) as second:
        assert second.recv(65536).startswith(b"HTTP/1.1 200")
        deadline = time.monotonic() + PATIENCE_S
        while small.status("/") != 200:  # until it counts as stalled
            assert time.monotonic() < deadline
        assert _is_closed(first)


@pytest.mark.parametrize(
    "lengths",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 0\r\n",
        b"content-length: 35\r\nTRANSFER-ENCODING: Chunked\r\n",
    ],
)
def test_a_request_with_two_lengths_is_refused_and_nothing_after_it_is_read(small: Small, lengths: bytes) -> None:
    head = b"POST /first HTTP/1.1\r\nHost: x\r\n" + lengths + b"\r\n"
    with small.connect(head + b"0\r\n\r\n" + GET.replace(b"/ ", b"/second ")) as link:
        answer = b""
        while part := link.recv(65536):  # until it is closed
            answer += part
    assert answer.startswith(b"HTTP/1.1 400")
    assert b'"two_lengths"' in answer
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"x-path" not in answer


def test_what_is_no_request_is_refused_with_a_problem_document(small: Small) -> None:
    with small.connect(b"What is this?\r\n\r\n") as link:
        answer = b""
        while part := link.recv(65536):  # until it is closed
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400")
    assert b"content-type: application/problem+json" in head.lower()
    assert json.loads(body)["code"] == "bad_request"


class _Transport:
    """The part of a transport that a new connection uses."""

    aborted = False

    def __init__(self, peer: str) -> None:
        self._peer = peer

    def get_extra_info(self, name: str) -> Any:
        return {"peername": (self._peer, 1), "sockname": ("127.0.0.1", 2)}.get(name)

    def abort(self) -> None:
        self.aborted = True


@pytest.mark.parametrize(
    ("peer", "refused"), [("10.1.2.3", True), ("fe80::1%eth0", True), ("127.0.0.1", False), ("::1", False)]
)
def test_one_other_machine_has_only_so_many_connections(
    monkeypatch: pytest.MonkeyPatch, peer: str, refused: bool
) -> None:
    monkeypatch.setattr(policies, "API_CONNECTIONS_PER_PEER", 3)

    async def connect() -> list[bool]:
        config = uvicorn.Config(Small().app, lifespan="off", log_config=None)
        config.load()
        state = uvicorn.server.ServerState()
        transports = [_Transport(peer) for _ in range(5)] + [_Transport("10.9.9.9")]
        connections = [Connection(config=config, server_state=state, app_state={}) for _ in transports]
        for connection, transport in zip(connections, transports, strict=True):
            connection.connection_made(transport)  # type: ignore[arg-type]  # enough of one
            if transport.aborted:
                connection.connection_lost(OSError())
        for connection in connections:
            connection.connection_lost(OSError())
        return [transport.aborted for transport in transports]

    assert asyncio.run(connect()) == [False] * 3 + [refused] * 2 + [False]


def test_more_idle_connections_than_the_process_may_open_files_do_no_harm(installation: Installation) -> None:
    """With the limit of open files that most systems set for a process."""
    with served(installation.settings.home, open_files=1024) as service, ExitStack() as stack:
        address = urlsplit(service.url)
        for _ in range(1100):
            link = socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=PATIENCE_S)
            stack.enter_context(contextlib.closing(link))
        for path in ("/healthz", "/v1/recordings", "/"):
            assert httpx.get(f"{service.url}{path}", trust_env=False, timeout=PATIENCE_S).status_code == 200
        assert "Too many open files" not in service.log.read_text()
