"""Server-Sent Events: a response without an end, written as fast as the client reads it.

It sends the stored events after the client's position, then new ones. The queue exists before the store is read, and events
that were sent are skipped: no event is lost or repeated. A client is disconnected if it reads nothing for
``EVENTS_WRITE_SECONDS``, or if more than ``EVENTS_QUEUE`` events wait for it. Must not go here: which events
(``stream_cursors.py``), who subscribes (``hub.py``).
"""

import asyncio
import contextlib
import logging
import random
import socket
import time
from collections.abc import Iterable
from typing import Any, Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from meeting_pipeline.api import policies
from meeting_pipeline.api.streaming.hub import Feed, StreamedEvent, Subscription
from meeting_pipeline.api.streaming.stream_cursors import StreamCursor
from meeting_pipeline.domain.errors import StoreUnavailable

_log = logging.getLogger(__name__)
MEDIA_TYPE: Final = "text/event-stream"
_HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # makes nginx pass on each write at once
]
_HEARTBEAT: Final = ": still here\n\n"


class _CutOff(Exception):
    """The client is too slow."""


class EventStream(Response):
    """A response that streams the events of ``follower``."""

    media_type = MEDIA_TYPE

    def __init__(self, feed: Feed, follower: StreamCursor) -> None:
        super().__init__()
        self._feed = feed
        self._cursor = follower

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Write until the stream ends. An error before the first byte becomes a problem document."""
        with self._feed.subscribed(self._cursor.key) as subscription:
            await self._feed.ready()
            if not await self._cursor.begin():
                await Response(status_code=204)(scope, receive, send)
                return
            page = await self._cursor.page()
            gone = asyncio.create_task(_end_when_gone(receive, subscription))
            try:
                await _Writing(self._cursor, subscription, send, _transport(scope)).write(page)
            finally:
                gone.cancel()
                await asyncio.gather(gone, return_exceptions=True)


class _Writing:
    """One stream, from its first byte to its last."""

    def __init__(self, follower: StreamCursor, subscription: Subscription, send: Send, transport: Any) -> None:
        self._cursor = follower
        self._subscription = subscription
        self._send_message = send
        self._transport = transport
        self._until = time.monotonic() + policies.EVENTS_STREAM_SECONDS
        self._wrote_at = 0.0
        self._live = False
        """Whether the queue is the only source: events that do not fit into it are lost for this stream."""

    async def write(self, page: Iterable[StreamedEvent]) -> None:
        _limit_what_the_kernel_holds(self._transport)
        try:
            await self._send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            retry = random.randint(*policies.EVENTS_RETRY_MS)  # noqa: S311 - spreads clients, keeps no secret
            await self._write(f"retry: {retry}\n\n{self._cursor.opening_frame()}")
            await self._catch_up(list(page))
            await self._go_on()
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        except _CutOff:
            _log.info("a client of %s reads too slowly and was disconnected", self._cursor.key or "all events")
            if self._transport is not None:
                self._transport.abort()
                await asyncio.sleep(0)  # lets the server notice before we return

    async def _catch_up(self, page: list[StreamedEvent]) -> None:
        """Write the stored events, page by page, until only the queue has the rest."""
        while not self._subscription.ended:
            await self._write_all(page)
            if len(page) < policies.EVENTS_PAGE and not self._subscription.overflowed:
                return
            if self._subscription.overflowed:  # during the read more events came than fit; the store has them
                self._subscription.restart()
            page = await self._next_page()

    async def _next_page(self) -> list[StreamedEvent]:
        """Wait while the database is unavailable: browsers do not reconnect after a response other than 200."""
        while not self._subscription.ended:
            try:
                return list(await self._cursor.page())
            except StoreUnavailable:
                await self._write(_HEARTBEAT)
                await asyncio.sleep(policies.EVENTS_SETTLE_MAX_SECONDS)
        return []

    async def _go_on(self) -> None:
        self._live = True
        while not self._subscription.ended and time.monotonic() < self._until:
            if self._subscription.overflowed:
                raise _CutOff
            if told := self._subscription.take():
                await self._write_all(told)
                continue
            last_words = await self._cursor.closing_frame()
            if last_words is not None:
                await self._write(last_words)
                return
            silence = self._wrote_at + policies.EVENTS_HEARTBEAT_SECONDS - time.monotonic()
            if silence <= 0:
                await self._write(_HEARTBEAT)
            else:
                await self._subscription.wait(min(silence, self._cursor.recheck_delay()))

    async def _write_all(self, events: list[StreamedEvent]) -> None:
        await self._write("".join(self._cursor.frame(told) for told in events))

    async def _write(self, text: str) -> None:
        if text:
            await self._send({"type": "http.response.body", "body": text.encode(), "more_body": True})
            self._wrote_at = time.monotonic()

    async def _send(self, message: dict[str, Any]) -> None:
        try:
            async with asyncio.timeout(policies.EVENTS_WRITE_SECONDS) as limit:
                if self._live:
                    self._subscription.on_overflow = lambda: _let_lapse(limit)
                await self._send_message(message)
        except TimeoutError as error:
            raise _CutOff from error
        finally:
            self._subscription.on_overflow = None


def _let_lapse(limit: asyncio.Timeout) -> None:
    with contextlib.suppress(RuntimeError):  # it has expired already
        limit.reschedule(0)


async def _end_when_gone(receive: Receive, subscription: Subscription) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    subscription.end()


def _transport(scope: Scope) -> Any:
    """The connection's transport, if the server provides it; see ``uvicorn_protocol.py``."""
    return scope.get("state", {}).get("transport")


def _limit_what_the_kernel_holds(transport: Any) -> None:
    connection = None if transport is None else transport.get_extra_info("socket")
    if connection is None:
        return
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, policies.EVENTS_SEND_BYTES)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # otherwise the kernel waits minutes for a peer that vanished
        limit_ms = round(2000 * policies.EVENTS_WRITE_SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, limit_ms)
