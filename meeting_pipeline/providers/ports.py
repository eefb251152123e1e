"""The port of transcription, ``SpeechToText``, and what providers say about orders.

An adapter is one module in this package. It translates types and errors of its SDK or library into ``domain`` values and
``domain.errors``; no SDK type or exception leaves it. To add a provider, write an adapter with its ``SPEECH`` or
``ANALYST`` (``spec.py``), and add a line in ``registry.py``. Must not go here: retries (the run and the store own them),
anything that stores, the ports of language models (``llm_ports.py``) and of embeddings (``embedder.py``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from meeting_pipeline.domain.recording import TranscriptionOptions
from meeting_pipeline.domain.speech_options import SpeechOptions
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.providers.completion_hook import CompletionHook

NO_OPTIONS = SpeechOptions()
"""A submitter who gives none."""


@dataclass(frozen=True)
class Pending:
    """The provider has not finished. ``detail`` is its own word (``queued``, ``processing``)."""

    detail: str


@dataclass(frozen=True)
class Ready:
    """The provider has finished; the transcript can be collected."""


@dataclass(frozen=True)
class Unknown:
    """The provider does not know the order, or refuses it to this key: it may belong to another account."""


UPLOAD_EXPIRED = "upload_expired"
"""Code of a ``Rejected`` that is not the recording's fault: the provider no longer has the upload."""
PROVIDER_FAILED = "provider_failed"
"""Code of a ``Rejected`` that is not the recording's fault: the provider failed while transcribing, and asks for a new order."""


@dataclass(frozen=True)
class Rejected:
    """The provider failed this recording permanently. ``code`` is ours, ``reason`` is the provider's text."""

    code: str
    reason: str


@dataclass(frozen=True)
class ListedOrder:
    """An order as the provider lists it. ``status`` is the provider's own word; missing values are ``None``.

    ``failed``: the order failed and is not charged.
    """

    id: str
    upload_url: str | None
    created_at: datetime | None
    status: str
    failed: bool = False


@dataclass(frozen=True)
class ListedOrders:
    """Orders, newest first. ``complete``: they include every order placed since the requested time."""

    orders: tuple[ListedOrder, ...]
    complete: bool


@dataclass(frozen=True)
class Audio:
    """Input of a transcription.

    ``media_path`` is the stored original (``None`` if only a transcript was submitted);
    ``transcript_path`` is a transcript export that was submitted with it, or alone.
    """

    media_path: Path | None
    transcript_path: Path | None
    duration_ms: int
    participants: tuple[str, ...] = ()


class SpeechToText(Protocol):
    """A transcription provider.

    With a ``remote`` provider, a transcription is ordered and collected later; otherwise ``collect`` does the work itself.
    """

    name: str
    remote: bool

    def options(
        self,
        *,
        language: str | None,
        keyterms: tuple[str, ...],
        speakers_expected: int | None,
        speech: SpeechOptions = NO_OPTIONS,
    ) -> TranscriptionOptions:
        """Return the options for an order, from the provider's settings and the submitter's options.

        Raises: ProviderRefused ``option_unsupported`` if it cannot do something that must not be left out.
        """
        ...

    def upload(self, audio: Audio) -> str:
        """Upload the audio and return the provider's reference to it (a URL). Costs nothing.

        Raises: ProviderUnavailable, ProviderRefused, OperatorError.
        """
        ...

    def order(self, upload_url: str, options: TranscriptionOptions, hook: CompletionHook | None = None) -> str:
        """Buy a transcription of an upload and return the provider's id, which the caller stores immediately.

        ``hook``: where the provider may report that the order is finished. It is not part of the options: orders with and
        without it are the same.

        Raises: ProviderUnavailable (the order may or may not have been placed: see ``find_order``),
            ProviderRefused, OperatorError.
        """
        ...

    def find_order(self, upload_url: str, since: datetime) -> str | None:
        """Return the id of the newest order for this upload; ``None`` if none was placed after ``since``.

        Raises: ProviderUnavailable (not all orders could be searched, so there may be one), OperatorError.
        """
        ...

    def list_orders(self, since: datetime) -> ListedOrders:
        """Return the account's orders placed after ``since``, as many as can be listed within the time limit.

        Raises: ProviderUnavailable, OperatorError.
        """
        ...

    def poll(self, order_ids: Iterable[str]) -> Mapping[str, Pending | Ready | Rejected | Unknown]:
        """Check all orders in progress with list requests. An id that could not be checked in time is absent."""
        ...

    def collect(
        self, order_id: str | None, audio: Audio, options: TranscriptionOptions
    ) -> Pending | Rejected | Transcript:
        """Fetch the transcript; a local provider creates it.

        Raises: ProviderUnavailable, ProviderRefused, BadAnswer, OperatorError.
        """
        ...

    def forget(self, order_id: str) -> None:
        """Ask the provider to delete everything it stores for this order."""
        ...

    def check(self) -> str:
        """For ``doctor``: one cheap call that proves address and key; returns a line for people, or raises."""
        ...
