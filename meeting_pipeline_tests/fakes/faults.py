"""Scheduled faults: which request gets which fault, and the ASGI middleware that performs the wire faults.

A fault is JSON: ``match`` (``"POST /v2/transcript"``; ``*`` is a wildcard), ``kind``, ``times`` (default 1; -1 until
cleared), optionally ``insight`` (only calls for that insight) and ``words`` (only language-model calls whose prompt
contains these words; plain letters and spaces), and the fields that the kind needs:

* wire kinds, performed here: ``status`` (``status``, ``code``, ``message``, ``retry_after``, ``headers``, ``body``),
  ``slow`` (``seconds``, or until it is cleared; nothing happens for a caller that has gone by then), ``drip`` (``seconds``
  between chunks of ``chunk`` bytes), ``reset``, ``apply_then_reset``, ``close``, ``cut``, ``malformed``, ``html``;
* content kinds, performed by the routes: for a language model ``refusal``, ``truncated``, ``filtered``, ``failed``,
  ``invented`` (a segment id that does not exist), ``not_json``, ``wrong_shape``, ``empty``, ``output`` (``text``); for
  transcripts ``never`` and ``error`` (``message``), on ``POST /v2/transcript``.

Must not go here: a provider's normal responses.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import time
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

WIRE = {"status", "slow", "drip", "reset", "apply_then_reset", "close", "cut", "malformed", "html"}
CONTENT = {
    "refusal", "truncated", "filtered", "failed", "invented", "not_json", "wrong_shape", "empty", "output",
    "never", "error",
}  # fmt: skip
TRANSPORT = "loopback.transport"
LOOK_SECONDS = 0.05
"""How soon a request that waits notices that its fault was cleared."""


@dataclass
class Fault:
    """One scheduled fault; ``more`` holds the fields that its kind needs."""

    match: str
    kind: str
    times: int = 1
    insight: str | None = None
    words: str = ""
    more: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def parse(cls, body: dict[str, Any]) -> Fault:
        """Parse a fault. An unknown kind is an error: otherwise a test would pass without its fault."""
        kind = body["kind"]
        if kind not in WIRE | CONTENT:
            raise ValueError(f"unknown fault kind {kind!r}")
        rest = {k: v for k, v in body.items() if k not in ("match", "kind", "times", "insight", "words")}
        return cls(body["match"], kind, int(body.get("times", 1)), body.get("insight"), body.get("words", ""), rest)


class FaultBook:
    """The scheduled faults."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.hits = 0

    def take(self, method: str, path: str, insight: str | None, kinds: set[str], text: str = "") -> Fault | None:
        """Return the first fault that matches this request, and count it down. ``text`` is the language model's input."""
        for fault in self.faults:
            right = fnmatchcase(f"{method} {path}", fault.match) and fault.kind in kinds and fault.words in text
            if right and fault.times != 0 and fault.insight in (None, insight):
                fault.times -= 1 if fault.times > 0 else 0
                self.hits += 1
                return fault
        return None


class FaultMiddleware:
    """Performs the wire faults. ``book`` is a callable because a reset replaces the book."""

    def __init__(self, app: ASGIApp, book: Any) -> None:
        self.app = app
        self.book = book

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, with its scheduled fault if there is one."""
        path = scope.get("path", "")
        if scope["type"] != "http" or path.startswith("/_"):
            await self.app(scope, receive, send)
            return
        insight: str | None = None
        body = b""
        if path.startswith("/v1/") and scope["method"] == "POST":
            body = await _read(receive)
            insight, receive = insight_of(body), _replay(body)
        fault = self.book().take(scope["method"], path, insight, WIRE, body.decode("utf-8", "replace"))
        if fault is None:
            await self.app(scope, receive, send)
        else:
            await self._do(fault, scope, receive, send)

    async def _do(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        kind, more = fault.kind, fault.more
        if kind == "reset":
            _reset(scope)
        elif kind == "close":
            scope["extensions"][TRANSPORT].abort()
        elif kind == "status":
            await _canned(more, scope, receive, send)
        elif kind == "slow":
            await self._wait(fault, more.get("seconds", 1.0))
            if not scope["extensions"][TRANSPORT].is_closing():
                await self.app(scope, receive, send)
        elif kind == "html":
            page = more.get("body", "<html><body><h1>Welcome to the proxy</h1></body></html>").encode()
            await _drain(scope, receive)
            await _send(send, 200, [(b"content-type", b"text/html; charset=utf-8")], page)
        else:
            await self._spoil(fault, scope, receive, send)

    async def _wait(self, fault: Fault, seconds: float) -> None:
        """Wait for this long, or until the fault is cleared: a test that clears it ends the requests that wait."""
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0 and any(one is fault for one in self.book().faults):
            await asyncio.sleep(min(left, LOOK_SECONDS))

    async def _spoil(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        """The kinds that let the work happen and then spoil the response."""
        sink = Sink()
        await self.app(scope, receive, sink)
        if fault.kind == "apply_then_reset":
            _reset(scope)
        elif fault.kind == "malformed":
            await _send(send, sink.status, sink.headers, sink.body[: len(sink.body) // 2])
        elif fault.kind == "cut":
            await send({"type": "http.response.start", "status": sink.status, "headers": sink.headers})
            half = sink.body[: len(sink.body) // 2]
            await send({"type": "http.response.body", "body": half, "more_body": True})
            scope["extensions"][TRANSPORT].close()
        else:
            await _drip(fault, sink, send)


class Sink:
    """Collects a response instead of sending it."""

    def __init__(self) -> None:
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""

    async def __call__(self, message: Message) -> None:
        """Receive one ASGI message."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        else:
            self.body += message.get("body", b"")


def insight_of(body: bytes) -> str | None:
    """The name of the response format in a language-model request, for either of the two APIs."""
    try:
        data = json.loads(body)
        chat = (data.get("response_format") or {}).get("json_schema") or {}
        name = ((data.get("text") or {}).get("format") or {}).get("name") or chat.get("name")
    except (ValueError, AttributeError):
        return None
    return name if isinstance(name, str) else None


async def _drip(fault: Fault, sink: Sink, send: Send) -> None:
    """Send the response a few bytes at a time: no single read takes long, but the whole does."""
    size = fault.more.get("chunk", 1)
    await send({"type": "http.response.start", "status": sink.status, "headers": sink.headers})
    for start in range(0, len(sink.body), size):
        chunk = sink.body[start : start + size]
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await asyncio.sleep(fault.more.get("seconds", 0.1))
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _canned(more: dict[str, Any], scope: Scope, receive: Receive, send: Send) -> None:
    status = int(more["status"])
    message = more.get("message", f"scripted status {status}")
    if "body" in more:
        body = more["body"] if isinstance(more["body"], str) else json.dumps(more["body"])
    elif scope["path"].startswith("/v1/"):
        code = more.get("code", "rate_limit_exceeded" if status == 429 else None)
        kind = "server_error" if status >= 500 else more.get("type", code or "invalid_request_error")
        body = json.dumps({"error": {"message": message, "type": kind, "param": None, "code": code}})
    else:
        body = json.dumps({"error": message})
    headers = {"content-type": "application/json", **more.get("headers", {})}
    if "retry_after" in more:
        headers["retry-after"] = str(more["retry_after"])
    await _drain(scope, receive)
    await _send(send, status, [(k.lower().encode(), v.encode()) for k, v in headers.items()], body.encode())


async def _drain(scope: Scope, receive: Receive) -> None:
    """Read the request to its end: an earlier response can reset the connection during an upload."""
    if scope["method"] in ("POST", "PUT"):
        while (await receive()).get("more_body"):
            pass


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    kept = [(k, v) for k, v in headers if k != b"content-length"]
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*kept, length]})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def _read(receive: Receive) -> bytes:
    body: bytes = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body


def _replay(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _reset(scope: Scope) -> None:
    """Send a real RST: with a linger time of 0 the kernel drops unsent data and resets the peer."""
    transport = scope["extensions"][TRANSPORT]
    sock = transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
