"""Many deliveries at once, so that one slow receiver holds up nobody else.

Belongs here: who may go when. Must not go here: the rows of the outbox; ``on_result`` writes them.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Generic, TypeVar

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.webhooks.addresses import parse_target
from meeting_pipeline.webhooks.client import post
from meeting_pipeline.webhooks.outcome import Due, Outcome, refused
from meeting_pipeline.webhooks.signing import check_submitter_secret, signed_headers

Send = Callable[[Due], Awaitable[Outcome]]

D = TypeVar("D", bound=Due)


def signed_sender(*, signing_secret: str, allow: tuple[str, ...]) -> Send:
    """The sender of an installation: signs at the moment of sending, and posts through the guarded client."""

    async def send(due: Due) -> Outcome:
        try:
            if due.secret is not None:
                check_submitter_secret(due.secret)
        except PermanentError as error:
            return refused(error)
        headers = signed_headers(due.event_id, due.body, signing_secret, due.secret, datetime.now(UTC))
        return await post(due.url, due.body, headers, allow=allow)

    return send


async def deliver_batch(
    deliveries: Sequence[D],
    send: Send,
    on_result: Callable[[D, Outcome], None],
    *,
    parallel: int = policies.WEBHOOK_PARALLEL,
    per_host: int = policies.WEBHOOK_PER_HOST,
    start_within_s: float = policies.WEBHOOK_START_SECONDS,
) -> tuple[D, ...]:
    """Attempt each delivery once; returns those that were left, whose leases the caller gives back.

    Left are deliveries that did not get a place within ``start_within_s`` seconds, and those to a host that
    already let an attempt time out in this batch: it would cost the full limit again. ``on_result`` is called
    as each attempt ends, one call at a time, in one thread that is not the event loop's: it may block on a
    database.
    Raises: what ``send`` or ``on_result`` raise, the first of them, after every other delivery had its turn.
    """
    batch = _Batch(send, on_result, parallel, per_host, time.monotonic() + start_within_s)
    try:
        results = await asyncio.gather(*(batch.deliver(due) for due in deliveries), return_exceptions=True)
    finally:
        batch.writer.shutdown()
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return tuple(due for due, attempted in zip(deliveries, results, strict=True) if not attempted)


class _Batch(Generic[D]):
    """The places and the memory of one batch."""

    def __init__(
        self,
        send: Send,
        on_result: Callable[[D, Outcome], None],
        parallel: int,
        per_host: int,
        start_until: float,
    ) -> None:
        self._send = send
        self._on_result = on_result
        self._places = asyncio.Semaphore(parallel)
        self._per_host = per_host
        self._hosts: dict[str, asyncio.Semaphore] = {}
        self._slow: set[str] = set()
        self._start_until = start_until
        self.writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="webhook-results")

    async def deliver(self, due: D) -> bool:
        """Attempt one delivery when its turn comes; ``False`` if it was left."""
        host = _host(due.url)
        # The host's place first: who waits for a slow host must not hold a place that others could use.
        async with self._hosts.setdefault(host, asyncio.Semaphore(self._per_host)), self._places:
            if host in self._slow or time.monotonic() > self._start_until:
                return False
            outcome = await self._send(due)
            if outcome.error_code == "webhook_timeout":
                self._slow.add(host)
        await asyncio.get_running_loop().run_in_executor(self.writer, self._on_result, due, outcome)
        return True


def _host(url: str) -> str:
    try:
        return parse_target(url).host
    except PermanentError:
        return ""  # refused by the sender before anything is dialled
