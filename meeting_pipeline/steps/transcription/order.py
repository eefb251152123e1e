"""Buying a transcription: upload, order, and the ledger row before and after each.

An order that may exist although its answer was lost is looked up at the provider before it is placed again.
Must not go here: when it is tried again (``store/recordings/lifecycle.py``), collecting (``collect.py``).
"""

import functools
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.errors import (
    PermanentError,
    PipelineError,
    ProviderRefused,
    StoreUnavailable,
    TransientError,
)
from meeting_pipeline.domain.models import TranscriptionOptions
from meeting_pipeline.domain.outage import Service
from meeting_pipeline.foundation.crash_points import crash_point
from meeting_pipeline.foundation.logs import StepLine, timed_step
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.ports import Audio, Ready, Rejected, SpeechToText
from meeting_pipeline.steps.heartbeat import beating
from meeting_pipeline.steps.transcription import policies, stored_copy
from meeting_pipeline.steps.transcription.outages import report_failure, report_success
from meeting_pipeline.store.tables import Recording, TranscriptionOrder

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OrderReport:
    """What a round of ordering did."""

    placed: int = 0
    deferred: int = 0
    failed: int = 0


def audio_of(installation: Installation, row: Recording) -> Audio:
    """The stored files of a recording. Raises: PermanentError ``no_content`` if it has none."""
    folder = installation.settings.recordings / row.key
    if row.media_file is None and row.transcript_file is None:
        raise PermanentError("no_content", "Nothing of this recording was stored.", "Drop the recording again.")
    return Audio(
        media_path=folder / row.media_file if row.media_file else None,
        transcript_path=folder / row.transcript_file if row.transcript_file else None,
        duration_ms=row.duration_ms,
        participants=tuple(row.participants),
    )


def options_of(provider: SpeechToText, row: Recording) -> TranscriptionOptions:
    """The options that an order of this recording has today."""
    return provider.options(
        language=row.language, keyterms=tuple(row.keyterms), speakers_expected=row.speakers_expected
    )


def order_due(installation: Installation, worker: str, largest_bytes: int | None = None) -> OrderReport:
    """Place the orders that are due, some side by side: one that fails or is slow delays no other.

    ``largest_bytes`` leaves the orders of larger recordings to other workers. During an outage of the provider nothing is
    tried, or one order when it is time to: the others wait.

    Raises: a bug that was met, after every order had its turn and the recording that met it was put off;
        StoreUnavailable.
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
        return installation.store.lifecycle.orders_due(shared_policies.INTAKE_BATCH, largest_bytes=largest_bytes)
    if outage.whole:  # a free question ends it: see ``outages.probe``
        return []
    rows = installation.store.lifecycle.orders_due(1, largest_bytes=largest_bytes)
    taken = rows and installation.store.outages.claim_probe(provider.name, Service.ORDERS, rows[0].key)
    return rows if taken else []


def _order_one(installation: Installation, row: Recording, worker: str) -> str:
    with timed_step("order", recording_id=row.key, run_id=worker, attempt=row.attempts + 1) as line:
        line.outcome = _try_to_order(installation, row, worker, line)
    return line.outcome


def _try_to_order(installation: Installation, row: Recording, worker: str, line: StepLine) -> str:
    lifecycle = installation.store.lifecycle
    provider = installation.speech.choose(has_transcript=row.transcript_file is not None)
    try:
        if not provider.remote:  # the key was taken away since: the run makes the transcript itself
            lifecycle.skip_order(row.key)
            return "placed"
        outage = installation.store.outages.holding(provider.name, Service.ORDERS, row.key)
        if outage is not None:  # it began while the others of this round had their turn
            return "deferred"
        installation.speech.limits(provider.name).require(provider.name, row.duration_ms, row.size_bytes)
        order = installation.store.orders.open(row.key, options_of(provider, row))
        if order.state == "collected":  # paid for and fetched before: there is nothing to wait for
            lifecycle.skip_order(row.key)
            return "placed"
        order = renewed(installation, provider, row, order)
        if not place(installation, provider, row, order, worker):
            return "deferred"
    except StoreUnavailable:
        raise  # the order stays due: what the provider has is found there, and costs no try
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
        # Whatever it is, this recording is put off, so that it delays no other; the run fails with it.
        met = TransientError(
            "internal_error", f"Ordering met a bug ({type(error).__name__}).", "Report it with the log."
        )
        _defer(installation, row, met)
        raise
    lifecycle.ordered(row.key)
    crash_point("ordering.waiting", row.key)
    return "placed"


def _typed(installation: Installation, row: Recording, error: Exception) -> PipelineError | None:
    """What the machine or the stored copy has to do with it; ``None``: nothing."""
    if not isinstance(error, OSError):
        return None
    try:
        return stored_copy.typed(error, audio_of(installation, row))
    except PermanentError as found:  # nothing was stored
        return found


def _defer(installation: Installation, row: Recording, error: PipelineError) -> str:
    due = installation.store.lifecycle.order_later(row.key, error)
    if not error.outage:  # that is one line for all of them
        _log.warning("the order of %s was not placed: %s", row.key, error.code)
    return "failed" if due is None else "deferred"


def renewed(
    installation: Installation, provider: SpeechToText, row: Recording, order: TranscriptionOrder
) -> TranscriptionOrder:
    """The order to go on with when a person asks for a recording again: a new one, if this one will not come to an end.

    An order past its deadline is looked at once more. If it is still not done it is given up, and stays in the ledger.
    Raises: what the provider raises.
    """
    late = order.deadline_at is not None and order.deadline_at <= installation.store.context.now()
    if order.state != "ordered" or order.provider_id is None or not late:
        return order
    if isinstance(provider.look([order.provider_id]).get(order.provider_id), Ready | Rejected):
        return order
    installation.store.orders.give_up(order.id)
    _log.warning("order %s of %s is given up: it was not done by its deadline", order.provider_id, row.key)
    return installation.store.orders.open(row.key, TranscriptionOptions.model_validate(order.options))


def place(
    installation: Installation, provider: SpeechToText, row: Recording, order: TranscriptionOrder, worker: str
) -> bool:
    """Bring an order to ``ordered``, from whatever state it was left in. False while another worker is at it.

    Raises: what the provider raises; the ledger then says how far it got.
    """
    ledger = installation.store.orders
    if order.state in ("ordered", "collected"):
        return True
    claimed = ledger.claim(order.id, worker)
    if claimed is None:
        return False
    crash_point("ordering.claimed", row.key)
    try:
        with beating(functools.partial(ledger.renew_claims, worker)):
            found = _placed(installation, provider, row, claimed, worker)
        if found is None:
            return False
        ledger.ordered(claimed.id, found)
        crash_point("ordering.order_noted", row.key)
        report_success(installation, provider.name, Service.ORDERS)
    finally:
        ledger.release(claimed.id, worker)
    return True


def _placed(
    installation: Installation, provider: SpeechToText, row: Recording, claimed: TranscriptionOrder, worker: str
) -> str | None:
    """The provider's id of the order, found or placed; ``None`` if the claim was lost on the way."""
    ledger = installation.store.orders
    found = _found_at_provider(provider, claimed)
    if found is None and claimed.upload_url is not None:
        try:
            found = _order(installation, provider, claimed, claimed.upload_url, worker)
        except ProviderRefused:  # the provider may not have the upload any more
            ledger.uploaded(claimed.id, worker, None)
    if found is None:
        if not ledger.holds(claimed.id, worker):  # cancelled meanwhile: the upload would be for nobody
            return None
        upload_url = _upload(installation, provider, row, claimed, worker)
        try:
            found = _order(installation, provider, claimed, upload_url, worker)
        except ProviderRefused as error:
            ledger.finish(claimed.id, error=(error.code, error.message))
            raise
    return found


def _found_at_provider(provider: SpeechToText, order: TranscriptionOrder) -> str | None:
    """An order whose placing was begun may have been placed: its answer can be lost on the way."""
    if order.state != "ordering" or order.upload_url is None:
        return None
    return provider.find_order(order.upload_url, order.created_at)


def _upload(
    installation: Installation, provider: SpeechToText, row: Recording, order: TranscriptionOrder, worker: str
) -> str:
    upload_url = provider.upload(audio_of(installation, row))
    crash_point("ordering.uploaded", row.key)
    installation.store.orders.uploaded(order.id, worker, upload_url)
    crash_point("ordering.upload_noted", row.key)
    return upload_url


def _order(
    installation: Installation, provider: SpeechToText, order: TranscriptionOrder, upload_url: str, worker: str
) -> str | None:
    """Buy. ``None``: the claim was lost, so nothing was bought."""
    if not installation.store.orders.ordering(order.id, worker):
        return None
    crash_point("ordering.order_begun", order.recording_key)
    provider_id = provider.order(upload_url, TranscriptionOptions.model_validate(order.options))
    crash_point("ordering.order_answered", order.recording_key)
    return provider_id
