"""Raw TCP and TLS servers on 127.0.0.1 that misbehave exactly as a test specifies.

Belongs here: what an HTTP framework would not let a test do (dripping bytes, partial responses, endless headers). Must not
go here: a well-behaved receiver (``fakes/receiver.py``).
"""

import asyncio
import contextlib
import queue
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field

Respond = Callable[[asyncio.StreamWriter], Awaitable[None]]

LOOPBACK = ("127.0.0.1",)


@dataclass
class Raw:
    """A running server: its port, the requests received (head and body) and the number of connections."""

    port: int = 0
    ports: dict[str, int] = field(default_factory=dict)
    """Port by address, if it listens on several."""
    requests: list[tuple[str, bytes]] = field(default_factory=list)
    connections: int = 0
    broken: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the client disconnected while the server was still writing."""


@contextlib.asynccontextmanager
async def serving(
    respond: Respond, *, tls: ssl.SSLContext | None = None, hosts: Sequence[str] = LOOPBACK
) -> AsyncIterator[Raw]:
    """Run a server that reads each request completely and leaves the response to ``respond``."""
    raw = Raw()
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raw.connections += 1
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            length = next(int(line[15:]) for line in head.lower().split("\r\n") if line.startswith("content-length:"))
            raw.requests.append((head, await reader.readexactly(length)))
            await respond(writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            raw.broken.set()
        except asyncio.CancelledError:
            pass  # the server is stopping; asyncio would log the cancelled connection as an error
        finally:
            tasks.discard(task)
            writer.transport.abort() if raw.broken.is_set() else writer.close()

    server = await asyncio.start_server(handle, hosts, 0, ssl=tls)
    raw.ports = dict(socket.getsockname() for socket in server.sockets)
    raw.port = raw.ports[hosts[0]]
    try:
        yield raw
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks)
        await asyncio.sleep(0.01)


@contextlib.contextmanager
def serving_in_a_thread(respond: Respond, *, hosts: Sequence[str] = LOOPBACK) -> Iterator[Raw]:
    """Like ``serving``, for callers without an event loop or with their own."""
    ready: queue.Queue[tuple[Raw, asyncio.AbstractEventLoop, asyncio.Event]] = queue.Queue()

    async def serve() -> None:
        async with serving(respond, hosts=hosts) as raw:
            end = asyncio.Event()
            ready.put((raw, asyncio.get_running_loop(), end))
            await end.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    raw, loop, end = ready.get(timeout=120)
    try:
        yield raw
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join(120)


def answer(status: str = "200 OK", headers: str = "", body: bytes = b"") -> Respond:
    """An ordinary response."""

    async def respond(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode("latin-1") + body)

    return respond


def drip(first: bytes, every_s: float) -> Respond:
    """Send ``first`` at once, then single bytes, endlessly."""

    async def respond(writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(every_s)

    return respond


async def silence(writer: asyncio.StreamWriter) -> None:
    """Send no response at all."""
    await asyncio.sleep(3600)


def resolving(*answers: Sequence[str]) -> Callable[[str, int], Awaitable[Sequence[str]]]:
    """A resolver that returns these answers in turn, repeating the last."""
    left = list(answers)

    async def resolve(host: str, port: int) -> Sequence[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve
