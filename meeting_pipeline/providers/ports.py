"""The ports ``SpeechToText``, ``Analyst`` and ``QuestionModel``, and ``Ledger``, through which an analyst records its calls.

An adapter is one module in this package. It translates types and errors of its SDK or library into ``domain`` values and
``domain.errors``; no SDK type or exception leaves it. To add a provider, write an adapter with its ``SPEECH`` or
``ANALYST`` (``spec.py``), and add a line in ``registry.py``. Must not go here: retries (the run and the store own them),
anything that stores, and the port of embeddings (``embedder.py``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from meeting_pipeline.domain.answers import Answer, LLMRequest, LLMResponse, MeetingContext
from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.domain.provenance import Usage
from meeting_pipeline.domain.recording import TranscriptionOptions
from meeting_pipeline.domain.result_kinds import Insight
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

        ``hook``: where the provider may report that the order is finished. It is no part of the options: orders with and
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

    def look(self, order_ids: Iterable[str]) -> Mapping[str, Pending | Ready | Rejected | Unknown]:
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


class Ledger(Protocol):
    """Records the paid calls of one run of one recording. Thread-safe."""

    def begin(self, question: LLMRequest) -> LLMResponse | None:
        """Called before each call: return a response to the same request that is already paid for, or ``None`` to buy it now.

        A response with a ``problem`` was unusable: the same request is not bought again.
        Raises: WorkerFenced (this worker may not buy anything more), AnswersUsedUp (a correction, and this recording has had
            all that it may have).
        """
        ...

    def answered(self, question: LLMRequest, reply: LLMResponse, problem: str | None = None) -> None:
        """Record a billed response. ``problem``: code of why it is unusable; also called if a reused response is."""
        ...

    def unanswered(self, question: LLMRequest, problem: str, *, perhaps_billed: bool) -> None:
        """Record a call without a response, and why. ``perhaps_billed``: the provider may have done the work."""
        ...


class NoLedger:
    """Records nothing, so every call is bought. For trials without a store."""

    def begin(self, question: LLMRequest) -> LLMResponse | None:
        """Return ``None``: always buy."""
        return None

    def answered(self, question: LLMRequest, reply: LLMResponse, problem: str | None = None) -> None:
        """Do nothing."""

    def unanswered(self, question: LLMRequest, problem: str, *, perhaps_billed: bool) -> None:
        """Do nothing."""


NO_LEDGER = NoLedger()


class Analyst(Protocol):
    """Extracts insights: a language model or the offline rules."""

    name: str
    model: str

    def prompt_version(self, insight: Insight) -> str:
        """Return a version that changes whenever the prompt, schema or model of this insight changes."""
        ...

    def extract(
        self, insight: Insight, transcript: Transcript, context: MeetingContext, ledger: Ledger = NO_LEDGER
    ) -> Answer:
        """Return one validated answer. A long transcript is split and the results are merged; nothing is silently cut off.

        Thread-safe: the four insights of a recording are extracted in parallel. ``ledger`` is called before and after each
        paid call, from the thread that makes the call. The answer's ``usage`` is its full cost, including earlier payments.
        Raises: ProviderUnavailable, ProviderRefused, BadAnswer (``AnswersUsedUp`` if a person has to ask again), OperatorError,
            and what the ledger raises.
        """
        ...

    def check(self) -> str:
        """For ``doctor``: one cheap call that proves address and key; returns a line for people, or raises."""
        ...


@dataclass(frozen=True)
class RawAnswer:
    """A response to a question. ``problem``: why it cannot be used; ``billed``: whether it is paid for all the same."""

    text: str
    model: str
    usage: Usage
    problem: PipelineError | None = None
    billed: bool = True


class QuestionModel(Protocol):
    """A language model that answers one question from passages, as JSON of a strict schema.

    Attributes:
        name: the provider's name.
        model: the configured model.
    """

    name: str
    model: str

    def expected_usd(self, passages: str, asked: str) -> float | None:
        """What a call with this input is expected to cost; ``None`` if the price is unknown."""
        ...

    def answer(self, passages: str, asked: str) -> RawAnswer:
        """Make one call. Raises: ProviderUnavailable, ProviderRefused, OperatorError."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...
