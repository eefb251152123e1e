"""Clients of the event streams, light enough to run hundreds of them beside the system under test.

Like browsers, they reconnect after a while with the id of the last event. Belongs here: connecting, reading and recording
frames. Must not go here: which frames are expected.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urlsplit


class Frame(NamedTuple):
    """One event as received."""

    id: str | None
    type: str
    data: dict[str, Any]


@dataclass
class Listener:
    """One client. ``base`` returns the service's address, which may change when it is restarted."""

    base: Callable[[], str]
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    last_id: str | None = None
    again_s: float = 0.2
    frames: list[Frame] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    heads: dict[str, str] = field(default_factory=dict)
    errors: int = 0
    _writer: asyncio.StreamWriter | None = None
    _loop: asyncio.AbstractEventLoop | None = None

    @property
    def connected(self) -> bool:
        return self._writer is not None

    def events(self) -> list[Frame]:
        """The frames without `ready` and `end`."""
        return [frame for frame in self.frames if frame.type not in ("ready", "end")]

    def seqs(self) -> list[int]:
        return [frame.data["seq"] for frame in self.events()]

    def cut(self) -> None:
        """Drop the connection without notice. Can be called from any thread."""
        writer, loop = self._writer, self._loop
        if writer is not None and loop is not None:
            loop.call_soon_threadsafe(writer.transport.abort)

    async def listen(self, done: Callable[[Listener], bool] = lambda _: False) -> None:
        """Reconnect until the stream has ended (204), the service refuses (4xx), or ``done`` returns true."""
        while not done(self):
            status = await self.once()
            if status == 204 or 400 <= status < 500:
                return
            await asyncio.sleep(self.again_s * random.uniform(0.5, 1.5))

    async def once(self) -> int:
        """Connect once and read to the end. Returns the status; 0 if there was no response."""
        try:
            return await self._once()
        except (OSError, asyncio.IncompleteReadError, ValueError):
            self.errors += 1
            return 0
        finally:
            if self._writer is not None:
                self._writer.close()
                with contextlib.suppress(OSError):
                    await self._writer.wait_closed()
                self._writer = None

    async def _once(self) -> int:
        self._loop = asyncio.get_running_loop()
        where = urlsplit(self.base())
        reader, self._writer = await asyncio.open_connection(where.hostname, where.port)
        said = {"Host": where.netloc, "Accept": "text/event-stream", **self.headers}
        if self.last_id is not None:
            said["Last-Event-ID"] = self.last_id
        lines = [f"GET {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in said.items()), "", ""]
        self._writer.write("\r\n".join(lines).encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        status = int(head[0].split()[1])
        self.heads = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        self.statuses.append(status)
        if status == 200:
            async for text in _blocks(reader):
                self._read(text)
        return status

    def _read(self, text: str) -> None:
        fields: dict[str, str] = {}
        for line in text.split("\n"):
            name, _, value = line.partition(":")
            if not name:
                self.comments.append(value)
            else:
                fields[name] = value.removeprefix(" ")
        self.last_id = fields.get("id", self.last_id)
        if "data" in fields:
            self.frames.append(Frame(fields.get("id"), fields["event"], json.loads(fields["data"])))


async def _blocks(reader: asyncio.StreamReader) -> AsyncIterator[str]:
    """The blocks between empty lines of a chunked body."""
    rest = b""
    while size := int(await reader.readline(), 16):
        rest += (await reader.readexactly(size + 2))[:-2]
        *whole, rest = rest.split(b"\n\n")
        for block in whole:
            yield block.decode()
    if rest:
        raise ValueError("the stream ended within an event")


class Background:
    """An event loop in its own thread, for tests that do something else meanwhile."""

    def __enter__(self) -> Background:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        return self

    def start(self, work: Coroutine[Any, Any, None]) -> Any:
        """Start it; returns a future of ``concurrent.futures``."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def __exit__(self, *_: object) -> None:
        async def cancel_all() -> None:
            others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(cancel_all(), self._loop).result(120)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(120)
        self._loop.close()
