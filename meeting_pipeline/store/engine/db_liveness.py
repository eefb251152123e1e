"""Whether a process and its database were in contact, as far as the process can tell.

A worker cannot renew its lease while the database is unavailable. The process that checks for silent workers was cut off as
well, by the database or because the machine was asleep, so it gives them time to renew their leases.
Must not go here: what happens to workers that stay silent (``steps/operations/recover.py``).
"""

import time
from collections.abc import Callable, Collection

from meeting_pipeline.store import policies

_KEEP_SECONDS = 3600.0
"""How long it is remembered that a lease was excused: it is lost or renewed long before."""
_SET_BACK_SECONDS = 1.0
"""Clocks are slewed by less than this."""


class DatabaseLiveness:
    """When this process last heard from the database. ``clock`` gives Unix time: other clocks stop while the machine sleeps."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._heard: float | None = None
        self._back: float | None = None
        self._excused: dict[str, float] = {}

    def note_success(self) -> None:
        """A transaction succeeded."""
        now = self._clock()
        # After a clock was set back, heartbeats seem to be in the future until they are renewed.
        if self._heard is not None and not -_SET_BACK_SECONDS < now - self._heard <= policies.DATABASE_SILENCE_SECONDS:
            self._back = now
        self._heard = now

    def excuse(self, silent: Collection[str]) -> set[str]:
        """Which of these silent leases get extra time: once each, after a cut."""
        now = self._clock()
        self._excused = {lease: until for lease, until in self._excused.items() if until + _KEEP_SECONDS > now}
        if self._back is not None and now - self._back < policies.DATABASE_GRACE_SECONDS:
            for lease in silent:
                self._excused.setdefault(lease, now + policies.DATABASE_GRACE_SECONDS)
        return {lease for lease in silent if self._excused.get(lease, 0.0) > now}

    def was_cut_off(self, lease: str) -> bool:
        """Whether the lease was silent at the end of a cut: losing it says nothing about its recording."""
        return lease in self._excused
