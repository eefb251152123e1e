"""A round of ordering: tries the orders that are due, several in parallel, and defers those that fail.

Must not go here: when an order is retried (``store/recordings/lifecycle.py``), buying one (``placing.py``).
"""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.errors import PermanentError, PipelineError, StoreUnavailable, TransientError
from meeting_pipeline.domain.outage import Service
from meeting_pipeline.foundation.crash_points import crash_point
from meeting_pipeline.foundation.logs import StepLine, timed_step
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.transcription import policies, stored_copy
from meeting_pipeline.steps.transcription.choice import movable, provider_for, replaced_provider, second_is_free
from meeting_pipeline.steps.transcription.outages import log_daily_limit, report_failure
from meeting_pipeline.steps.transcription.placing import options_of, place, renewed
from meeting_pipeline.store.tables import Recording

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OrderReport:
    """The result of a round of ordering."""

    placed: int = 0
    deferred: int = 0
    failed: int = 0


def order_due(installation: Installation, worker: str, largest_bytes: int | None = None) -> OrderReport:
    """Place due orders, several in parallel: a failing or slow one does not delay the others.

    ``largest_bytes`` leaves the orders of larger recordings to other workers. While the provider is unavailable, none is
    placed. While only ordering is out, one order is tried when a probe is due; the others wait.

    Raises: the exception of a bug, after all orders were tried and the affected recording was deferred; StoreUnavailable.
    """
    rows = _to_try(installation, largest_bytes)
    with ThreadPoolExecutor(policies.INTAKE_UPLOADS, thread_name_prefix="order") as pool:
        tries = [pool.submit(_order_one, installation, row, worker) for row in rows]
    bug = next((error for found in tries if (error := found.exception()) is not None), None)
    if bug is not None:
        raise bug
    outcomes = [found.result() for found in tries]
    return OrderReport(outcomes.count("placed"), outcomes.count("deferred"), outcomes.count("failed"))


def _to_try(installation: Installation, largest_bytes: int | None) -> Sequence[Recording]:
    provider = installation.speech.choose(has_transcript=False)
    outage = installation.store.outages.holding(provider.name, Service.ORDERS)
    if outage is None:
        return installation.store.due_work.orders_due(shared_policies.INTAKE_BATCH, largest_bytes=largest_bytes)
    if outage.limit:
        log_daily_limit(installation, outage)
        return []
    if second_is_free(installation):
        due = installation.store.due_work.orders_due(shared_policies.INTAKE_BATCH, largest_bytes=largest_bytes)
        return movable(installation, due)
    if outage.whole:  # a probe ends it: see ``outages.probe``
        return []
    rows = installation.store.due_work.orders_due(1, largest_bytes=largest_bytes)
    taken = rows and installation.store.outages.claim_probe(provider.name, Service.ORDERS, rows[0].key)
    return rows if taken else []


def _order_one(installation: Installation, row: Recording, worker: str) -> str:
    with timed_step("order", recording_id=row.key, run_id=worker, attempt=row.attempts + 1) as line:
        line.outcome = _try_to_order(installation, row, worker, line)
    return line.outcome


def _try_to_order(installation: Installation, row: Recording, worker: str, line: StepLine) -> str:
    lifecycle = installation.store.lifecycle
    provider = provider_for(installation, row)
    try:
        if (
            not provider.remote
        ):  # the key was removed since, or another provider replaces it: the run makes the transcript
            lifecycle.skip_order(row.key)
            return "placed"
        outage = installation.store.outages.holding(provider.name, Service.ORDERS, row.key)
        if outage is not None:  # it began earlier in this round
            return "deferred"
        installation.speech.limits(provider.name).require(provider.name, row.duration_ms, row.size_bytes)
        options = options_of(provider, row, replaced_provider(installation, provider, row))
        order = installation.store.orders.open(row.key, options)
        if order.state == "collected":  # already paid for and collected: nothing to wait for
            lifecycle.skip_order(row.key)
            return "placed"
        order = renewed(installation, provider, row, order)
        if not place(installation, provider, row, order, worker):
            return "deferred"
    except StoreUnavailable:
        raise  # the order stays due: if it was placed, it is found at the provider; no attempt is used up
    except PipelineError as error:
        report_failure(installation, provider.name, Service.ORDERS, error, row.key)
        line.code = error.code
        return _defer(installation, row, error)
    except Exception as error:
        typed = _typed(installation, row, error)
        if isinstance(typed, StoreUnavailable):
            raise typed from error
        if typed is not None:
            line.code = typed.code
            return _defer(installation, row, typed)
        # Defer this recording, so that it does not delay others; the run fails with the bug.
        met = TransientError(
            "internal_error", f"Ordering hit a bug ({type(error).__name__}).", "Report it with the log."
        )
        _defer(installation, row, met)
        raise
    lifecycle.ordered(row.key)
    crash_point("ordering.waiting", row.key)
    return "placed"


def _typed(installation: Installation, row: Recording, error: Exception) -> PipelineError | None:
    """The typed error if the machine or the stored copy is the cause; otherwise ``None``."""
    if not isinstance(error, OSError):
        return None
    try:
        return stored_copy.typed_for(installation, row, error)
    except PermanentError as found:  # nothing was stored
        return found


def _defer(installation: Installation, row: Recording, error: PipelineError) -> str:
    due = installation.store.lifecycle.order_later(row.key, error)
    if not error.outage:  # an outage is logged once for all of them
        _log.warning("the order of %s was not placed: %s", row.key, error.code)
    return "failed" if due is None else "deferred"
