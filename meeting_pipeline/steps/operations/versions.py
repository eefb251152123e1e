"""Promotes and discards the held versions of many recordings, one after the other, at the pace at which minutes are written.

Each promotion is followed by new minutes and a webhook. Promoting ten thousand at once would let a new recording's minutes wait
behind them. Belongs here: pacing. Must not go here: what a promotion is (``store/results/version_changes.py``).
"""

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from typing import Final

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.result_versions import VersionsChanged
from meeting_pipeline.installation import Installation

PROMOTED_AHEAD: Final = 50
"""So many recordings may wait for their minutes: one run writes as many, and is soon over."""
PROMOTED_LOOK_SECONDS: Final = 0.5
"""The interval at which it is checked whether fewer wait. A run of minutes takes some seconds."""
PROMOTED_WAIT_SECONDS: Final = 10.0
"""The longest wait before one promotion: where no system runs that writes minutes, promoting still ends."""
_NOTHING_TO_DO: Final = ("nothing_held", "unknown_recording", "failed_recording", "not_finished")
"""A recording without a held version, or that was deleted or restarted meanwhile, does not stop the others."""


def promote_all(
    installation: Installation,
    keys: Iterable[str],
    by: str,
    reason: str | None = None,
    insights: Collection[Insight] = (),
    *,
    wait: Callable[[float], None] = time.sleep,
) -> Iterator[VersionsChanged]:
    """Promote what these recordings hold, in this order. Yields each recording that had something, once it is stored.

    Repeating it after a crash continues with what is left. ``wait`` may raise, to stop between two recordings.
    Raises: StoreUnavailable.
    """
    for key in keys:
        _let_minutes_be_written(installation, wait)
        yield from _done(partial(installation.store.versions.promote, key, by, reason, insights))


def discard_all(
    installation: Installation,
    keys: Iterable[str],
    by: str,
    reason: str | None = None,
    insights: Collection[Insight] = (),
) -> Iterator[VersionsChanged]:
    """Discard what these recordings hold. Nothing follows, so nothing has to wait. See ``promote_all``."""
    for key in keys:
        yield from _done(partial(installation.store.versions.discard, key, by, reason, insights))


def _done(act: Callable[[], VersionsChanged]) -> Iterator[VersionsChanged]:
    try:
        changed = act()
    except PermanentError as error:
        if error.code not in _NOTHING_TO_DO:
            raise
        return
    yield changed


def _let_minutes_be_written(installation: Installation, wait: Callable[[float], None]) -> None:
    waited = 0.0
    while waited < PROMOTED_WAIT_SECONDS:
        if len(installation.store.results.changed(PROMOTED_AHEAD)) < PROMOTED_AHEAD:
            return
        wait(PROMOTED_LOOK_SECONDS)
        waited += PROMOTED_LOOK_SECONDS
