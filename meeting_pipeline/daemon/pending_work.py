"""Which sensors have something to do now, read from the drop folder and the store.

The queries are those of the sensors themselves, and cheap enough to run after every commit. A wrong answer costs an evaluation,
or the wait for the next regular one; nothing relies on it. Must not go here: when to query (``waker.py``), what a sensor does
with the work (``defs/sensors/``).
"""

import time
from collections.abc import Callable, Hashable, Iterator
from typing import Final

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.daemon import policies
from meeting_pipeline.defs.ops.refresh_minutes import to_refresh
from meeting_pipeline.domain.recording import Stage
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.embedding.transcripts import has_due
from meeting_pipeline.steps.intake.attempts import Attempts
from meeting_pipeline.steps.intake.inbox import find_settled
from meeting_pipeline.steps.intake.settling import looks_of

DROP_FOLDER: Final = "drop_folder"
TRANSCRIPTS_READY: Final = "transcripts_ready"
WEBHOOKS_DUE: Final = "webhooks_due"
MAIL_DUE: Final = "mail_due"

Work = tuple[str, Hashable]
"""The name of a sensor, and what it would find: a different value is new work."""


class PendingWork:
    """Asks for work. ``clock``: seconds that never go back."""

    def __init__(self, installation: Installation, clock: Callable[[], float] = time.monotonic) -> None:
        self._installation = installation
        self._clock = clock
        self._folder_at = 0.0
        self.folder_unseen = False
        """Whether the last look at the drop folder was left out, because looks at it are slow."""
        self._polled_at = 0.0
        self._in_flight = 0
        self.nothing_open = False
        """Whether the last look at the store found nothing that any of these sensors could have to do soon."""
        self.unrefreshed = False
        """Whether minutes, cross-meeting tables or vectors lack a change; they are made a little later."""
        self._youngest_s = 0.0
        """When the youngest order in flight was placed, by ``clock``."""

    def in_folder(self) -> Iterator[Work]:
        """Settled files of the drop folder."""
        began = self._clock()
        self.folder_unseen = began < self._folder_at
        if self.folder_unseen:
            return
        attempts, home = Attempts(self._installation.settings.home), self._installation.settings.home
        settled = find_settled(
            self._installation.settings.inbox,
            time.monotonic(),
            1,
            looks_of(home),
            lambda candidate: attempts.deferral_reason(candidate, time.time()) is not None,
        )
        self._folder_at = self._clock() + policies.FOLDER_SHARE * (self._clock() - began)
        yield from ((DROP_FOLDER, candidate) for candidate in settled)

    def in_store(self) -> Iterator[Work]:
        """Whatever a commit can have made due. Raises: StoreUnavailable."""
        self.nothing_open = False
        store = self._installation.store
        arrived = store.registrations.newest_unregistered()
        deleted = store.deletions.due(limit=1)
        if arrived is not None or deleted:
            yield DROP_FOLDER, (arrived, bool(deleted))
        in_flight, now = store.orders_in_flight.count(), store.context.now()
        self._in_flight = in_flight.count
        if in_flight.ordered_at is not None:
            self._youngest_s = self._clock() - (now - in_flight.ordered_at).total_seconds()
        announced_at = in_flight.announced_at
        if announced_at is not None and (now - announced_at).total_seconds() < policies.ANNOUNCED_SECONDS:
            yield TRANSCRIPTS_READY, ("announced", announced_at)
        outages = store.outages.open()
        ready = store.due_work.due(Stage.READY, 1, outages)
        if ready:
            yield TRANSCRIPTS_READY, (ready[0].key, ready[0].due_at, store.due_work.in_runs())  # a run may be free now
        if due := store.deliveries.due(new_for_s=shared_policies.WEBHOOK_OWN_SECONDS):
            yield WEBHOOKS_DUE, due
        if mails := store.mails.due():
            yield MAIL_DUE, mails
        self.nothing_open = not (arrived or deleted or outages or due or mails or store.due_work.unfinished())
        if self.nothing_open:
            changes = store.table_changes.due() is not None or store.search_index.is_behind()
            changes = changes or has_due(self._installation)
            self.unrefreshed = changes or bool(to_refresh(self._installation, limit=1))

    def at_provider(self) -> Iterator[Work]:
        """A poll for the orders in flight, if it is time for one."""
        now = self._clock()
        if not self._in_flight:
            return
        wait = max(
            policies.POLL_FIRST_SECONDS,
            policies.POLL_AGE_SHARE * (now - self._youngest_s),
            self._in_flight / policies.POLL_ORDERS_A_SECOND,
        )
        if now - self._polled_at >= min(wait, policies.ALL_SENSORS_SECONDS):
            self._polled_at = now
            yield TRANSCRIPTS_READY, ("poll", now)
