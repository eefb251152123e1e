"""How a provider's error becomes a retry, a due time or a red asset in Dagster.

In the run: ``RUN_RETRY`` for hiccups of seconds; a short Retry-After is honoured. Everything longer is a due time in the
store. Must not go here: which errors are which (``domain/errors.py``), the waits (``policies.py``).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NoReturn

import dagster as dg

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.defs import policies
from meeting_pipeline.defs.resources.worker import Worker
from meeting_pipeline.domain.errors import (
    OperatorError,
    PermanentError,
    PipelineError,
    StoreUnavailable,
    TransientError,
    WorkerFenced,
)

RUN_RETRY = dg.RetryPolicy(
    max_retries=policies.RUN_RETRIES,
    delay=policies.RUN_RETRY_DELAY_SECONDS,
    backoff=dg.Backoff.EXPONENTIAL,
    jitter=dg.Jitter.PLUS_MINUS,
)


DATABASE_IS_AWAY: Final = (
    "Another run takes over the recording when the database responds; this does not count as an attempt."
)
"""What happens next after a StoreUnavailable: ``stalled_runs`` finds the recording without a worker."""


def may_retry_in_run(context: dg.AssetExecutionContext, error: PipelineError) -> bool:
    """Whether another try in this run makes sense: it can help, tries are left, and the wait asked for is short."""
    if not error.retryable or error.outage or isinstance(error, OperatorError):
        return False
    if context.retry_number >= policies.RUN_RETRIES:
        return False
    asked = error.retry_after_s if isinstance(error, TransientError) else None
    return asked is None or asked <= policies.RUN_RETRY_AFTER_CAP_SECONDS


def retry_in_run(error: PipelineError) -> NoReturn:
    """Have Dagster run the step again: after the wait that was asked for, else by ``RUN_RETRY``."""
    asked = error.retry_after_s if isinstance(error, TransientError) else None
    if asked is not None:
        raise dg.RetryRequested(max_retries=policies.RUN_RETRIES, seconds_to_wait=asked) from error
    raise error


def failure(error: PipelineError, *, what_next: str) -> dg.Failure:
    """The red asset: what happened, what to do, what happens by itself. Never retried by Dagster."""
    return dg.Failure(
        description=f"{error.message} {what_next}".strip(),
        metadata={
            "code": dg.MetadataValue.text(error.code),
            "what_to_do": dg.MetadataValue.text(error.advice or "Nothing."),
            "what_happens_next": dg.MetadataValue.text(what_next or "It is not retried automatically."),
        },
        allow_retries=False,
    )


def begin(worker: Worker, key: str, *, collecting: bool) -> str:
    """Start on a recording. Returns the lease id; a worker that may not go on, or an unknown recording, is a red asset."""
    try:
        return worker.begin(key, collecting=collecting)
    except StoreUnavailable as error:
        raise failure(error, what_next=DATABASE_IS_AWAY) from error
    except PipelineError as error:
        raise failure(error, what_next="") from error


@contextmanager
def ending_red() -> Iterator[None]:
    """What ends a run for good is a red asset that says why, wherever in the step it shows; Dagster does not retry it.

    Its lease was lost, its recording deleted meanwhile, or the database stayed away.
    """
    try:
        yield
    except (PermanentError, WorkerFenced) as error:
        raise failure(error, what_next="") from error
    except StoreUnavailable as error:
        raise failure(error, what_next=DATABASE_IS_AWAY) from error


def requested_by_user(context: dg.AssetExecutionContext) -> bool:
    """Whether a person wants this run (the UI, a backfill, the command line), not one of our sensors."""
    return shared_policies.REQUEST_TAG not in context.run.tags
