"""Run an ASGI app as a real HTTP service on 127.0.0.1, in a thread of this process.

Belongs here: sockets, threads and the uvicorn setup. Must not go here: the services' responses.
"""

from __future__ import annotations

import socket
import threading
import time
from types import TracebackType
from typing import Any, Self

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from meeting_pipeline_tests.fakes.faults import TRANSPORT

KEEP_ALIVE_SECONDS = 75
"""Longer than any client's: a connection closed by both sides at once looks like a fault."""
_STOP_SECONDS = 120.0
"""It takes a second; a busy machine gets more, because whoever starts it again at the same port needs the port."""


class TransportProtocol(H11Protocol):
    """HTTP/1.1 protocol that attaches the connection to each request, so that a fault can break it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        inner = self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {})[TRANSPORT] = self.transport
            await inner(scope, receive, send)

        self.app = app


class LoopbackServer:
    """``with LoopbackServer(app) as server: ... server.url``. ``port`` 0 picks a free one.

    ``lifespan``: whether the app gets startup and shutdown events.
    """

    def __init__(self, app: ASGIApp, *, port: int = 0, lifespan: bool = False) -> None:
        self.app = app
        # The protocol is named: asyncio disables delayed sending (40 ms per response) only for named TCP sockets.
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", port))
        self.port: int = self.socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        config = uvicorn.Config(
            app,
            http=TransportProtocol,
            ws="none",
            loop="asyncio",
            lifespan="on" if lifespan else "off",
            log_config=None,
            access_log=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=1,
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self._run, name=f"loopback-{self.port}", daemon=True)

    def _run(self) -> None:
        self.server.run(sockets=[self.socket])

    def start(self) -> Self:
        """Start, and return once the service accepts connections."""
        self.thread.start()
        deadline = time.monotonic() + 120
        while not self.server.started:
            if not self.thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("the loopback service did not start")
            time.sleep(0.01)
        return self

    def stop(self) -> None:
        """Stop; open connections get one second and are then dropped."""
        self.server.should_exit = True
        self.thread.join(_STOP_SECONDS)
        self.socket.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
