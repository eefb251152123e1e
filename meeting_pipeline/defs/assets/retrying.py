"""How a provider's error becomes a retry, a due time or a failed asset in Dagster.

Within the run, ``RUN_RETRY`` handles failures that last seconds, and a short Retry-After is honoured. Longer waits become a
due time in the store.
Must not go here: which errors are which (``domain/errors.py``), the waits (``policies.py``), whether to retry
(``steps/processing/attempts.py``).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NoReturn

import dagster as dg

from meeting_pipeline import policies
from meeting_pipeline.defs.resources.worker import Worker
from meeting_pipeline.domain.errors import (
    PermanentError,
    PipelineError,
    StoreUnavailable,
    WorkerFenced,
)
from meeting_pipeline.foundation.run_tags import value_of
from meeting_pipeline.steps.processing.attempts import requested_wait_s

RUN_RETRY = dg.RetryPolicy(
    max_retries=policies.RUN_RETRIES,
    delay=policies.RUN_RETRY_DELAY_SECONDS,
    backoff=dg.Backoff.EXPONENTIAL,
    jitter=dg.Jitter.PLUS_MINUS,
)
SUPERSEDED: Final = "run_superseded"
"""Code of the error of a run that comes too late: the recording is cancelled, or another run has it."""
DATABASE_IS_AWAY: Final = (
    "Another run takes over the recording when the database responds; this does not count as an attempt."
)
"""What happens next after a StoreUnavailable: ``stalled_runs`` finds the recording without a worker."""


def retry_in_run(error: PipelineError) -> NoReturn:
    """Have Dagster retry the step: after the requested wait if there is one, otherwise as ``RUN_RETRY`` says."""
    asked = requested_wait_s(error)
    if asked is not None:
        raise dg.RetryRequested(max_retries=policies.RUN_RETRIES, seconds_to_wait=asked) from error
    raise error


def failure(error: PipelineError, *, next_step: str) -> dg.Failure:
    """The failed asset: what happened, what to do, and what happens automatically. Dagster never retries it."""
    return dg.Failure(
        description=f"{error.message} {next_step}".strip(),
        metadata={
            "code": dg.MetadataValue.text(error.code),
            "what_to_do": dg.MetadataValue.text(error.advice or "Nothing."),
            "what_happens_next": dg.MetadataValue.text(next_step or "It is not retried automatically."),
        },
        allow_retries=False,
    )


def begin(context: dg.AssetExecutionContext, worker: Worker, *, collecting: bool) -> str | None:
    """Start on the recording of this run. Returns the lease id.

    ``None`` if another run has taken the recording over, or nothing is left to do: nothing is wrong, and the step ends without a
    result. A worker that may not continue, or an unknown recording, fails the asset.
    """
    try:
        return worker.begin(context.partition_key, collecting=collecting)
    except StoreUnavailable as error:
        raise failure(error, next_step=DATABASE_IS_AWAY) from error
    except PipelineError as error:
        if error.code != SUPERSEDED:
            raise failure(error, next_step="") from error
        context.log.info("Nothing to do in this run: %s", error.message)
        return None


@contextmanager
def ending_red(*more: type[PipelineError]) -> Iterator[None]:
    """Turn an error that ends the run into a failed asset that says why, wherever in the step it occurs. Never retried.

    ``more``: errors that end it too.

    The causes are a lost lease, a recording that was deleted meanwhile, and a database that stays unavailable.
    """
    endings: tuple[type[PipelineError], ...] = (PermanentError, WorkerFenced, *more)
    try:
        yield
    except endings as error:
        raise failure(error, next_step="") from error
    except StoreUnavailable as error:
        raise failure(error, next_step=DATABASE_IS_AWAY) from error


def requested_by_user(context: dg.AssetExecutionContext) -> bool:
    """Whether a person started this run (UI, backfill, command line), not one of our sensors."""
    return value_of(context.run.tags, policies.REQUEST_TAG) is None
