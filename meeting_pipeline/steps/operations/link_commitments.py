"""Links the commitments of recordings whose results have changed: in small transactions, so it can be interrupted anywhere.

Must not go here: how they are linked (``store/commitments/``).
"""

import logging
import math
import time
from collections.abc import Callable, Sequence
from typing import Final

from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.isolation import isolated_item
from meeting_pipeline.store.commitments.refreshing import Waiting
from meeting_pipeline.store.commitments.relinking import Changed

_log = logging.getLogger(__name__)
_AT_ONCE: Final = 100
"""Recordings that are read from the notes at once."""
_TOGETHER: Final = 25
"""Recordings of one transaction. Each transaction links the rest of a series: with one recording each, a series of n meetings
would be linked n times after a promotion. Others wait for their rows for less than a second."""


def link_waiting(
    installation: Installation,
    progress: Callable[[int], None] = lambda _: None,
    seconds: float = math.inf,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> list[Changed]:
    """Link every recording that is noted, for about ``seconds``. ``progress`` gets the number done.

    Recordings that are noted meanwhile come next. One that fails is logged, stays noted, and holds back no other one.
    Raises: StoreUnavailable.
    """
    return _link(installation, progress, clock() + seconds, clock)


def _link(
    installation: Installation, progress: Callable[[int], None], until: float, clock: Callable[[], float]
) -> list[Changed]:
    links, changed, done = installation.store.commitment_links, list[Changed](), 0
    failed: set[str] = set()
    while waiting := [one for one in links.waiting(_AT_ONCE + len(failed)) if one.key not in failed]:
        for start in range(0, len(waiting), _TOGETHER):
            if clock() >= until:
                return changed
            some = waiting[start : start + _TOGETHER]
            with isolated_item(_log, f"linking the commitments of {len(some)} recordings", quoting=False) as linking:
                changed += links.link(*some)
            if linking.failed:
                changed += _one_by_one(installation, some, failed)
            done += len(some)
            progress(done)
    _announce(installation, until, clock)
    return changed


def _one_by_one(installation: Installation, waiting: Sequence[Waiting], failed: set[str]) -> list[Changed]:
    """Link those that can be linked. The others stay noted, behind all others."""
    links, changed = installation.store.commitment_links, list[Changed]()
    for one in waiting:
        with isolated_item(_log, f"linking the commitments of {one.key}", quoting=False) as linking:
            changed += links.link(one)
        if linking.failed:
            failed.add(one.key)
            links.postpone(one)
    return changed


def _announce(installation: Installation, until: float, clock: Callable[[], float]) -> None:
    """Announce what changed, if that is wanted. What is left is announced next time."""
    events = installation.store.commitment_events
    while clock() < until and (waiting := events.waiting(_AT_ONCE)):
        announced = False
        for one in waiting:
            with isolated_item(_log, f"announcing the commitment {one}", quoting=False):
                announced = events.announce(one) or announced
        if not announced:
            return


def relink_all(installation: Installation, progress: Callable[[int, int], None]) -> int:
    """Read every recording with an outcome again; ``progress`` gets the number done and in all. Returns how many were read.

    What people said stays. Raises: StoreUnavailable.
    """
    total = installation.store.commitment_links.note_all()
    _link(installation, lambda done: progress(done, max(total, done)), math.inf, time.monotonic)
    return total
