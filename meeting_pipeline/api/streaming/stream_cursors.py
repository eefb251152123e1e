"""The position of a client that follows one recording or all: what comes next, and when everything was sent.

Must not go here: their representation in ``id:`` (``event_ids.py``), writing to the client (``sse_response.py``).
"""

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from anyio import CapacityLimiter, to_thread

from meeting_pipeline.api import policies
from meeting_pipeline.api.streaming.event_ids import EVENT_NUMBER, bad_event_id, read_position, write_position
from meeting_pipeline.api.streaming.hub import StreamedEvent
from meeting_pipeline.domain.backoff import backoff_s
from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.domain.recording import RecordingStatus
from meeting_pipeline.store.engine.row_helpers import unknown_recording
from meeting_pipeline.store.event_log.event_log import BEGINNING, DELETED, Feed, Progress

T = TypeVar("T")
END: Final = "end"
READY: Final = "ready"


class StreamCursor(ABC):
    """The position of one client. ``key``: the recording that it follows; ``None``: all recordings."""

    key: str | None = None

    def __init__(self, feed: Feed, reads: CapacityLimiter) -> None:
        self._feed = feed
        self._reads = reads

    async def _read(self, read: Callable[[], T]) -> T:
        return await to_thread.run_sync(read, limiter=self._reads)

    @abstractmethod
    async def begin(self) -> bool:
        """Find the start position. Returns False if there are no more events for this client.

        Raises: ApiError 400 ``bad_last_event_id``, PermanentError ``unknown_recording``, StoreUnavailable.
        """

    def opening_frame(self) -> str:
        """The first frame of the stream."""
        return ""

    @abstractmethod
    async def page(self) -> Sequence[StreamedEvent]:
        """The next stored events, at most ``EVENTS_PAGE``. Raises: StoreUnavailable."""

    @abstractmethod
    def frame(self, told: StreamedEvent) -> str:
        """Return the frame of the event and move the position past it. Empty if the event was sent before."""

    async def closing_frame(self) -> str | None:
        """The last frame, once everything was sent; ``None`` if more may come. Call it when no events are waiting."""
        return None

    def recheck_delay(self) -> float:
        """How many seconds to wait before calling ``closing_frame`` again."""
        return policies.EVENTS_STREAM_SECONDS


class RecordingCursor(StreamCursor):
    """Follows one recording, by the numbers of its events."""

    def __init__(self, feed: Feed, reads: CapacityLimiter, key: str, last_event_id: str | None) -> None:
        super().__init__(feed, reads)
        self.key = key
        self._name = key
        self._given = last_event_id
        self._last = 0
        self._settling = True
        self._look_at = 0.0
        self._looks = 0

    async def begin(self) -> bool:
        """See ``StreamCursor``. Returns False if the recording is finished and the client has all its events."""
        progress = await self._progress()
        if progress is None:
            raise unknown_recording(self._name)
        if self._given is None:
            return True
        if not EVENT_NUMBER.fullmatch(self._given) or int(self._given) > progress.last_seq:
            raise bad_event_id()
        self._last = int(self._given)
        return not (progress.over and self._last == progress.last_seq)

    async def page(self) -> Sequence[StreamedEvent]:
        """See ``StreamCursor``."""
        found = await self._read(lambda: self._feed.of(self._name, self._last, policies.EVENTS_PAGE))
        return [StreamedEvent(event) for event in found]

    def frame(self, told: StreamedEvent) -> str:
        """See ``StreamCursor``."""
        if told.type == DELETED:
            self._settle()
            return ""
        if told.seq <= self._last:
            return ""
        self._last = told.seq
        if told.status is None or RecordingStatus(told.status).terminal:
            self._settle()
        else:
            self._settling = False
        return told.frame(str(told.seq))

    def _settle(self) -> None:
        self._settling, self._look_at, self._looks = True, 0.0, 0

    def _look_later(self) -> None:
        wait = backoff_s(self._looks, policies.EVENTS_END_FIRST_SECONDS, policies.EVENTS_END_MAX_SECONDS)
        self._look_at = time.monotonic() + wait

    async def closing_frame(self) -> str | None:
        """See ``StreamCursor``."""
        if not self._settling or time.monotonic() < self._look_at:
            return None
        try:
            progress = await self._progress()
        except StoreUnavailable:
            self._look_later()
            return None
        if progress is None or progress.last_seq < self._last:  # deleted, and perhaps submitted again
            return self._end(None)
        if progress.over and progress.last_seq <= self._last:
            return self._end(progress)
        self._look_later()
        self._looks += 1
        return None

    def recheck_delay(self) -> float:
        """See ``StreamCursor``."""
        if not self._settling:
            return super().recheck_delay()
        return max(0.0, self._look_at - time.monotonic())

    def _end(self, progress: Progress | None) -> str:
        """Return the `end` frame. It has no id: reconnecting with the id of the last event gets 204."""
        said = {
            "recording_id": self._name,
            "seq": self._last,
            "type": END,
            "status": progress.status if progress else DELETED,
            "stage": progress.stage if progress else None,
        }
        return f"event: {END}\ndata: {json.dumps(said, separators=(',', ':'))}\n\n"

    async def _progress(self) -> Progress | None:
        return await self._read(lambda: self._feed.progress(self._name))


class AllRecordingsCursor(StreamCursor):
    """Follows all recordings, by positions in the order of all events."""

    def __init__(self, feed: Feed, reads: CapacityLimiter, last_event_id: str | None) -> None:
        super().__init__(feed, reads)
        self._given = last_event_id
        self._last = BEGINNING

    async def begin(self) -> bool:
        """See ``StreamCursor``. Without a given position it starts with new events."""
        if self._given is None:
            self._last = await self._read(self._feed.horizon)
            return True
        self._last = read_position(self._given)
        if not await self._read(lambda: self._feed.knows(self._last)):
            raise bad_event_id()
        return True

    def opening_frame(self) -> str:
        """The start position, so that a client that loses its connection before the first event misses nothing."""
        return f'id: {write_position(self._last)}\nevent: {READY}\ndata: {{"type":"{READY}"}}\n\n'

    async def page(self) -> Sequence[StreamedEvent]:
        """See ``StreamCursor``."""
        found = await self._read(lambda: self._feed.after(self._last, policies.EVENTS_PAGE))
        return [StreamedEvent(event) for event in found]

    def frame(self, told: StreamedEvent) -> str:
        """See ``StreamCursor``."""
        if told.position <= self._last:
            return ""
        self._last = told.position
        return told.frame(write_position(told.position))
