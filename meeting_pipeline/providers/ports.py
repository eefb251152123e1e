"""The two ports: ``SpeechToText`` and ``Analyst``; and ``Ledger``, what an analyst needs of whoever keeps the books.

An adapter is one module beside this one. It translates its SDK's or library's world into ``domain`` values and
``domain.errors``; no SDK type or exception leaves it. Add a provider by writing an adapter with its ``SPEECH`` or
``ANALYST`` (``spec.py``), and a line in ``registry.py``. Must not go here: retries (the run and the store own them) and
anything that stores.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from meeting_pipeline.domain.models import (
    Answer,
    Insight,
    LLMRequest,
    LLMResponse,
    MeetingContext,
    Transcript,
    TranscriptionOptions,
)


@dataclass(frozen=True)
class Pending:
    """The provider is still at it. ``detail`` is its own word (``queued``, ``processing``)."""

    detail: str


@dataclass(frozen=True)
class Ready:
    """The provider has finished; the transcript can be collected."""


@dataclass(frozen=True)
class Unknown:
    """The provider does not know the order, or does not give it to this key: it may be another account's."""


UPLOAD_EXPIRED = "upload_expired"
"""Code of a ``Rejected`` whose recording is fine: the provider no longer has the upload."""


@dataclass(frozen=True)
class Rejected:
    """The provider gave up on this recording for good. ``code`` is ours, ``reason`` is the provider's text."""

    code: str
    reason: str


@dataclass(frozen=True)
class ListedOrder:
    """An order as the provider lists it. ``status`` is its own word; what it does not tell is ``None``.

    ``failed``: it came to nothing, and is not charged for.
    """

    id: str
    upload_url: str | None
    created_at: datetime | None
    status: str
    failed: bool = False


@dataclass(frozen=True)
class ListedOrders:
    """Orders, newest first. ``complete``: all that were placed since the moment asked for are among them."""

    orders: tuple[ListedOrder, ...]
    complete: bool


@dataclass(frozen=True)
class Audio:
    """What a provider may be given to transcribe.

    ``media_path`` is the stored original (``None`` for a transcript that came alone);
    ``transcript_path`` is a transcript export that came with it, or alone.
    """

    media_path: Path | None
    transcript_path: Path | None
    duration_ms: int
    participants: tuple[str, ...] = ()


class SpeechToText(Protocol):
    """A transcription provider.

    ``remote`` providers are ordered from and waited for; for the others ``collect`` does the work itself.
    """

    name: str
    remote: bool

    def options(
        self, *, language: str | None, keyterms: tuple[str, ...], speakers_expected: int | None
    ) -> TranscriptionOptions:
        """The options that an order of this provider would have, from its settings and the submitter's wishes."""
        ...

    def upload(self, audio: Audio) -> str:
        """Hand the audio over; returns the provider's reference of the upload (a URL). Costs nothing yet.

        Raises: ProviderUnavailable, ProviderRefused, OperatorError.
        """
        ...

    def order(self, upload_url: str, options: TranscriptionOptions) -> str:
        """Buy a transcription of an upload; returns the provider's id, which the caller stores at once.

        Raises: ProviderUnavailable (the order may or may not have been placed: see ``find_order``),
            ProviderRefused, OperatorError.
        """
        ...

    def find_order(self, upload_url: str, since: datetime) -> str | None:
        """The id of an order for this upload, newest first; ``None`` if none was placed ``since`` then.

        Raises: ProviderUnavailable (not all of them could be looked through: there may be one), OperatorError.
        """
        ...

    def list_orders(self, since: datetime) -> ListedOrders:
        """The orders of the account that were placed ``since`` then, as many as can be listed in the time of a look.

        Raises: ProviderUnavailable, OperatorError.
        """
        ...

    def look(self, order_ids: Iterable[str]) -> Mapping[str, Pending | Ready | Rejected | Unknown]:
        """One look at all the orders in flight, by list requests. An id that there was no time to ask for is absent."""
        ...

    def collect(
        self, order_id: str | None, audio: Audio, options: TranscriptionOptions
    ) -> Pending | Rejected | Transcript:
        """Fetch (or, for a local provider, make) the transcript.

        Raises: ProviderUnavailable, ProviderRefused, BadAnswer, OperatorError.
        """
        ...

    def forget(self, order_id: str) -> None:
        """Ask the provider to delete what it holds of this order."""
        ...

    def check(self) -> str:
        """For ``doctor``: one cheap call that proves address and key; returns a line for people, or raises."""
        ...


class Ledger(Protocol):
    """Who keeps the books of one run of one recording. Thread-safe."""

    def begin(self, question: LLMRequest) -> LLMResponse | None:
        """Asked before each call: a reply to this very question that is paid for already, or ``None``: buy it now.

        Raises: WorkerFenced (this worker may not buy any more).
        """
        ...

    def answered(self, question: LLMRequest, reply: LLMResponse, problem: str | None = None) -> None:
        """A reply came and is billed. ``problem``: code of why it cannot be used; also said of one that was reused."""
        ...

    def unanswered(self, question: LLMRequest, problem: str, *, perhaps_billed: bool) -> None:
        """No reply came, and why. ``perhaps_billed``: the provider may have done the work."""
        ...


class NoLedger:
    """Keeps no books: every question is bought. For trials without a store."""

    def begin(self, question: LLMRequest) -> LLMResponse | None:
        """Always to be bought."""
        return None

    def answered(self, question: LLMRequest, reply: LLMResponse, problem: str | None = None) -> None:
        """Forgotten."""

    def unanswered(self, question: LLMRequest, problem: str, *, perhaps_billed: bool) -> None:
        """Forgotten."""


NO_LEDGER = NoLedger()


class Analyst(Protocol):
    """Something that extracts insights: a language model, or the offline rules."""

    name: str
    model: str

    def prompt_version(self, insight: Insight) -> str:
        """Changes whenever prompt, schema or model of this insight change."""
        ...

    def extract(
        self, insight: Insight, transcript: Transcript, context: MeetingContext, ledger: Ledger = NO_LEDGER
    ) -> Answer:
        """One validated answer. A long transcript is split and merged; nothing is cut off silently.

        Thread-safe: the four insights of a recording are asked for side by side. ``ledger`` is asked before each call
        that is paid, and told after it, from the thread that asks. ``usage`` of the answer is what it cost, whenever
        that was paid.
        Raises: ProviderUnavailable, ProviderRefused, BadAnswer, OperatorError, and what the ledger raises.
        """
        ...

    def check(self) -> str:
        """For ``doctor``: one cheap call that proves address and key; returns a line for people, or raises."""
        ...
