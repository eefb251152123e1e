"""The connection itself: reads are limited, and only the target is dialled."""

import asyncio

import httpcore
import pytest

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.webhooks import policies
from meeting_pipeline.webhooks.addresses import parse_target
from meeting_pipeline.webhooks.allowlist import parse_allow
from meeting_pipeline.webhooks.guard import AnswerTooLongError, GuardedBackend, MeteredStream, system_resolver


class Endless(httpcore.AsyncNetworkStream):
    """A connection that always returns as many bytes as requested."""

    def __init__(self) -> None:
        self.given = 0

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self.given += max_bytes
        return b"x" * max_bytes


def test_exactly_the_limit_is_taken_from_the_connection() -> None:
    endless = Endless()
    stream = MeteredStream(endless, policies.WEBHOOK_READ_BYTES)

    async def drain() -> None:
        while True:
            await stream.read(5000)

    with pytest.raises(AnswerTooLongError):
        asyncio.run(drain())
    assert endless.given == policies.WEBHOOK_READ_BYTES == 16 * 1024


def test_local_sockets_and_other_hosts_are_refused() -> None:
    backend = GuardedBackend(parse_target("http://cms.example/"), parse_allow(("127.0.0.1",)), system_resolver)

    with pytest.raises(PermanentError):
        asyncio.run(backend.connect_unix_socket("/var/run/docker.sock"))
    with pytest.raises(PermanentError):
        asyncio.run(backend.connect_tcp("127.0.0.1", 80))


def test_the_systems_resolver_reports_unknown_names_as_errors() -> None:
    with pytest.raises(OSError, match=r"\w"):
        asyncio.run(system_resolver("does-not-exist.invalid", 80))
    with pytest.raises(OSError, match=r"\w"):
        asyncio.run(system_resolver("a" * 64 + ".example", 80))
