"""Obtains a recording's transcript without buying it twice.

An automatic run uses the stored transcript, else the existing order. A run that a person requested uses the current options:
if they differ from those of the stored transcript, a new transcription is ordered.
Must not go here: storing what was obtained (``obtained.py``), the content of an order (``placing.py``), retries
(``assets/``, ``store/recordings/lifecycle.py``).
"""

from dataclasses import dataclass

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.errors import PipelineError, ProviderRefused, ProviderUnavailable
from meeting_pipeline.domain.keys import hash_json
from meeting_pipeline.domain.outage import Service
from meeting_pipeline.domain.recording import TranscriptionOptions
from meeting_pipeline.domain.result_kinds import ResultKind
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.parts.port import InParts
from meeting_pipeline.providers.ports import PROVIDER_FAILED, UPLOAD_EXPIRED, Pending, Rejected, SpeechToText
from meeting_pipeline.steps.stored_files import audio_at_hand, audio_elsewhere, audio_of
from meeting_pipeline.steps.transcription import policies, stored_copy
from meeting_pipeline.steps.transcription.choice import provider_for, replaced_provider, with_reason
from meeting_pipeline.steps.transcription.local import transcribe_here
from meeting_pipeline.steps.transcription.obtained import (
    Cost,
    Obtained,
    obtained_of,
    refusal,
    require_content,
    store_bought,
)
from meeting_pipeline.steps.transcription.outages import report_success, reporting_failures
from meeting_pipeline.steps.transcription.parts import buy_in_parts
from meeting_pipeline.steps.transcription.placing import options_of, place, renewed
from meeting_pipeline.store.tables import Artifact, Recording, TranscriptionOrder


@dataclass(frozen=True)
class Waiting:
    """The provider has not finished the order; no run needs to wait for it."""

    provider: str


def obtain(installation: Installation, key: str, run_id: str, *, requested_by_user: bool) -> Obtained | Waiting:
    """Fetch, create or reuse the transcript. ``requested_by_user``: a person requested a new one.

    Raises: PermanentError (``insufficient_content``, ``no_content``, the provider's refusals), ProviderUnavailable,
        OperatorError, TransientError ``unreadable``, StoreUnavailable. An OSError that is caused neither by the stored copy
        nor by the disk is a bug, and is raised unchanged.
    """
    try:
        return _obtain(installation, key, run_id, requested_by_user=requested_by_user)
    except OSError as error:
        row = installation.store.recordings.get(key)
        typed = stored_copy.typed_for(installation, row, error)
        if typed is None:
            raise
        raise typed from error


def _obtain(installation: Installation, key: str, run_id: str, *, requested_by_user: bool) -> Obtained | Waiting:
    row = installation.store.recordings.get(key)
    current = installation.store.results.current(key, ResultKind.TRANSCRIPT).get(ResultKind.TRANSCRIPT)
    provider = provider_for(installation, row)
    options = options_of(provider, row, replaced_provider(installation, provider, row))
    order = installation.store.orders.latest(key)
    on_its_way = order is not None and _on_its_way(installation, order, provider)
    is_bought = provider.remote or isinstance(provider, InParts)
    is_open = on_its_way or (order is not None and _is_bought_in_parts(installation, order))
    if current is not None and order is not None and is_open and current.input_hash == order_hash(row, order):
        unpriced = current.unpriced_calls > 0  # the worker died after storing it
        installation.store.orders.finish(order.id, cost_usd=current.cost_usd, unpriced=unpriced)
        return _reuse(current)
    if current is not None and not requested_by_user and not on_its_way:
        return _reuse(current)
    if current is not None and requested_by_user and is_bought and current.input_hash == _input_hash(row, options):
        return _reuse(current)
    if isinstance(provider, InParts) and not on_its_way:
        return _buy(installation, provider, row, run_id, options, requested_by_user=requested_by_user)
    if not provider.remote and not on_its_way:
        return _make(installation, provider, row, run_id, options)
    if requested_by_user and provider.remote:
        order = installation.store.orders.open(key, options)
    if order is None or order.state == "rejected":
        order = installation.store.orders.open(key, options)
    if requested_by_user:
        with reporting_failures(installation, order.provider, Service.TRANSCRIPTS, key):
            order = renewed(installation, installation.speech.named(order.provider), row, order)
    else:
        _wait_for_the_end_of_an_outage(installation, order)
    return _collect(installation, row, run_id, order)


def _next_service(order: TranscriptionOrder) -> Service:
    return Service.TRANSCRIPTS if order.state in ("ordered", "collected") else Service.ORDERS


def _wait_for_the_end_of_an_outage(
    installation: Installation, order: TranscriptionOrder, *, trials: bool = False
) -> None:
    """Stop a run that was requested before an outage began: its calls would fail. Raises: the outage's error.

    The run continues if the provider is available and only this service is out: two broken recordings may have looked like
    an outage, and the first success ends it. ``trials``: not even then, unless this recording is the one that tries it.
    """
    outage = installation.store.outages.holding(order.provider, _next_service(order), order.recording_key)
    if outage is not None and (outage.whole or outage.limit or trials):
        raise outage.error()


def _on_its_way(installation: Installation, order: TranscriptionOrder, provider: SpeechToText) -> bool:
    """Whether the order is paid for, or may be because it was being placed. Without a key that cannot be checked any more."""
    if order.state != "ordering" or not provider.remote:
        return order.state == "ordered"
    return order.provider == provider.name or not installation.speech.is_in_parts(order.provider)


def _is_bought_in_parts(installation: Installation, order: TranscriptionOrder) -> bool:
    return order.state == "ordering" and installation.speech.is_in_parts(order.provider)


def _input_hash(row: Recording, options: TranscriptionOptions) -> str:
    return hash_json([row.sha256, options.identity()])


def order_hash(row: Recording, order: TranscriptionOrder) -> str:
    """``input_hash`` of this order's transcript."""
    return _input_hash(row, TranscriptionOptions.model_validate(order.options))


def _reuse(current: Artifact) -> Obtained:
    transcript = Transcript.model_validate(current.payload)
    return Obtained(transcript, current.version, changed=False, reused=True)


def _make(
    installation: Installation, provider: SpeechToText, row: Recording, run_id: str, options: TranscriptionOptions
) -> Obtained:
    with audio_at_hand(installation, row) as audio:
        answer = transcribe_here(provider.name, audio, options, installation.settings)
    if not isinstance(answer, Transcript):
        raise refusal(answer)
    answer = with_reason(answer, options)
    require_content(answer)
    stored = installation.store.results.store_transcript(row.key, run_id, answer, input_hash=_input_hash(row, options))
    return obtained_of(answer, stored, 0.0)


def _buy(
    installation: Installation,
    provider: InParts,
    row: Recording,
    run_id: str,
    options: TranscriptionOptions,
    *,
    requested_by_user: bool,
) -> Obtained | Waiting:
    """Buy the transcript part by part. What was bought before is not bought again, and no order outlives the run unnoticed."""
    order = installation.store.orders.open(row.key, options)
    if requested_by_user:
        installation.store.parts.forgive(order.id)
    else:
        _wait_for_the_end_of_an_outage(installation, order, trials=True)
    bought = buy_in_parts(installation, provider, row, run_id, order, requested_by_user=requested_by_user)
    if bought is None:
        return Waiting(provider.name)
    cost = Cost(bought.cost_usd, bought.unpriced)
    return store_bought(
        installation, row, run_id, order.id, bought.transcript, options, _input_hash(row, options), cost
    )


def _collect(installation: Installation, row: Recording, run_id: str, order: TranscriptionOrder) -> Obtained | Waiting:
    with reporting_failures(installation, order.provider, _next_service(order), row.key):
        provider = installation.speech.named(order.provider)
        if not place(installation, provider, row, order, run_id):
            return Waiting(provider.name)
    order = installation.store.orders.get(order.id)
    options = TranscriptionOptions.model_validate(order.options)
    audio = audio_of(installation, row) if row.object_prefix is None else audio_elsewhere(row)
    try:
        with reporting_failures(installation, provider.name, Service.TRANSCRIPTS, row.key):
            answer = provider.collect(order.provider_id, audio, options)
    except ProviderRefused as error:
        # For example the order of another account: it cannot be fetched, so a later request needs a new one.
        installation.store.orders.finish(order.id, error=(error.code, error.message))
        raise
    report_success(installation, provider.name, Service.TRANSCRIPTS)
    if isinstance(answer, Pending):
        if order.deadline_at is not None and order.deadline_at <= installation.store.context.now():
            raise _too_late(provider.name, answer)
        return Waiting(provider.name)
    if isinstance(answer, Rejected):
        installation.store.orders.finish(order.id, error=(answer.code, answer.reason))
        raise _error_of(provider.name, answer)
    price = installation.speech.price(order.provider, options, answer.provenance.model)
    cost = Cost(price.of(answer.duration_ms), not price.known)
    return store_bought(installation, row, run_id, order.id, answer, options, order_hash(row, order), cost)


def _too_late(name: str, answer: Pending) -> ProviderRefused:
    return ProviderRefused(
        "provider_timeout",
        f"{name} did not finish this recording in time ({answer.detail}).",
        "Check the provider's status page, then reprocess the recording: the order is checked once more, and a new "
        "one is placed if it is still not done.",
    )


def _error_of(name: str, answer: Rejected) -> PipelineError:
    """What a rejected order means: another attempt for what the provider lost or failed, otherwise the end."""
    if answer.code == UPLOAD_EXPIRED:
        # This wait is too long for a run, so it counts as an attempt: if the upload is lost every time, retries must end.
        return ProviderUnavailable(
            UPLOAD_EXPIRED,
            f"{name} no longer had the upload.",
            "The next attempt uploads and orders it again.",
            retry_after_s=shared_policies.RETRY_BASE_SECONDS,
        )
    if answer.code == PROVIDER_FAILED:  # what it fails is not charged
        return ProviderUnavailable(
            PROVIDER_FAILED,
            f"{name} failed while it transcribed this recording: {answer.reason}",
            "The next attempt orders it again. If that fails too, check the provider's status page, then reprocess it.",
            retry_after_s=policies.ORDER_AGAIN_SECONDS,
        )
    return refusal(answer)
