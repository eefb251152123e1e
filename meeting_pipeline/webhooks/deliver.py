"""Send many deliveries in parallel, so that a slow or dead receiver does not delay the others.

Deliveries wait only for others to the same host. Endpoints whose last attempt failed have separate slots. While some
deliveries wait for a slow receiver, newly due deliveries to other hosts are taken and sent. Belongs here: the order and
concurrency of deliveries. Must not go here: the rows of the outbox (``store/outbox/outbox.py``).
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Generic, Protocol, TypeVar

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.errors import OperatorError, PermanentError, StoreUnavailable
from meeting_pipeline.webhooks import policies
from meeting_pipeline.webhooks.client import post
from meeting_pipeline.webhooks.outcome import Due, Outcome, met_a_bug, refused
from meeting_pipeline.webhooks.signing import check_submitter_secret, signed_headers

Send = Callable[[Due], Awaitable[Outcome]]

D = TypeVar("D", bound=Due)
T = TypeVar("T")


class Box(Protocol[D]):
    """The source of deliveries and destination of outcomes. Called in a single thread outside the event loop: it may block."""

    def take(self, *, failing: bool, avoid: Collection[str]) -> Sequence[D]:
        """Take due deliveries, except to the hosts in ``avoid``. ``failing``: of endpoints whose last attempt failed, or not."""

    def settle(self, due: D, outcome: Outcome) -> None:
        """Store the outcome of an attempt."""

    def give_back(self, due: D) -> None:
        """Return a delivery that was taken but not attempted."""


@dataclass(frozen=True)
class Limits:
    """Slots and times (seconds) of a drain; see ``policies.py`` for the reasons."""

    parallel: int = policies.WEBHOOK_PARALLEL
    parallel_failing: int = policies.WEBHOOK_PARALLEL_FAILING
    per_host: int = policies.WEBHOOK_PER_HOST
    start_within_s: float = policies.WEBHOOK_START_SECONDS
    look_s: float = policies.WEBHOOK_LOOK_SECONDS
    rest_s: float = policies.WEBHOOK_REST_SECONDS
    drain_s: float = policies.WEBHOOK_DRAIN_SECONDS


def signed_sender(
    *, signing_secret: str, allow: tuple[str, ...], total_s: float = shared_policies.WEBHOOK_TOTAL_SECONDS
) -> Send:
    """Return the sender of an installation, which signs each delivery when it is sent and posts it with the guarded client."""

    async def send(due: Due) -> Outcome:
        try:
            if due.secret is not None:
                check_submitter_secret(due.secret)
        except PermanentError as error:
            return refused(error)
        newest, *older = [own or signing_secret for own in due.signing_secrets] or [signing_secret]
        headers = signed_headers(due.event_id, due.body, newest, due.secret, datetime.now(UTC), also=older)
        return await post(due.url, due.body, headers, allow=allow, total_s=total_s)

    return send


async def deliver_due(
    box: Box[D], send: Send, limits: Limits = Limits(), may_start: Callable[[], bool] = lambda: True
) -> int:
    """Attempt due deliveries until none are left that may be attempted. Returns how many were taken but given back.

    A delivery is given back if it got no slot within ``start_within_s``, if an attempt to its host timed out less than
    ``rest_s`` ago, or if ``may_start`` returns false; in that case nothing more is taken either.
    An OperatorError from ``send`` is this machine's fault: the delivery is given back without counting as an attempt, and
    nothing more is sent to its host in this drain.
    Any other exception from ``send`` is a bug: the attempt fails as ``internal_error`` and is retried by the schedule.
    Raises: the first exception of ``send`` or ``box``, after every delivery had its turn. After a failure of the store or the
    machine (StoreUnavailable, OSError), nothing more is taken.
    """
    return await _Drain(box, send, limits, may_start).run()


@dataclass(frozen=True)
class _Lane:
    failing: bool
    places: asyncio.Semaphore
    hosts: int
    """Maximum number of hosts served in parallel: more would only wait for slots."""
    closes: float


class _Drain(Generic[D]):
    """The slots and the state of one drain."""

    def __init__(self, box: Box[D], send: Send, limits: Limits, may_start: Callable[[], bool]) -> None:
        self._may_start = may_start
        self._box = box
        self._send = send
        self._limits = limits
        now = time.monotonic()
        self._lanes = (
            _Lane(False, asyncio.Semaphore(limits.parallel), limits.parallel, now + limits.drain_s),
            _Lane(True, asyncio.Semaphore(limits.parallel_failing), limits.parallel_failing, now + limits.drain_s / 5),
        )
        self._served: dict[str, tuple[_Lane, asyncio.Task[None]]] = {}
        self._resting: dict[str, float] = {}
        self._errors: list[Exception] = []
        self._bugs: list[Exception] = []
        self._ours: OperatorError | None = None
        self._left = 0
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="webhook-results")

    async def run(self) -> int:
        """Take and attempt deliveries until none are left."""
        try:
            await self._take_more()
            while self._served:
                tasks = [task for _, task in self._served.values()]
                await asyncio.wait(tasks, timeout=self._limits.look_s, return_when=asyncio.FIRST_COMPLETED)
                self._served = {host: pair for host, pair in self._served.items() if not pair[1].done()}
                await self._take_more()
        finally:
            self._thread.shutdown()
        if self._errors or self._bugs:
            raise (self._errors or self._bugs)[0]
        if self._ours is not None:
            raise self._ours
        return self._left

    async def _take_more(self) -> None:
        for lane in self._lanes:
            while (
                not self._errors
                and self._may_start()
                and time.monotonic() < lane.closes
                and sum(served is lane for served, _ in self._served.values()) < lane.hosts
            ):
                take = partial(self._box.take, failing=lane.failing, avoid=self._busy())
                taken = await self._noting_errors(take, self._errors)
                if not taken:
                    break
                self._serve(lane, taken)

    def _busy(self) -> frozenset[str]:
        now = time.monotonic()
        return frozenset(self._served) | {host for host, until in self._resting.items() if until > now}

    def _serve(self, lane: _Lane, taken: Sequence[D]) -> None:
        by_host: dict[str, list[D]] = {}
        for due in taken:
            by_host.setdefault(due.host, []).append(due)
        for host, dues in by_host.items():
            self._served[host] = (lane, asyncio.create_task(self._serve_host(lane, host, dues)))

    async def _serve_host(self, lane: _Lane, host: str, dues: Sequence[D]) -> None:
        turn = asyncio.Semaphore(self._limits.per_host)
        start_until = time.monotonic() + self._limits.start_within_s
        await asyncio.gather(*(self._deliver(lane, host, due, turn, start_until) for due in dues))

    async def _deliver(self, lane: _Lane, host: str, due: D, turn: asyncio.Semaphore, start_until: float) -> None:
        outcome: Outcome | None = None
        # The host's turn first: a delivery that waits for a slow host must not hold a slot that others could use.
        async with turn, lane.places:
            now = time.monotonic()
            if now < start_until and self._resting.get(host, now) <= now and self._may_start():
                try:
                    outcome = await self._attempt(due)
                except OperatorError as error:
                    self._ours = self._ours or error
                    self._resting[host] = math.inf
                    outcome = None
                if outcome is not None and outcome.error_code == "webhook_timeout":
                    self._resting[host] = time.monotonic() + self._limits.rest_s
        if outcome is not None:
            await self._noting_errors(partial(self._box.settle, due, outcome), self._bugs)
        else:
            self._left += 1
            await self._noting_errors(partial(self._box.give_back, due), self._bugs)

    async def _attempt(self, due: D) -> Outcome:
        try:
            return await self._send(due)
        except OperatorError:
            raise
        except Exception as error:  # noqa: BLE001 - ``run`` raises it after the other deliveries had their turn
            self._bugs.append(error)
            return met_a_bug(error)

    async def _noting_errors(self, call: Callable[[], T], bugs: list[Exception]) -> T | None:
        """Run ``call`` in the store's thread. A failure of the store ends the drain; other errors go to ``bugs``."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, call)
        except (StoreUnavailable, OSError) as error:
            self._errors.append(error)
        except Exception as error:  # noqa: BLE001 - see above
            bugs.append(error)
        return None
