"""Bounds what a measurement may cost: before each call, the most that it can cost must still be available.

Belongs here: prices that are known, and the ledger that stops. Must not go here: how a provider computes a cost.
"""

import threading
from dataclasses import replace

from meeting_pipeline.domain.answers import LLMRequest, LLMResponse
from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.insights.prompting import render_segments
from meeting_pipeline.insights.splitting import estimate_tokens
from meeting_pipeline.providers import policies as providers_policies
from meeting_pipeline.providers.llm_ports import NoLedger
from meeting_pipeline.providers.openai_replies import Counts
from meeting_pipeline.providers.token_prices import price_of
from meeting_pipeline.settings import VARIABLES, Settings

BUDGET_REACHED = "budget_reached"
_FRAME_TOKENS = 4_000
"""Instructions, question and schema of a call: about 1,500 tokens, with a margin for longer questions under trial."""


def require_known_price(settings: Settings, model: str) -> None:
    """Raises: OperatorError ``unknown_price``: spending cannot be bounded by the price of another model."""
    if price_of(settings, model) is None:
        raise _unknown_price(model)


def _unknown_price(model: str) -> OperatorError:
    return OperatorError(
        "unknown_price",
        f"The price of {model} is not known, so spending cannot be bounded.",
        f"Set {VARIABLES['openai_model']}={model} and {VARIABLES['openai_usd_per_million']} to its prices per million tokens "
        "(input, cached input, output).",
    )


def highest_cost_per_call(settings: Settings, transcript: Transcript) -> float:
    """The most that one call about this transcript can cost, in USD. Raises: OperatorError ``unknown_price``."""
    price = price_of(settings, settings.openai_model)
    if price is None:
        raise _unknown_price(settings.openai_model)
    whole = estimate_tokens(render_segments(transcript.segments)) + _FRAME_TOKENS
    given = min(whole, settings.openai_input_tokens)
    written = replace(price, given=max(price.given, price.written))  # all of the input may be written to the cache
    return written.usd(Counts(given=given, made=providers_policies.INSIGHT_OUTPUT_TOKENS))


class Budget(NoLedger):
    """A ledger that refuses a call which may exceed the budget. Nothing is stored, and every call is bought. Thread-safe.

    Attributes:
        call_usd: the most that one of the next calls can cost.
        spent_usd: cost of all responses, and of calls that may have been billed without one.
    """

    def __init__(self, max_usd: float) -> None:
        self.max_usd = max_usd
        self.call_usd = 0.0
        self.spent_usd = 0.0
        self._open = 0
        self._lock = threading.Lock()

    def begin(self, question: LLMRequest) -> None:
        """Reserve the cost of a call. Raises: OperatorError ``budget_reached``."""
        with self._lock:
            if self.spent_usd + (self._open + 1) * self.call_usd > self.max_usd:
                raise OperatorError(
                    BUDGET_REACHED,
                    f"{self.spent_usd:.4f} USD are spent, and the next call may cost {self.call_usd:.4f}, which is more than "
                    f"the {self.max_usd:g} USD allowed.",
                    "Allow more with --max-usd, or measure fewer insights or meetings.",
                )
            self._open += 1

    def answered(self, question: LLMRequest, reply: LLMResponse, problem: str | None = None) -> None:
        """Count what the response cost."""
        with self._lock:
            self._open -= 1
            self.spent_usd += reply.usage.cost_usd

    def unanswered(self, question: LLMRequest, problem: str, *, perhaps_billed: bool) -> None:
        """Count the most that it can have cost, if it may have been billed."""
        with self._lock:
            self._open -= 1
            self.spent_usd += self.call_usd if perhaps_billed else 0.0
