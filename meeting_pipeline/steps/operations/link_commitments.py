"""Links the commitments of recordings whose results have changed: one transaction each, so it can be interrupted anywhere.

Must not go here: how they are linked (``store/commitments/``).
"""

from collections.abc import Callable
from typing import Final

from meeting_pipeline.installation import Installation
from meeting_pipeline.store.commitments.relinking import Changed

_AT_ONCE: Final = 100
"""Recordings that are read from the notes at once."""


def link_waiting(
    installation: Installation,
    progress: Callable[[int], None] = lambda _: None,
    going: Callable[[], None] = lambda: None,
) -> list[Changed]:
    """Link every recording that is noted. ``progress`` gets the number done; ``going`` is called before each and may raise.

    Recordings that are noted meanwhile come next. Raises: StoreUnavailable, and whatever ``going`` raises.
    """
    links, changed, done = installation.store.commitment_links, list[Changed](), 0
    while waiting := links.waiting(_AT_ONCE):
        for one in waiting:
            going()
            changed += links.link(one)
            done += 1
            progress(done)
    return changed


def link_anew(installation: Installation, progress: Callable[[int, int], None]) -> int:
    """Read every recording with an outcome again; ``progress`` gets the number done and in all. Returns how many were read.

    What people said stays. Raises: StoreUnavailable.
    """
    total = installation.store.commitment_links.note_all()
    link_waiting(installation, lambda done: progress(done, max(total, done)))
    return total
