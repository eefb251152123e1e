"""The ports of language models: ``Analyst``, ``QuestionModel``, and ``Ledger``, through which both record their calls.

An adapter is one module in this package, with its ``ANALYST`` (``spec.py``) and a line in ``registry.py``. What applies to all
adapters is in ``ports.py``. Must not go here: retries (the run and the store own them), anything that stores.
"""

from dataclasses import dataclass
from typing import Protocol

from meeting_pipeline.domain.answers import Answer, LLMRequest, LLMResponse, MeetingContext
from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.domain.provenance import Usage
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.transcript import Transcript


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
