"""Cancels a recording at a person's request: in the store first, then its runs in Dagster.

Must not go here: what a cancellation does to a recording (``store/recordings/cancelling.py``), texts for people.
"""

from dataclasses import dataclass

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.domain.recording import RecordingStatus
from meeting_pipeline.foundation.dagster_api import DagsterApi
from meeting_pipeline.foundation.ownership import running_owner
from meeting_pipeline.installation import Installation
from meeting_pipeline.store.recordings.cancelling import CancelOutcome


@dataclass(frozen=True)
class Cancellation:
    """The result. ``trouble``: why runs could not be stopped; their workers' leases are revoked nevertheless."""

    outcome: CancelOutcome
    status: RecordingStatus
    stopped: int
    trouble: OperatorError | None = None

    @property
    def did_something(self) -> bool:
        """Whether this ended the recording or stopped one of its runs."""
        return self.outcome is not CancelOutcome.NOTHING or self.stopped > 0


def cancel(installation: Installation, key: str) -> Cancellation:
    """End the recording as failed, at any stage. If it already has an outcome, only stop its runs.

    Raises: PermanentError ``unknown_recording``.
    """
    # The store first: from now on its workers can change nothing, whether or not Dagster can stop them.
    outcome = installation.store.cancelling.cancel(key)
    trouble, stopped = None, 0
    try:
        stopped = _stop_runs(installation, key)
    except OperatorError as error:
        trouble = error
    status = RecordingStatus(installation.store.recordings.get(key).status)
    return Cancellation(outcome, status, stopped, trouble)


def _stop_runs(installation: Installation, key: str) -> int:
    """Ask Dagster to stop the recording's runs. Returns how many there were."""
    owner = running_owner(installation.settings.home)
    if owner is None:  # nothing runs; a queued run finds out at its start that it is no longer wanted
        return 0
    api = DagsterApi(owner.url, token=owner.ui_token)
    runs = api.unfinished_runs(key)
    api.terminate(runs)
    return len(runs)
