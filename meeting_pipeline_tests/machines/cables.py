"""Cables between a machine and what it shares with others: connections through them can be cut and repaired.

While a cable is cut, no byte passes and no connection ends, as when a network fails: neither side is told.
Must not go here: which machine has which cable (``lab.py``).
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from urllib.parse import urlsplit, urlunsplit

_BYTES: Final = 65536
T = TypeVar("T")


class Cables:
    """Listeners on 127.0.0.1, each of which passes everything on to one server. All are cut and repaired together."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="cables", daemon=True)
        self._whole = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._servers: list[asyncio.Server] = []
        self._writers: list[asyncio.StreamWriter] = []

    def __enter__(self) -> Self:
        self._thread.start()
        self.mend()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def to(self, url: str) -> str:
        """A cable to the server of this URL; returns the URL through it."""
        parts = urlsplit(url)
        assert parts.port is not None
        port = self._call(self._listen(parts.port))
        user, at, _ = parts.netloc.rpartition("@")
        return urlunsplit(parts._replace(netloc=f"{user}{at}127.0.0.1:{port}"))

    def cut(self) -> None:
        """From now on nothing passes."""
        self._loop.call_soon_threadsafe(self._whole.clear)

    def mend(self) -> None:
        """What was sent meanwhile arrives now."""
        self._loop.call_soon_threadsafe(self._whole.set)

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _listen(self, port: int) -> int:
        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._whole.wait()
            try:
                there = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                writer.transport.abort()
                return
            self._writers += [writer, there[1]]
            for source, target in ((reader, there[1]), (there[0], writer)):
                task = asyncio.create_task(self._pass_on(source, target))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

        server = await asyncio.start_server(accept, "127.0.0.1", 0)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def _pass_on(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while some := await source.read(_BYTES):
                await self._whole.wait()
                target.write(some)
                await target.drain()
        with contextlib.suppress(OSError):
            await self._whole.wait()  # not even its end is seen
            target.close()

    async def _end(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._writers:
            writer.transport.abort()
        for server in self._servers:
            server.close()
        await asyncio.sleep(0)  # aborted transports close their sockets in the next round
