"""The one thread of a service that reads new events for all its clients.

It runs while there are subscribers. It passes events to the event loop, where ``hub.py`` distributes them. Must not go here:
clients.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.api import policies
from meeting_pipeline.domain.backoff import backoff_s
from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.store.event_log.event_log import BEGINNING, FeedEvent, Position
from meeting_pipeline.store.event_log.watch import FeedWatch
from meeting_pipeline.store.store import Store

_log = logging.getLogger(__name__)
Deliver = Callable[["FeedReader", Sequence[FeedEvent]], None]
Lost = Callable[["FeedReader"], None]


class FeedReader:
    """Reads the events committed after ``ready`` is done, and delivers them in the event loop that created the reader.

    Unsettled events are delivered early, once, so that clients of one recording need not wait for other transactions.
    They are delivered again when they are settled, for clients that follow all recordings.
    """

    def __init__(self, store: Store, deliver: Deliver, lost: Lost) -> None:
        self._store = store
        self._deliver = deliver
        self._lost = lost
        self._loop = asyncio.get_running_loop()
        self.ready: asyncio.Future[None] = self._loop.create_future()
        self.ready.add_done_callback(lambda done: done.cancelled() or done.exception())  # maybe nobody awaits it
        self._watch = FeedWatch(store.database)
        self._at = BEGINNING
        self._begun = False
        self._early: set[Position] = set()
        self._unsettled = 0
        threading.Thread(target=self._run, name="feed-reader", daemon=True).start()

    def stop(self) -> None:
        """Stop because there are no subscribers. Returns at once; the thread ends after its current read."""
        self._watch.stop()

    def _run(self) -> None:
        failures = 0
        try:
            while not self._watch.stopped:
                try:
                    with self._watch:
                        self._begin()
                        failures = 0
                        self._follow()
                except StoreUnavailable as error:
                    _log.warning("events wait: %s", error)
                    self._call(self._fail, error)
                    self._watch.pause(
                        backoff_s(
                            failures, shared_policies.DATABASE_RETRY_FIRST_SECONDS, policies.EVENTS_RETRY_MAX_SECONDS
                        )
                    )
                    failures += 1
        except Exception as error:  # noqa: BLE001 - the last boundary of a thread: clients must not wait for a dead reader
            _log.exception("the reader of events ended")
            self._call(self._fail, error)
            self._call(self._lost, self)
        finally:
            self._watch.close()

    def _begin(self) -> None:
        if not self._begun:
            self._store.feed.take_over()
            self._at = self._store.feed.horizon()
            self._begun = True
            self._call(self._signal_ready)

    def _follow(self) -> None:
        while not self._watch.stopped:
            wait = self._read()
            self._watch.pause(policies.EVENTS_GAP_SECONDS)
            self._watch.wait(wait)

    def _read(self) -> float:
        """Deliver new events. Returns how many seconds to wait before the next read, unless a notification comes earlier."""
        before = time.monotonic()
        found = self._store.feed.visible(self._at, policies.EVENTS_PAGE)
        settled = [event for event in found if event.settled]
        fresh = [event for event in found if event.settled or event.position not in self._early]
        self._early = {event.position for event in found if not event.settled}
        if settled:
            self._at = settled[-1].position
        if fresh:
            self._call(self._hand_over, fresh)
        if len(settled) == policies.EVENTS_PAGE:
            return 0.0
        if len(found) == len(settled):
            self._unsettled = 0
            return policies.EVENTS_LOOK_SECONDS
        self._unsettled = 0 if settled else self._unsettled + 1
        wait = backoff_s(self._unsettled, policies.EVENTS_SETTLE_FIRST_SECONDS, policies.EVENTS_SETTLE_MAX_SECONDS)
        return min(max(wait, time.monotonic() - before), policies.EVENTS_SETTLE_MAX_SECONDS)

    def _call(self, what: Callable[..., None], *args: object) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(what, *args)

    def _signal_ready(self) -> None:
        if not self.ready.done():
            self.ready.set_result(None)

    def _fail(self, error: Exception) -> None:
        if not self.ready.done():
            self.ready.set_exception(error)

    def _hand_over(self, events: Sequence[FeedEvent]) -> None:
        self._deliver(self, events)
