"""Indexes recordings that wait for it: those that are older than the index, and all of them when it is rebuilt.

Must not go here: how a recording is indexed (``store/search/``).
"""

import time
from collections.abc import Callable

from meeting_pipeline.installation import Installation
from meeting_pipeline.store import policies


def index_waiting(
    installation: Installation,
    seconds: float = policies.SEARCH_INDEXING_SECONDS,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> int:
    """Index waiting recordings for about ``seconds``. Returns how many were indexed. Raises: StoreUnavailable."""
    until, indexed = clock() + seconds, 0
    while clock() < until and installation.store.search_index.index_next():
        indexed += 1
    return indexed


def rebuild(installation: Installation, progress: Callable[[int, int], None]) -> int:
    """Index every recording again, one transaction each; ``progress`` gets the number done and the total.

    Vectors for search by meaning are compared by the running system, which makes those that are missing. It can be interrupted:
    what is left is indexed by the running system, or by the next call. Raises: StoreUnavailable.
    """
    index, done = installation.store.search_index, 0
    installation.store.vector_sets.note_all()
    total = index.note_all()
    while index.index_next(rewrite_all=True):
        done += 1
        progress(done, max(total, done))
    return done
