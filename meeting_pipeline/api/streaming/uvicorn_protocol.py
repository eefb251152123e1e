"""The server's connections: how many there may be, how long one may stay silent, and which one is closed first.

A silent connection still takes a file descriptor, and those are limited. So each request has a time limit. When the limit of
connections is reached, the one that has waited longest for a request is closed in favour of a new one. If all are busy, a few
more are accepted for health checks only. Each connection also passes its transport to the application, so that a stream can
be cut off: ending a response normally waits until the client has read all of it. Must not go here: when a stream is cut off
(``sse_response.py``), how many uploads or streams there may be (``api/uploads/admission.py``, ``hub.py``).
"""

import asyncio
import ipaddress
import logging
import resource
from typing import Any, ClassVar, Final

import h11
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from meeting_pipeline.api import policies
from meeting_pipeline.api.schemas.problems import problem

_log = logging.getLogger(__name__)
HEALTH_PATHS: Final = ("/healthz", "/readyz")


class Connection(H11Protocol):
    """One connection. h11 refuses malformed requests and endless headers."""

    limit: ClassVar[int] = policies.API_CONNECTIONS
    """Maximum number of concurrent connections."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._silence: asyncio.TimerHandle | None = None
        self._waiting_since = self.loop.time()
        self._stalled_since: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in the class above
        """Put the transport into the state that each request copies, and make room for this connection."""
        super().connection_made(transport)
        self.app = _OneLength(self.app)
        self.app_state = {**self.app_state, "transport": transport}
        self._expect_a_request()
        if self._too_many_from_its_peer():
            _log.warning("more than %d connections from %s", policies.API_CONNECTIONS_PER_PEER, self._peer())
            transport.abort()
        elif len(self.connections) > self.limit:
            self._make_room(transport)

    def data_received(self, data: bytes) -> None:
        """Receive bytes of a request. Sending them slowly does not extend its time limit."""
        if not self.busy:
            self._expect_a_request()
        super().data_received(data)
        if self.busy:
            self._stop_waiting()

    def send_400_response(self, msg: str) -> None:
        """Send a problem document for data that is not a request, or for an address or headers that are too long."""
        advice = "Send HTTP/1.1, with an address and headers of less than 64 KB together."
        refusal = problem(400, "bad_request", msg, advice, headers={"Connection": "close"})
        head = h11.Response(status_code=400, headers=refusal.raw_headers, reason=b"Bad Request")
        for event in (head, h11.Data(data=bytes(refusal.body)), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def on_response_complete(self) -> None:
        """Start to wait for the next request."""
        self._waiting_since = self.loop.time()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed."""
        self._stop_waiting()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The client reads more slowly than we send."""
        self._stalled_since = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        """The client has caught up."""
        self._stalled_since = None
        super().resume_writing()

    @property
    def busy(self) -> bool:
        """Whether a request is being answered."""
        return self.cycle is not None and not self.cycle.response_complete

    def _expect_a_request(self) -> None:
        if self._silence is None:
            self._silence = self.loop.call_later(policies.API_HEADER_SECONDS, self._give_up)

    def _stop_waiting(self) -> None:
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None

    def _give_up(self) -> None:
        self._silence = None
        if not self.busy:
            self.transport.close()

    def _peer(self) -> str:
        return self.client[0] if self.client else ""

    def _too_many_from_its_peer(self) -> bool:
        """Loopback is exempt: a proxy on this machine sends the requests of all clients from there."""
        peer = self._peer()
        if not peer or ipaddress.ip_address(peer.partition("%")[0]).is_loopback:
            return False
        same = sum(isinstance(other, Connection) and other._peer() == peer for other in self.connections)
        return same > policies.API_CONNECTIONS_PER_PEER

    def _make_room(self, transport: asyncio.Transport) -> None:
        others = [other for other in self.connections if isinstance(other, Connection) and other is not self]
        silent = [other for other in others if not other.busy]
        now = self.loop.time()
        stalled = [one for one in others if one.stalled_for(now) > policies.API_STALLED_SECONDS]
        if silent:
            min(silent, key=lambda one: one._waiting_since).transport.abort()
        elif stalled:
            max(stalled, key=lambda one: one.stalled_for(now)).transport.abort()
        elif len(self.connections) > self.limit + policies.API_HEALTH_CONNECTIONS:
            transport.abort()
        else:
            self.app = _HealthOnly(self.app)

    def stalled_for(self, now: float) -> float:
        """How many seconds the client has read nothing of a response; 0 if it reads."""
        return 0.0 if self._stalled_since is None else now - self._stalled_since


class _OneLength:
    """The application for requests whose end is unambiguous.

    With two lengths, a proxy in front may see a different end than h11 does, and treat the rest as another client's request
    (RFC 9112, section 6.3, 3). The connection is closed after the response, so that nothing more is read from it.
    """

    def __init__(self, app: Any) -> None:
        self._app: ASGIApp = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = {name for name, _ in scope.get("headers", ())}
        if not {b"content-length", b"transfer-encoding"} <= given:
            await self._app(scope, receive, send)
            return
        message = "The request gives both Content-Length and Transfer-Encoding."
        refusal = problem(400, "two_lengths", message, "Send one of them.", headers={"Connection": "close"})
        await refusal(scope, receive, send)


class _HealthOnly:
    """The application for a connection beyond the limit: health checks only."""

    def __init__(self, app: Any) -> None:
        self._app: ASGIApp = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] in HEALTH_PATHS:
            await self._app(scope, receive, send)
            return
        headers = {"Connection": "close", "Retry-After": str(policies.UPLOAD_RETRY_SECONDS)}
        message = "The service has reached its limit of connections, and all are busy."
        refusal = problem(503, "too_many_connections", message, "Retry a little later.", headers=headers)
        await refusal(scope, receive, send)


def limited_to(connections: int) -> type[Connection]:
    """The protocol class of a server with this many concurrent connections."""
    return type("Connection", (Connection,), {"limit": connections})


def raise_file_limit() -> int:
    """Raise the limit of open files of this process as far as allowed; return how many connections fit into it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = policies.API_CONNECTIONS + policies.API_OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY:
        return policies.API_CONNECTIONS
    return max(1, min(policies.API_CONNECTIONS, soft - policies.API_OTHER_FILES))
