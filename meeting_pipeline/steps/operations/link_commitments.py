"""Links the commitments of recordings whose results have changed: one transaction each, so it can be interrupted anywhere.

Must not go here: how they are linked (``store/commitments/``).
"""

import math
import time
from collections.abc import Callable
from typing import Final

from meeting_pipeline.installation import Installation
from meeting_pipeline.store.commitments.relinking import Changed

_AT_ONCE: Final = 100
"""Recordings that are read from the notes at once."""


def link_waiting(
    installation: Installation,
    progress: Callable[[int], None] = lambda _: None,
    seconds: float = math.inf,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> list[Changed]:
    """Link every recording that is noted. ``progress`` gets the number done; it ends after about so many ``seconds``.

    Recordings that are noted meanwhile come next. Raises: StoreUnavailable.
    """
    links, changed, done = installation.store.commitment_links, list[Changed](), 0
    until = clock() + seconds
    while waiting := links.waiting(_AT_ONCE):
        for one in waiting:
            if clock() >= until:
                return changed
            changed += links.link(one)
            done += 1
            progress(done)
    _announce(installation, until, clock)
    return changed


def _announce(installation: Installation, until: float, clock: Callable[[], float]) -> None:
    """Announce what changed, if that is wanted. What is left is announced next time."""
    events = installation.store.commitment_events
    while clock() < until and (waiting := events.waiting(_AT_ONCE)):
        announced = [events.announce(one) for one in waiting]
        if not any(announced):
            return


def link_anew(installation: Installation, progress: Callable[[int, int], None]) -> int:
    """Read every recording with an outcome again; ``progress`` gets the number done and in all. Returns how many were read.

    What people said stays. Raises: StoreUnavailable.
    """
    total = installation.store.commitment_links.note_all()
    link_waiting(installation, lambda done: progress(done, max(total, done)))
    return total
