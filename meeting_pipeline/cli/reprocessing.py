"""Waits for what ``reprocess`` started, and reports the result.

Must not go here: what is started (``steps/operations/reprocess.py``), GraphQL (``foundation/dagster_api.py``).
"""

import time
from collections.abc import Callable

from meeting_pipeline import policies
from meeting_pipeline.cli.errors import ExitCode
from meeting_pipeline.cli.wait import Outcome, outcome_of
from meeting_pipeline.foundation.dagster_api import BACKFILL_ENDED, BACKFILL_SUCCEEDED
from meeting_pipeline.foundation.dagster_runs_api import DagsterRunsApi, is_over
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.operations.reprocess import Started
from meeting_pipeline.store.engine.database import AT_ONCE

_LOOK_SECONDS = 1.0
"""Backfills advance every few seconds."""
Tell = Callable[[str], None]


def wait_until_ended(opened: Installation, started: Started, timeout_s: float, tell: Tell) -> ExitCode:
    """Wait until the backfill, or the runs, and the restarted recordings have ended, at most ``timeout_s``.

    Returns ``DONE``, ``RECORDING_FAILED`` or ``TIMED_OUT``. Raises: OperatorError if the system stops responding.
    """
    api, deadline = DagsterRunsApi(started.system, token=started.token), time.monotonic() + timeout_s
    work = _Work(api, started)
    waiting, codes = list(started.retried), [ExitCode.DONE]
    while True:
        going_on = work.unfinished()
        for key in list(waiting):
            row = opened.store.recordings.find(key)
            outcome = outcome_of(row) if row is not None else Outcome(ExitCode.RECORDING_FAILED, key, _deleted(key))
            if outcome is not None:
                waiting.remove(key)
                codes.append(outcome.code)
                tell(outcome.message)
        left = [*waiting, *going_on]
        if not left:
            break
        if time.monotonic() >= deadline:
            tell(f"Not finished after {timeout_s:g} s: {', '.join(left)}.")
            return ExitCode.TIMED_OUT
        time.sleep(_LOOK_SECONDS)
    if started.held:
        codes.append(_report_held(opened, started, tell))
    else:
        codes.append(_report_results(opened, started, tell))
    for problem in work.problems():
        tell(problem)
        codes.append(ExitCode.RECORDING_FAILED)
    return max(codes)


class _Work:
    """The backfill, or the shared runs, that was started."""

    def __init__(self, api: DagsterRunsApi, started: Started) -> None:
        self._api = api
        self._started = started
        self._status: str | None = None
        self._runs: dict[str, str] = {}

    def unfinished(self) -> list[str]:
        """What has not ended, after asking for it."""
        found = []
        if self._started.backfill is not None:
            if self._status not in BACKFILL_ENDED:
                self._status = self._api.backfill_status(self._started.backfill)
            found += [] if self._status in BACKFILL_ENDED else [f"backfill {self._started.backfill}"]
        if self._started.shared is not None:
            self._runs = self._api.run_states(policies.CATCH_UP_TAG, self._started.shared)
            going_on = sum(1 for status in self._runs.values() if not is_over(status))
            found += [f"{going_on} runs"] if going_on else []
        return found

    def problems(self) -> list[str]:
        """What did not end well."""
        found = [
            f"Run {run} ended as {status}: its page in the UI says why."
            for run, status in self._runs.items()
            if status != "SUCCESS"
        ]
        if self._started.backfill is not None and self._status not in BACKFILL_SUCCEEDED:
            ended = f"Backfill {self._started.backfill} ended as {self._status}"
            found.append(f"{ended}: the UI shows its runs and why they failed.")
        return found


def _report_held(opened: Installation, started: Started, tell: Tell) -> ExitCode:
    """Report for each recording what is held now, and what could not be made."""
    missing = False
    for key in started.backfilled:
        held = opened.store.version_history.held(key)
        lacking = [insight.value for insight in started.held if insight not in held]
        missing = missing or bool(lacking)
        what = ", ".join(insight.value for insight in held) or "nothing"
        tell(f"{key}: held: {what}." + (f" Not made: {', '.join(lacking)}." if lacking else ""))
    return ExitCode.RECORDING_FAILED if missing else ExitCode.DONE


def _report_results(opened: Installation, started: Started, tell: Tell) -> ExitCode:
    """Report for each recording what could not be made, where an earlier result may still be shown, and what is missing."""
    code = ExitCode.DONE
    for start in range(0, len(started.backfilled), AT_ONCE):
        keys = started.backfilled[start : start + AT_ONCE]
        failures, overviews = opened.store.version_history.failed_last(keys), opened.store.overviews.of(keys)
        there = {overview.row.key for overview in overviews}
        for key in (key for key in keys if key not in there):
            tell(_deleted(key))
            code = ExitCode.RECORDING_FAILED
        for overview in overviews:
            key = overview.row.key
            found = failures.get(key, {})
            lacking = [f"{name} ({found[name]})" for name in started.assets.get(key, ()) if name in found]
            gaps = ", ".join(gap.insight for gap in overview.gaps)
            what = f"still missing: {gaps}" if gaps else "nothing is missing"
            tell(f"{key}: {what}." + (f" Not made: {', '.join(lacking)}." if lacking else ""))
            code = ExitCode.RECORDING_FAILED if lacking else code
    return code


def _deleted(key: str) -> str:
    return f"{key} was deleted meanwhile."
