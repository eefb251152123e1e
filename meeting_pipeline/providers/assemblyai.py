"""Adapter of the port SpeechToText for AssemblyAI, using its SDK.

The SDK uploads, orders and deletes. We list orders (``assemblyai_listing.py``), parse responses that carry state or text
(``assemblyai_parsing.py``) and manage the connections (``assemblyai_client.py``). Must not go here: retries, waiting, anything
that stores.
"""

import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.errors import ProviderRefused, ProviderUnavailable
from meeting_pipeline.domain.recording import TranscriptionOptions
from meeting_pipeline.domain.speech_options import SpeechOptions
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.providers import policies
from meeting_pipeline.providers.assemblyai_client import Connections
from meeting_pipeline.providers.assemblyai_listing import ENDPOINT, order_of_upload, orders_since, states_of
from meeting_pipeline.providers.assemblyai_options import add_ons_of, config_of, options_of_settings, resolved_options
from meeting_pipeline.providers.assemblyai_parsing import (
    NOT_STATED,
    PROVIDER,
    finished_order,
    parse_list,
    parse_transcript,
)
from meeting_pipeline.providers.audio_prices import HourPrice, hour_price
from meeting_pipeline.providers.completion_hook import CompletionHook, can_be_called
from meeting_pipeline.providers.ports import NO_OPTIONS, Audio, ListedOrders, Pending, Ready, Rejected, Unknown
from meeting_pipeline.providers.spec import Limits, SpeechSpec
from meeting_pipeline.settings import VARIABLES, Settings

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Timeouts:
    """How long a call may take in all: most calls, an upload, and looking at many orders."""

    call_seconds: float = shared_policies.CALL_SECONDS
    upload_seconds: float = policies.UPLOAD_SECONDS
    look_seconds: float = policies.LOOK_SECONDS


TIMEOUTS: Final = Timeouts()


class AssemblyAI:
    """See ``ports.SpeechToText``. Thread-safe. Opens and imports nothing before the first call."""

    name = PROVIDER
    remote = True

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str,
        speech_models: tuple[str, ...],
        speech: SpeechOptions = NO_OPTIONS,
        redact_policies: tuple[str, ...] = (),
        timeouts: Timeouts = TIMEOUTS,
    ) -> None:
        self._connections = Connections(api_key, base_url)
        self._base_url = base_url
        self._speech_models = speech_models
        self._speech = speech
        self._redact_policies = redact_policies
        self._timeouts = timeouts

    def options(
        self,
        *,
        language: str | None,
        keyterms: tuple[str, ...],
        speakers_expected: int | None,
        speech: SpeechOptions = NO_OPTIONS,
    ) -> TranscriptionOptions:
        """See the port. What the submitter gives replaces the setting."""
        chosen = resolved_options(self._speech, speech, language)
        return TranscriptionOptions(
            provider=self.name,
            speech_models=self._speech_models,
            language=language,
            keyterms=keyterms,
            speakers_expected=speakers_expected,
            speech=chosen,
            redact_policies=self._redact_policies if chosen is not None and chosen.redacts else (),
        )

    def upload(self, audio: Audio) -> str:
        """See the port. Streams the file from its path: passing bytes would hold and copy the whole file in memory.

        Raises also: OSError if the stored file cannot be read, which is not the provider's fault.
        """
        path = audio.media_path
        if path is None:
            raise ProviderRefused("no_audio", "There is no audio to transcribe.", "Submit the recording itself.")
        with path.open("rb") as file:
            return self._connections.run(
                self._timeouts.upload_seconds, lambda link: _word(link.transcriber.upload_file(file), "upload")
            )

    def order(self, upload_url: str, options: TranscriptionOptions, hook: CompletionHook | None = None) -> str:
        """See the port. Never orders from a path: that would repeat the upload when only the order failed."""
        if hook is None or not can_be_called(hook.url, self._base_url):
            return self._order(upload_url, config_of(options))
        try:
            return self._order(upload_url, config_of(options, hook))
        except ProviderRefused:
            # It may be the address that it refuses. A refused order is not placed, and a recording must not fail for its hook.
            order_id = self._order(upload_url, config_of(options))
            _log.warning("AssemblyAI accepts no webhook to %s: it is polled instead", VARIABLES["api_public_url"])
            return order_id

    def _order(self, upload_url: str, config: Any) -> str:
        return self._connections.run(
            self._timeouts.call_seconds,
            lambda link: _word(link.transcriber.submit(upload_url, config=config).id, "order"),
        )

    def find_order(self, upload_url: str, since: datetime) -> str | None:
        """See the port. Upload URLs are unique, so an order with this URL is ours."""
        return self._connections.run(self._timeouts.call_seconds, lambda link: order_of_upload(link, upload_url, since))

    def list_orders(self, since: datetime) -> ListedOrders:
        """See the port. Includes orders that were deleted at the provider; they have no upload URL."""
        until = time.monotonic() + self._timeouts.look_seconds
        return self._connections.run(self._timeouts.call_seconds, lambda link: orders_since(link, since, until=until))

    def poll(self, order_ids: Iterable[str]) -> Mapping[str, Pending | Ready | Rejected | Unknown]:
        """See the port. Requests a random few of the orders missing from the list singly, so that each gets its turn."""
        wanted = set(order_ids)
        return (
            self._connections.run(self._timeouts.look_seconds, lambda link: states_of(link, wanted)) if wanted else {}
        )

    def collect(
        self, order_id: str | None, audio: Audio, options: TranscriptionOptions
    ) -> Pending | Rejected | Transcript:
        """See the port. Ignores ``audio`` and ``options``: the order already has them."""
        if order_id is None:
            raise ProviderRefused("no_order", "There is no order to collect.", "Order the transcription first.")
        body = self._connections.run(self._timeouts.call_seconds, lambda link: link.get(f"{ENDPOINT}/{order_id}"))
        return parse_transcript(body)

    def forget(self, order_id: str) -> None:
        """See the port. Deletes the text and the uploaded audio; the order itself stays in the list."""
        from assemblyai.prerecorded.v2 import api

        self._connections.run(self._timeouts.call_seconds, lambda link: api.delete_transcript(link.http, order_id))

    def check(self) -> str:
        """See the port."""
        self._connections.run(self._timeouts.look_seconds, lambda link: parse_list(link.get(ENDPOINT, {"limit": "1"})))
        return f"AssemblyAI answers at {self._base_url} and accepts the key."

    def close(self) -> None:
        """Close idle connections."""
        self._connections.close()


def _word(value: object, what: str) -> str:
    """Return the reference that a response must contain."""
    if isinstance(value, str) and value:
        return value
    message = f"AssemblyAI's response to an {what} has no id."
    raise ProviderUnavailable("provider_unavailable", message, "It is retried later.")


def _make(settings: Settings) -> AssemblyAI:
    if settings.assemblyai_api_key is None:
        raise ValueError("there is no key")
    return AssemblyAI(
        api_key=settings.assemblyai_api_key.get_secret_value(),
        base_url=settings.assemblyai_base_url,
        speech_models=settings.speech_models,
        speech=options_of_settings(settings),
        redact_policies=settings.assemblyai_redact_policies,
    )


def _price(settings: Settings, options: TranscriptionOptions, model: str | None) -> HourPrice:
    """The price with the add-ons that are ordered."""
    models = options.speech_models or settings.speech_models
    return hour_price(settings, (model,) if model and model != NOT_STATED else models, add_ons_of(options))


SPEECH: Final = SpeechSpec(
    name=PROVIDER,
    title="AssemblyAI",
    make=_make,
    key=lambda settings: settings.assemblyai_api_key,
    key_variable=VARIABLES["assemblyai_api_key"],
    address_variable=VARIABLES["assemblyai_base_url"],
    # Limits for one file, and how many days back it lists orders.
    limits=Limits(max_hours=10.0, max_bytes=5 * 1024**3, min_ms=160, listed_days=90),
    prices=_price,
    price_settings=(VARIABLES["speech_prices"], VARIABLES["speech_usd_per_hour"]),
    finished_order=finished_order,
    multichannel=True,
    redacts=True,
    takes_links=True,
)
