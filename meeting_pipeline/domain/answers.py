"""The input and question of an analyst, and its answer: an insight, or the reason why there is none.

An analyst is a language model or the offline rules. Must not go here: the results themselves (``insight_results.py``), prompts
(``insights/``), the wire format of a provider (``providers/``).
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from pydantic import SerializeAsAny

from meeting_pipeline.domain.insight_results import InsightResult
from meeting_pipeline.domain.provenance import Coverage, Provenance, Usage
from meeting_pipeline.domain.rate_limits import RateLimits
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.value import Value


@dataclass(frozen=True)
class MeetingContext:
    """What a language model may know about a meeting besides its transcript.

    ``meeting_date``: the local day in ``time_zone``, the IANA name of a zone. ``keyterms``: how names and terms are spelled.
    """

    title: str | None
    meeting_date: date
    participants: tuple[str, ...]
    time_zone: str | None = None
    keyterms: tuple[str, ...] = ()


class Answer(Value):
    """A validated insight from an analyst (a language model or the offline rules)."""

    insight: Insight
    result: SerializeAsAny[InsightResult]
    coverage: Coverage
    usage: Usage
    provenance: Provenance
    prompt_version: str


CORRECTION: Final = "+correction"
"""End of the prompt version of a second call, which says what was wrong with the answer to the first."""
FAILED_CALLS: Final = frozenset({"provider_unavailable", "provider_refused"})
"""Problems of a billed call that is not an answer: the provider failed. There is nothing to correct."""


class LLMRequest(Value):
    """One call of a language model, as stored in the ledger. Calls with the same ``digest`` have identical requests."""

    insight: Insight
    digest: str
    model: str
    prompt_version: str

    @property
    def is_correction(self) -> bool:
        """Whether it is a second call, about the answer to the first."""
        return self.prompt_version.endswith(CORRECTION)


class LLMResponse(Value):
    """The response to such a call: the raw text, the model named by the server, and the cost.

    ``limits``: what the server said of its rate limits with it; not stored. ``problem``: code of why the answer is unusable.
    """

    text: str
    model: str
    usage: Usage
    limits: RateLimits | None = None
    problem: str | None = None


class Unavailable(Value):
    """A typed gap: the insight could not be made. It is shown as a gap, and retried if ``retryable``."""

    insight: Insight
    code: str
    reason: str
    advice: str = ""
    retryable: bool = True
    retry_after_s: float | None = None
