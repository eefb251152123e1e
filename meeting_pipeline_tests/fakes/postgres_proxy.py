"""A proxy in front of PostgreSQL that cuts connections at a chosen statement, before it runs or before its response arrives.

It parses just enough of the protocol to see statements (simple queries, as psycopg2 sends them). Must not go here:
starting servers (``meeting_pipeline_tests/postgres.py``).
"""

from __future__ import annotations

import asyncio
import struct
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

_NO_STARTUP = {80877103, 80877104}
"""Codes of SSLRequest and GSSENCRequest, which precede the startup message."""


class PostgresProxy:
    """Listens on 127.0.0.1 and forwards everything until ``cut`` is called."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._lock = threading.Lock()
        self._wanted: Callable[[str], bool] | None = None
        self._answer_lost = False
        self._skip = 0
        self.statements: list[str] = []
        self.cuts = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="postgres-proxy", daemon=True)
        self._ready = threading.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    def cut(self, statement: str, *, answer_lost: bool, after: int = 0) -> None:
        """Cut one connection at the statement with this prefix, after skipping ``after`` others with the same prefix.

        ``answer_lost``: the server receives and executes the statement; otherwise it never receives it.
        """
        with self._lock:
            self._wanted = lambda seen: seen.upper().startswith(statement)
            self._answer_lost, self._skip = answer_lost, after

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(120)
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await _Line(self, reader, writer).run(self._server_port)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # one side disconnected, or the proxy is closing
        finally:
            self._tasks.discard(task)

    def hit(self, statement: str) -> bool:
        """Record a statement; return whether to cut its connection."""
        with self._lock:
            self.statements.append(statement)
            if self._wanted is None or not self._wanted(statement):
                return False
            if self._skip > 0:
                self._skip -= 1
                return False
            self._wanted = None
            self.cuts += 1
            return True

    @property
    def answer_lost(self) -> bool:
        """Whether to cut after the server has executed the statement."""
        return self._answer_lost


class _Line:
    """One connection through the proxy."""

    def __init__(self, proxy: PostgresProxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._proxy, self._reader, self._writer = proxy, reader, writer
        self._swallow = False

    async def run(self, server_port: int) -> None:
        from_server, self._to_server = await asyncio.open_connection("127.0.0.1", server_port)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._answers(from_server))
                both.create_task(self._questions())
        except* (OSError, asyncio.IncompleteReadError, _Cut):
            pass
        finally:
            for writer in (self._writer, self._to_server):
                writer.transport.abort()

    async def _answers(self, from_server: asyncio.StreamReader) -> None:
        while data := await from_server.read(65536):
            if self._swallow:
                raise _Cut
            self._writer.write(data)
            await self._writer.drain()
        raise _Cut

    async def _questions(self) -> None:
        started = False
        while True:
            kind = await self._reader.readexactly(1) if started else b""
            length = await self._reader.readexactly(4)
            body = await self._reader.readexactly(struct.unpack("!i", length)[0] - 4)
            if not started:
                started = struct.unpack("!i", body[:4])[0] not in _NO_STARTUP
            if kind == b"Q" and self._proxy.hit(body.rstrip(b"\0").decode("utf-8", "replace")):
                if not self._proxy.answer_lost:
                    raise _Cut
                self._swallow = True
            self._to_server.write(kind + length + body)
            await self._to_server.drain()


class _Cut(Exception):
    """Raised to end the connection at this point."""
