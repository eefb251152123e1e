"""Waits for what ``reprocess`` started, and reports the result.

Must not go here: what is started (``steps/operations/reprocess.py``), GraphQL (``foundation/dagster_api.py``).
"""

import time
from collections.abc import Callable

from meeting_pipeline.cli.errors import ExitCode
from meeting_pipeline.cli.wait import outcome_of
from meeting_pipeline.foundation.dagster_api import BACKFILL_ENDED, BACKFILL_SUCCEEDED, DagsterApi
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.operations.reprocess import Started
from meeting_pipeline.store.engine.database import AT_ONCE

_LOOK_SECONDS = 1.0
"""Backfills advance every few seconds."""
Tell = Callable[[str], None]


def wait_until_ended(opened: Installation, started: Started, timeout_s: float, tell: Tell) -> ExitCode:
    """Wait until the backfill and the restarted recordings have ended, at most ``timeout_s``.

    Returns ``DONE``, ``RECORDING_FAILED`` or ``TIMED_OUT``. Raises: OperatorError if the system stops responding.
    """
    api, deadline = DagsterApi(started.system, token=started.token), time.monotonic() + timeout_s
    waiting, codes, status = list(started.retried), [ExitCode.DONE], None
    while True:
        if started.backfill is not None and status not in BACKFILL_ENDED:
            status = api.backfill_status(started.backfill)
        for key in list(waiting):
            outcome = outcome_of(opened.store.recordings.get(key))
            if outcome is not None:
                waiting.remove(key)
                codes.append(outcome.code)
                tell(outcome.message)
        left = list(waiting)
        if started.backfill is not None and status not in BACKFILL_ENDED:
            left.append(f"backfill {started.backfill}")
        if not left:
            break
        if time.monotonic() >= deadline:
            tell(f"Not finished after {timeout_s:g} s: {', '.join(left)}.")
            return ExitCode.TIMED_OUT
        time.sleep(_LOOK_SECONDS)
    if started.backfill is not None:
        _tell_results(opened, started.backfilled, tell)
        if status not in BACKFILL_SUCCEEDED:
            tell(f"Backfill {started.backfill} ended as {status}: the UI shows its runs and why they failed.")
            codes.append(ExitCode.RECORDING_FAILED)
    return max(codes)


def _tell_results(opened: Installation, keys: tuple[str, ...], tell: Tell) -> None:
    for start in range(0, len(keys), AT_ONCE):
        for overview in opened.store.overviews.of(keys[start : start + AT_ONCE]):
            gaps = ", ".join(gap.insight for gap in overview.gaps)
            tell(f"{overview.row.key}: {f'still missing: {gaps}' if gaps else 'nothing is missing'}.")
