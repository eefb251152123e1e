"""Cancelling a recording by a person's wish: in the store first, then its runs in Dagster.

Must not go here: what a cancellation does to a recording (``store/recordings/recovery.py``), words for people.
"""

from dataclasses import dataclass

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.domain.models import RecordingStatus
from meeting_pipeline.foundation.dagster_api import DagsterApi
from meeting_pipeline.foundation.ownership import running_owner
from meeting_pipeline.installation import Installation
from meeting_pipeline.store.recordings.lifecycle import CancelOutcome


@dataclass(frozen=True)
class Cancellation:
    """What became of it. ``trouble``: why runs could not be stopped; their workers are fenced all the same."""

    outcome: CancelOutcome
    status: RecordingStatus
    stopped: int
    trouble: OperatorError | None = None

    @property
    def did_something(self) -> bool:
        """Whether the recording ended by this, or a run of it was stopped."""
        return self.outcome is not CancelOutcome.NOTHING or self.stopped > 0


def cancel(installation: Installation, key: str) -> Cancellation:
    """End the recording as failed, wherever it is. Of one that has an outcome only the runs are stopped.

    Raises: PermanentError ``unknown_recording``.
    """
    # The store first: from here on its workers change nothing, whether or not Dagster can stop them.
    outcome = installation.store.recovery.cancel(key)
    trouble, stopped = None, 0
    try:
        stopped = _stop_runs(installation, key)
    except OperatorError as error:
        trouble = error
    status = RecordingStatus(installation.store.recordings.get(key).status)
    return Cancellation(outcome, status, stopped, trouble)


def _stop_runs(installation: Installation, key: str) -> int:
    """How many of the recording's runs Dagster was asked to stop."""
    owner = running_owner(installation.settings.home)
    if owner is None:  # nothing runs; a queued run finds at its start that it is not wanted any more
        return 0
    api = DagsterApi(owner.url, token=owner.ui_token)
    runs = api.unfinished_runs(key)
    api.terminate(runs)
    return len(runs)
