"""One attempt at a stage of a recording, and whether the same run may make another.

Must not go here: what a stage does (``stages.py``), who waits between attempts (``defs/assets/retrying.py``, ``batch.py``).
"""

from dataclasses import dataclass

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import OperatorError, PipelineError, TransientError


@dataclass(frozen=True)
class Attempt:
    """An attempt. ``run_id``: the lease to write with. ``number``: 0 for the first attempt of this run.

    ``requested_by_user``: a person started the run, not one of our sensors. ``earlier``: leases of the recording in the runs
    that this run re-executes: what was bought under them counts as its own.
    ``hold``: new versions of insights wait for a person, and the record stays as it is. ``campaign``: for which it is made: what
    is missing is not a gap, because the campaign makes it later.
    """

    key: str
    run_id: str
    number: int = 0
    requested_by_user: bool = False
    earlier: tuple[str, ...] = ()
    hold: bool = False
    campaign: str | None = None


@dataclass(frozen=True)
class RetryInRun:
    """The stage failed, and this run should repeat it after ``retry_wait_s``. ``missing``: what there is none of yet."""

    error: PipelineError
    missing: tuple[str, ...] = ()


def may_retry_in_run(error: PipelineError, attempt: int) -> bool:
    """Whether to retry in this run: a retry can help, attempts are left, and the requested wait is short."""
    if not error.retryable or error.outage or isinstance(error, OperatorError):
        return False
    if attempt >= policies.RUN_RETRIES:
        return False
    asked = requested_wait_s(error)
    return asked is None or asked <= policies.RUN_RETRY_AFTER_CAP_SECONDS


def requested_wait_s(error: PipelineError) -> float | None:
    """Seconds that the provider asked us to wait; ``None`` if it did not."""
    return error.retry_after_s if isinstance(error, TransientError) else None
