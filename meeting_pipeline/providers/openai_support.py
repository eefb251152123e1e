"""The second opinion on items: the model that gives it, whether it is worth its price, and the calls.

Belongs here: the decision by price. Must not go here: the question, and the effect of an answer (``insights/support.py``).
"""

import logging
from dataclasses import dataclass
from typing import Any, Final

from meeting_pipeline.domain.errors import PROVIDER_ERRORS
from meeting_pipeline.domain.insight_lists import ListForm
from meeting_pipeline.domain.provenance import Usage
from meeting_pipeline.domain.recording import TranscriptionOptions
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.domain.units import MS_PER_HOUR, MS_PER_MINUTE
from meeting_pipeline.insights.registry import SPECS
from meeting_pipeline.insights.spec import Checked, InsightSpec
from meeting_pipeline.insights.splitting import estimate_tokens
from meeting_pipeline.insights.support import INSTRUCTIONS, QUESTION, VERSION, Doubtful, SupportWire, batches, doubted
from meeting_pipeline.insights.wire import canonical, read_answer, strict_schema
from meeting_pipeline.providers import policies
from meeting_pipeline.providers.llm_ports import Ledger
from meeting_pipeline.providers.openai_answers import Answers, Calls
from meeting_pipeline.providers.openai_api import OpenAIApi
from meeting_pipeline.providers.openai_calls import Question
from meeting_pipeline.providers.openai_replies import Counts
from meeting_pipeline.providers.registry import speech_spec
from meeting_pipeline.providers.token_prices import TokenPrice, price_of
from meeting_pipeline.settings import Settings

_log = logging.getLogger(__name__)
_SCHEMA: Final = strict_schema(SupportWire)


@dataclass(frozen=True)
class Opinion:
    """The result after the second opinion, and what that cost."""

    result: Any
    usage: Usage


class SecondOpinion:
    """Asks for second opinions. Thread-safe. Opens no connection before the first call."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.model = settings.openai_support_model or settings.openai_model
        self._price = price_of(settings, self.model)
        own = self.model == settings.openai_model
        given = settings.openai_usd_per_million if own else None  # the price of the configured model
        self._api = OpenAIApi(settings.model_copy(update={"openai_model": self.model, "openai_usd_per_million": given}))
        self._calls = Calls(self._api, self.model)

    @property
    def version(self) -> str:
        """What of it affects answers; empty if it is off."""
        return "" if self._settings.openai_support_check == "off" else f"{VERSION} by {self.model}"

    def on(
        self, spec: InsightSpec[Any, Any], result: Any, transcript: Transcript, ledger: Ledger, usage: Usage
    ) -> Opinion:
        """The result with what the second model doubts marked as unverified; ``usage``: what the result cost.

        An opinion that is missing changes nothing: the checks have judged already. Raises: what the ledger raises.
        """
        if self._settings.openai_support_check == "off" or not isinstance(spec.form, ListForm):
            return Opinion(result, Usage())
        asked = list(batches(spec.form, result, transcript))
        if not asked or not self._worth_it(asked, transcript, usage):
            return Opinion(result, Usage())
        answers = Answers(self._calls, VERSION, spec.insight, ledger)
        spent = Usage()
        for batch in asked:
            try:
                got = answers.get(_question(spec, batch), lambda text: Checked(read_answer(SupportWire, text)))
            except PROVIDER_ERRORS as error:
                _log.warning("no second opinion on %s: %s", spec.insight.value, error.code)
                break
            if got.checked is not None:
                spent += got.reply.usage
                result = doubted(spec.form, result, batch, got.checked.result)
        return Opinion(result, spent)

    def close(self) -> None:
        """Close the connections."""
        self._api.close()

    def _worth_it(self, asked: list[Doubtful], transcript: Transcript, usage: Usage) -> bool:
        if self._settings.openai_support_check == "on":
            return True
        if (
            self._price is None
            or usage.unpriced_calls
            or transcript.duration_ms < policies.SUPPORT_MINUTES * MS_PER_MINUTE
        ):
            return False
        lists = sum(isinstance(spec.form, ListForm) for spec in SPECS.values())
        allowed = policies.SUPPORT_COST_SHARE * recording_usd(self._settings, transcript, usage) / lists
        return expected_usd(self._price, asked) < allowed


def expected_usd(price: TokenPrice, asked: list[Doubtful]) -> float:
    """What the opinions are expected to cost."""
    frame = estimate_tokens(INSTRUCTIONS + QUESTION + canonical(_SCHEMA))
    given = sum(frame + estimate_tokens(batch.text) for batch in asked)
    made = sum(len(batch.places) for batch in asked) * policies.SUPPORT_OUTPUT_TOKENS
    return price.usd(Counts(given=given, made=made))


def recording_usd(settings: Settings, transcript: Transcript, usage: Usage) -> float:
    """What the recording costs without opinions, as far as prices are known: its sound, and each insight what this one cost."""
    speech = speech_spec(transcript.provenance.provider)
    options = TranscriptionOptions(provider=transcript.provenance.provider)
    per_hour = speech.hour_price(settings, options, transcript.provenance.model).usd if speech is not None else 0.0
    return per_hour * transcript.duration_ms / MS_PER_HOUR + usage.cost_usd * len(SPECS)


def _question(spec: InsightSpec[Any, Any], batch: Doubtful) -> Question:
    return Question(
        name=f"{spec.insight.value}_support",
        schema=_SCHEMA,
        instructions=INSTRUCTIONS,
        shared=batch.text,
        content=QUESTION,
        alone=True,
    )
