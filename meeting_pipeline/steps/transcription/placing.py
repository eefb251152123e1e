"""Buys one transcription: upload and order, with the ledger updated before and after each.

If the response to an order was lost, the order is looked up at the provider before it is placed again.
Must not go here: which orders are due, and what a failure means for them (``order.py``), collecting (``collect.py``).
"""

import functools
import logging

from meeting_pipeline.domain.errors import ProviderRefused
from meeting_pipeline.domain.outage import Service
from meeting_pipeline.domain.recording import TranscriptionOptions
from meeting_pipeline.domain.speech_options import SpeechOptions
from meeting_pipeline.foundation.crash_points import crash_point
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.ports import Ready, Rejected, SpeechToText
from meeting_pipeline.providers.registry import speech_spec
from meeting_pipeline.providers.selection import takes_channels
from meeting_pipeline.steps.heartbeat import beating
from meeting_pipeline.steps.stored_files import audio_at_hand, link_to_sound
from meeting_pipeline.steps.transcription import policies
from meeting_pipeline.steps.transcription.completion_hooks import hook_for
from meeting_pipeline.steps.transcription.outages import report_success
from meeting_pipeline.store.tables import Recording, TranscriptionOrder

_log = logging.getLogger(__name__)


def options_of(provider: SpeechToText, row: Recording, instead_of: str | None = None) -> TranscriptionOptions:
    """The options for a new order of this recording. ``instead_of``: the provider that is replaced.

    Raises: ProviderRefused ``option_unsupported``.
    """
    chosen = provider.options(
        language=row.language,
        keyterms=tuple(row.keyterms),
        speakers_expected=row.speakers_expected,
        speech=SpeechOptions.model_validate(row.speech_options or {}),
    )
    apart = row.multichannel and takes_channels(provider.name)
    return chosen.model_copy(update={"multichannel": apart, "instead_of": instead_of})


def renewed(
    installation: Installation, provider: SpeechToText, row: Recording, order: TranscriptionOrder
) -> TranscriptionOrder:
    """The order to continue with when a person requests a recording again: a new one if this one has timed out.

    An order past its deadline is checked once more. If it is still not done it is abandoned, but stays in the ledger.
    Raises: what the provider raises.
    """
    late = order.deadline_at is not None and order.deadline_at <= installation.store.context.now()
    if order.state != "ordered" or order.provider_id is None or not late:
        return order
    if isinstance(provider.poll([order.provider_id]).get(order.provider_id), Ready | Rejected):
        return order
    installation.store.orders.give_up(order.id)
    _log.warning("order %s of %s is given up: it was not finished by its deadline", order.provider_id, row.key)
    return installation.store.orders.open(row.key, TranscriptionOptions.model_validate(order.options))


def place(
    installation: Installation, provider: SpeechToText, row: Recording, order: TranscriptionOrder, worker: str
) -> bool:
    """Bring an order to ``ordered``, from any earlier state. False while another worker holds it.

    Raises: what the provider raises; the ledger then shows how far it got.
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
        price = installation.speech.price(provider.name, TranscriptionOptions.model_validate(claimed.options))
        expected = price.of(row.duration_ms)
        ledger.ordered(claimed.id, found, expected_usd=expected, unpriced=not price.known)
        crash_point("ordering.order_noted", row.key)
        report_success(installation, provider.name, Service.ORDERS)
    finally:
        ledger.release(claimed.id, worker)
    return True


def _placed(
    installation: Installation, provider: SpeechToText, row: Recording, claimed: TranscriptionOrder, worker: str
) -> str | None:
    """The provider's id of the order, found or newly placed; ``None`` if the claim was lost meanwhile."""
    ledger = installation.store.orders
    found = _found_at_provider(provider, claimed)
    if found is None and claimed.upload_url is not None:
        try:
            found = _order(installation, provider, claimed, claimed.upload_url, worker)
        except ProviderRefused:  # the provider may no longer have the upload
            ledger.uploaded(claimed.id, worker, None)
    if found is None:
        if not ledger.holds(claimed.id, worker):  # cancelled meanwhile: nobody needs the upload
            return None
        upload_url = _upload(installation, provider, row, claimed, worker)
        try:
            found = _order(installation, provider, claimed, upload_url, worker)
        except ProviderRefused as error:
            ledger.finish(claimed.id, error=(error.code, error.message))
            raise
    return found


def _found_at_provider(provider: SpeechToText, order: TranscriptionOrder) -> str | None:
    """Look for an order in state ``ordering``: it may have been placed, and its response lost."""
    if order.state != "ordering" or order.upload_url is None:
        return None
    return provider.find_order(order.upload_url, order.created_at)


def _upload(
    installation: Installation, provider: SpeechToText, row: Recording, order: TranscriptionOrder, worker: str
) -> str:
    upload_url = _link(installation, provider, row)
    if upload_url is None:
        with audio_at_hand(installation, row) as audio:
            upload_url = provider.upload(audio)
    crash_point("ordering.uploaded", row.key)
    installation.store.orders.uploaded(order.id, worker, upload_url)
    crash_point("ordering.upload_noted", row.key)
    return upload_url


def _link(installation: Installation, provider: SpeechToText, row: Recording) -> str | None:
    """An address at which the provider can read the recording; ``None`` if it gets an upload.

    If it expires before it is read, the order ends with ``upload_expired``, and a new one is placed.
    """
    spec = speech_spec(provider.name)
    if installation.settings.storage_reachable == "off" or spec is None or not spec.takes_links:
        return None
    return link_to_sound(installation, row, policies.LINK_SECONDS)


def _order(
    installation: Installation, provider: SpeechToText, order: TranscriptionOrder, upload_url: str, worker: str
) -> str | None:
    """Buy the transcription. ``None``: the claim was lost, so nothing was bought."""
    if not installation.store.orders.ordering(order.id, worker):
        return None
    crash_point("ordering.order_begun", order.recording_key)
    hook = hook_for(installation.settings, provider.name)
    provider_id = provider.order(upload_url, TranscriptionOptions.model_validate(order.options), hook)
    crash_point("ordering.order_answered", order.recording_key)
    return provider_id
