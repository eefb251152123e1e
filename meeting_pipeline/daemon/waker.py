"""The thread that wakes sensors: it waits for commits of any process, and checks the drop folder.

It changes nothing that other code relies on: it reads the store, and records its checks of the drop folder as the sensor does.
It runs in the process of Dagster's daemon, so a wake-up is a function call. When it fails, it logs that and starts again.
Must not go here: what counts as work (``pending_work.py``).
"""

import logging
import threading
import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Final

from meeting_pipeline.daemon import policies
from meeting_pipeline.daemon.pending_work import (
    DROP_FOLDER,
    MAIL_DUE,
    TRANSCRIPTS_READY,
    WEBHOOKS_DUE,
    PendingWork,
    Work,
)
from meeting_pipeline.daemon.wake_up import WakeUp
from meeting_pipeline.domain.backoff import backoff_s
from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.installation import Installation
from meeting_pipeline.store.event_log.watch import FeedWatch

_log = logging.getLogger(__name__)
_WOKEN: Final = frozenset({DROP_FOLDER, TRANSCRIPTS_READY, WEBHOOKS_DUE, MAIL_DUE})


@dataclass
class _Woken:
    """The last wake-up of a sensor: for what, when (seconds of the clock), and how often it was repeated."""

    work: Hashable
    at_s: float
    repeated: int = 0


class Spacing:
    """Decides whether a sensor is woken: at once for new work, with back-off for work that stays."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: dict[str, _Woken] = {}

    def new(self, found: Iterable[Work]) -> set[str]:
        """The sensors to wake for this work."""
        return {name for name, work in found if self._may_wake(name, work)}

    def _may_wake(self, name: str, work: Hashable) -> bool:
        now, last = self._clock(), self._last.get(name)
        if last is None:
            self._last[name] = _Woken(work, now)
            return True
        repeated = last.repeated + 1 if last.work == work else 0
        if now - last.at_s < backoff_s(repeated, policies.WAKE_FIRST_SECONDS, policies.WAKE_MAX_SECONDS):
            return False
        self._last[name] = _Woken(work, now, repeated)
        return True


class Waker:
    """Wakes sensors until ``stop``. ``committed`` is called after commits: a run may have ended and left a slot."""

    def __init__(self, installation: Installation, wake_up: WakeUp, committed: Callable[[], None]) -> None:
        self._wake_up = wake_up
        self._committed = committed
        self._watch = FeedWatch(installation.store.database, poll_s=policies.WATCH_SECONDS)
        self._waiting = PendingWork(installation)
        self._spacing = Spacing()
        self._told_s, self._owes = 0.0, False
        self._resting_until_s = 0.0
        self._changed_s = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="waker", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread, and wait for it."""
        self._watch.stop()
        self._thread.join(policies.REPAIR_SECONDS)

    def resting(self, names: frozenset[str]) -> frozenset[str]:
        """Those of these sensors that have nothing to do, as far as is known. None while the waker has trouble.

        Sensors that would be woken rest while nothing is open, and the others too once nothing was committed for a while.
        """
        now = time.monotonic()
        if now >= self._resting_until_s:
            return frozenset()
        return names if now - self._changed_s >= policies.QUIET_SECONDS else names & _WOKEN

    def _run(self) -> None:
        while not self._watch.stopped:
            try:
                with self._watch:
                    self._follow()
            except StoreUnavailable as error:
                _log.warning("meanwhile, sensors are evaluated every %.0f s: %s", policies.ALL_SENSORS_SECONDS, error)
            except Exception:  # noqa: BLE001 - the last boundary of a thread: sensors are evaluated without it
                _log.exception("the waker failed; sensors are evaluated every %.0f s", policies.ALL_SENSORS_SECONDS)
            self._watch.pause(policies.REPAIR_SECONDS)
        self._watch.close()

    def _follow(self) -> None:
        changed, again_at = True, 0.0
        while not self._watch.stopped:
            began = time.monotonic()
            self._changed_s = began if changed else self._changed_s
            found = [*self._waiting.in_folder(), *self._waiting.at_provider()]
            if changed or began >= again_at:
                stored = list(self._waiting.in_store())
                found += stored
                again_at = began + (policies.WAKE_FIRST_SECONDS if stored else policies.WAKE_MAX_SECONDS)
            self._changed_s = began if self._waiting.unrefreshed else self._changed_s
            idle = self._waiting.nothing_open and not found and not self._waiting.folder_unseen
            self._resting_until_s = began + policies.IDLE_KNOWN_SECONDS if idle else 0.0
            self._wake_up.call(self._spacing.new(found))
            self._notify_committed(changed)
            took = time.monotonic() - began
            self._watch.pause(max(policies.WATCH_SECONDS, policies.ROUND_SHARE * took))
            changed = self._watch.wait(policies.TURN_SECONDS)

    def _notify_committed(self, changed: bool) -> None:
        """Call ``committed`` after a change, and once more a little later."""
        now = time.monotonic()
        if (changed or self._owes) and now - self._told_s >= policies.COORDINATOR_SECONDS:
            self._told_s, self._owes = now, changed
            self._committed()
        else:
            self._owes = self._owes or changed
