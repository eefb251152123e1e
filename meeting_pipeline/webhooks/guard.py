"""Guarded connections: connect only to the checked address, and limit the bytes read.

The check runs below the HTTP library, when connecting, so that no redirect, unusual spelling or changed DNS response can
bypass it; ``Host``, SNI and the certificate's name remain those of the URL. Belongs here: resolving, connecting and reading.
Must not go here: HTTP (``client.py``), rules (``addresses.py``).
"""

import asyncio
import concurrent.futures
import socket
import ssl
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence

import httpcore

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.webhooks import policies
from meeting_pipeline.webhooks.addresses import URL_REFUSED, Target, check_address, check_target
from meeting_pipeline.webhooks.allowlist import AllowList
from meeting_pipeline.webhooks.networks import Address, parse_address

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host and port -> addresses as text, in order of preference. Raises OSError if there are none."""


class AnswerTooLongError(Exception):
    """The receiver's response exceeds the read limit."""


class UnresolvedError(Exception):
    """The host name has no address."""


async def system_resolver(host: str, port: int) -> Sequence[str]:
    """Resolve a name with the operating system.

    Each lookup has its own daemon thread: a name server that does not respond must not block other lookups, as it would in a
    pool, nor the end of the process.
    Raises: OSError.
    """
    answer: concurrent.futures.Future[Sequence[str]] = concurrent.futures.Future()

    def look_up() -> None:
        if not answer.set_running_or_notify_cancel():
            return
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
        except (OSError, UnicodeError) as error:
            answer.set_exception(error if isinstance(error, OSError) else OSError("the name cannot be encoded"))
        else:
            answer.set_result(tuple(dict.fromkeys(str(entry[4][0]) for entry in found)))

    threading.Thread(target=look_up, name="webhook-resolver", daemon=True).start()
    return await asyncio.wrap_future(answer)


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects for one request to one target. ``peer`` is the last address it tried.

    Reads at most ``read_bytes`` of a response.
    """

    def __init__(
        self,
        target: Target,
        allow: AllowList,
        resolver: Resolver,
        read_bytes: int = policies.WEBHOOK_READ_BYTES,
    ) -> None:
        self._target = target
        self._allow = allow
        self._resolver = resolver
        self._read_bytes = read_bytes
        self._dialler = httpcore.AnyIOBackend()
        self.peer: str | None = None

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve once, check every address, then try the checked addresses in turn within ``timeout`` seconds.

        Raises: PermanentError ``webhook_url_refused``, UnresolvedError, httpcore.ConnectError,
            httpcore.ConnectTimeout.
        """
        if (host, port) != (self._target.host, self._target.port):
            raise PermanentError(URL_REFUSED, "The webhook request left its target.")
        addresses = (await self._checked_addresses())[: policies.WEBHOOK_DIALS]
        ends = time.monotonic() + (shared_policies.WEBHOOK_CONNECT_SECONDS if timeout is None else timeout)
        failure: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for tried, address in enumerate(addresses):
            share = max(ends - time.monotonic(), 0.0) / (len(addresses) - tried)
            self.peer = str(address)
            try:
                stream = await self._dialler.connect_tcp(self.peer, port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
                continue
            await _check_peer(stream, address)
            return MeteredStream(stream, self._read_bytes)
        raise failure or UnresolvedError

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Refuse: no receiver is a local socket."""
        raise PermanentError(URL_REFUSED, "Webhooks are not sent to local sockets.")

    async def sleep(self, seconds: float) -> None:
        """Sleep. Part of the interface, used only for connection retries, which are off."""
        await asyncio.sleep(seconds)

    async def _checked_addresses(self) -> list[Address]:
        check_target(self._target, self._allow)
        if self._target.address is not None:
            return [self._target.address]
        try:
            answers = await self._resolver(self._target.host, self._target.port)
        except OSError as error:
            raise UnresolvedError from error
        addresses = [_read_answer(answer, self._target) for answer in answers]
        # Check all of them before connecting to any: a mix of allowed and refused addresses is an attack or a mistake.
        for address in addresses:
            check_address(address, self._target, self._allow)
        return addresses


class MeteredStream(httpcore.AsyncNetworkStream):
    """A connection that reads at most ``limit`` bytes (with TLS: decrypted bytes)."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, limit: int) -> None:
        self._stream = stream
        self._left = self._limit = limit

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read more.

        Raises: AnswerTooLongError once the limit is reached.
        """
        if self._left == 0:
            raise AnswerTooLongError
        data = await self._stream.read(min(max_bytes, self._left), timeout)
        self._left -= len(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of ``buffer``."""
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        """Continue with TLS; the handshake does not count towards the limit."""
        return MeteredStream(await self._stream.start_tls(ssl_context, server_hostname, timeout), self._limit)

    def get_extra_info(self, info: str) -> object:
        """Return information about the underlying connection."""
        return self._stream.get_extra_info(info)


def _read_answer(answer: str, target: Target) -> Address:
    try:
        return parse_address(answer)
    except ValueError as error:
        raise PermanentError(
            URL_REFUSED,
            f"The webhook URL is refused: {target.host} leads to an address of one interface only.",
        ) from error


async def _check_peer(stream: httpcore.AsyncNetworkStream, dialled: Address) -> None:
    peer = stream.get_extra_info("server_addr")
    if not peer or parse_address(str(peer[0])) != dialled:
        await stream.aclose()
        raise PermanentError(
            URL_REFUSED, "The webhook connection led to a different address from the one that was checked."
        )
