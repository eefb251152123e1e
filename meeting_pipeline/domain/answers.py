"""What an analyst is told and asked, and what comes back: an insight, or the reason why there is none.

An analyst is a language model or the offline rules. Must not go here: the results themselves (``insight_results.py``), prompts
(``insights/``), the wire format of a provider (``providers/``).
"""

from dataclasses import dataclass
from datetime import date

from pydantic import SerializeAsAny

from meeting_pipeline.domain.insight_results import InsightResult
from meeting_pipeline.domain.provenance import Coverage, Provenance, Usage
from meeting_pipeline.domain.rate_limits import RateLimits
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.value import Value


@dataclass(frozen=True)
class MeetingContext:
    """What a language model may know about a meeting besides its transcript."""

    title: str | None
    meeting_date: date
    participants: tuple[str, ...]


class Answer(Value):
    """A validated insight from an analyst (a language model or the offline rules)."""

    insight: Insight
    result: SerializeAsAny[InsightResult]
    coverage: Coverage
    usage: Usage
    provenance: Provenance
    prompt_version: str


class LLMRequest(Value):
    """One call of a language model, as stored in the ledger. Calls with the same ``digest`` have identical requests."""

    insight: Insight
    digest: str
    model: str
    prompt_version: str


class LLMResponse(Value):
    """The response to such a call: the raw text, the model named by the server, and the cost.

    ``limits``: what the server said of its rate limits with it; not stored.
    """

    text: str
    model: str
    usage: Usage
    limits: RateLimits | None = None


class Unavailable(Value):
    """A typed gap: the insight could not be made. It is shown as a gap, and retried if ``retryable``."""

    insight: Insight
    code: str
    reason: str
    advice: str = ""
    retryable: bool = True
    retry_after_s: float | None = None
