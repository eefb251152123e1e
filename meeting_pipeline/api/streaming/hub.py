"""Subscribers to events: each client has a bounded queue, and one reader fills them all.

Belongs here: distributing the reader's events to clients, and the limits for it. Everything here runs in the event loop.
Must not go here: what is written to a client (``sse_response.py``), how events are read (``reader.py``).
"""

import asyncio
import collections
import contextlib
import functools
import json
import logging
from collections.abc import Callable, Generator, Sequence
from datetime import UTC, datetime
from typing import Any

from meeting_pipeline.api import policies
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.api.schemas.problems import ApiError
from meeting_pipeline.api.streaming.reader import FeedReader
from meeting_pipeline.store.event_log.event_log import DELETED, FeedEvent, Position
from meeting_pipeline.store.tables import RecordingEvent

_log = logging.getLogger(__name__)


class StreamedEvent:
    """An event as clients see it, serialized once for all of them."""

    def __init__(self, event: FeedEvent | RecordingEvent) -> None:
        self._event = event
        self.seq = event.seq
        self.type = event.type
        self.status = event.status

    @property
    def position(self) -> Position:
        """Its position among the events of all recordings. An event read for one recording has only a number."""
        if not isinstance(self._event, FeedEvent):
            raise TypeError("an event of one recording has no place among those of all")
        return self._event.position

    @functools.cached_property
    def data(self) -> str:
        """The ``data`` of its frame."""
        event = self._event
        key = event.key if isinstance(event, FeedEvent) else event.recording_key
        said: dict[str, Any] = {
            "recording_id": key,
            "seq": None if event.type == DELETED else event.seq,
            "type": event.type,
            "at": _written(event.at),
            "status": event.status,
            "stage": event.stage,
            "data": event.data,
        }
        return json.dumps(said, ensure_ascii=False, separators=(",", ":"))

    def frame(self, event_id: str) -> str:
        """The event in the format of Server-Sent Events: https://html.spec.whatwg.org/multipage/server-sent-events.html."""
        return f"id: {event_id}\nevent: {self.type}\ndata: {self.data}\n\n"


def _written(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


class Subscription:
    """The queue of one client. ``key``: the recording that it follows; ``None``: all recordings."""

    def __init__(self, key: str | None) -> None:
        self.key = key
        self.overflowed = False
        """More events came than fit, and the queue was emptied."""
        self.ended = False
        """The client is gone, or the service is shutting down."""
        self.on_overflow: Callable[[], None] | None = None
        """Called when ``overflowed`` becomes true."""
        self._queue: collections.deque[StreamedEvent] = collections.deque()
        self._something = asyncio.Event()

    def put(self, told: StreamedEvent) -> None:
        """Add an event, if there is room."""
        if self.overflowed or self.ended:
            return
        if len(self._queue) >= policies.EVENTS_QUEUE:
            self._queue.clear()
            self.overflowed = True
            if self.on_overflow is not None:
                self.on_overflow()
        else:
            self._queue.append(told)
        self._something.set()

    def take(self) -> list[StreamedEvent]:
        """Remove and return all queued events."""
        taken = list(self._queue)
        self._queue.clear()
        self._something.clear()
        return taken

    def restart(self) -> None:
        """Start with an empty queue: the client reads the lost events from the store."""
        self.overflowed = False
        self.take()

    def end(self) -> None:
        """Wake the stream for the last time."""
        self.ended = True
        self._something.set()

    async def wait(self, seconds: float) -> None:
        """Wait until there is something to do, at most this long."""
        if self.ended or self.overflowed or self._queue:
            return
        self._something.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._something.wait()


class Feed:
    """All clients of one service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._subscriptions: set[Subscription] = set()
        self._reader: FeedReader | None = None
        self._watching: asyncio.Task[None] | None = None

    @property
    def streams(self) -> int:
        """Number of open streams."""
        return len(self._subscriptions)

    @contextlib.contextmanager
    def subscribed(self, key: str | None) -> Generator[Subscription]:
        """Add a queue; it is filled once ``ready`` has been awaited. Raises: ApiError ``too_many_streams``, ``shutting_down``."""
        self._require_room()
        subscription = Subscription(key)
        self._subscriptions.add(subscription)
        if self._reader is None:
            self._reader = FeedReader(self._service.installation.store, self._deliver, self._lost)
        if self._watching is None:
            self._watching = asyncio.create_task(self._end_with_the_service())
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)
            if not self._subscriptions:
                self._rest()

    async def ready(self) -> None:
        """Wait until the queues receive everything that is committed from now on. Raises: StoreUnavailable."""
        reader = self._reader
        if reader is None:
            raise RuntimeError("nobody has subscribed")
        try:
            await asyncio.shield(reader.ready)
        except Exception:
            if reader is self._reader:  # all clients that wait for it fail; the next one gets a new reader
                self._rest()
            raise

    def _require_room(self) -> None:
        if self._service.stopping.is_set():
            raise ApiError(503, "shutting_down", "The service is shutting down.", "Come again.", {"Retry-After": "5"})
        if self.streams >= policies.EVENTS_STREAMS:
            raise ApiError(
                503,
                "too_many_streams",
                f"{policies.EVENTS_STREAMS} event streams are already open.",
                "Close streams that are not in use, or retry later.",
                {"Retry-After": "5"},
            )

    def _deliver(self, reader: FeedReader, events: Sequence[FeedEvent]) -> None:
        if reader is not self._reader:
            return
        everything = [found for found in self._subscriptions if found.key is None]
        by_key: dict[str, list[Subscription]] = {}
        for found in self._subscriptions:
            if found.key is not None:
                by_key.setdefault(found.key, []).append(found)
        for event in events:
            told = StreamedEvent(event)
            for subscription in [*(everything if event.settled else ()), *by_key.get(event.key, ())]:
                subscription.put(told)

    def _lost(self, reader: FeedReader) -> None:
        """The reader ended because of a bug: clients reconnect and get a new reader."""
        if reader is self._reader:
            self._rest()
            for subscription in self._subscriptions:
                subscription.end()

    def _rest(self) -> None:
        if self._reader is not None:
            self._reader.stop()
            self._reader = None
        if self._watching is not None and not self._subscriptions:
            self._watching.cancel()
            self._watching = None

    async def _end_with_the_service(self) -> None:
        while not self._service.stopping.is_set():
            await asyncio.sleep(policies.EVENTS_STOPPING_SECONDS)
        for subscription in self._subscriptions:
            subscription.end()
