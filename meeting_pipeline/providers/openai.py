"""The analyst that calls an OpenAI-compatible language model: one call per insight if the transcript fits into one.

Belongs here: splitting, merging. Must not go here: prompts and checks (``insights/``), the calls for the parts of a
transcript (``openai_session.py``), requests (``openai_api.py``).
"""

from collections.abc import Mapping
from typing import Any, Final

from meeting_pipeline.domain.answers import Answer, MeetingContext
from meeting_pipeline.domain.errors import OperatorError, PipelineError, ProviderRefused
from meeting_pipeline.domain.insight_lists import ListForm
from meeting_pipeline.domain.insight_results import InsightResult
from meeting_pipeline.domain.provenance import Coverage, Provenance, Usage
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.insights.registry import SPECS
from meeting_pipeline.insights.spec import InsightSpec
from meeting_pipeline.providers.compatible_server import is_openai
from meeting_pipeline.providers.llm_ports import NO_LEDGER, Ledger
from meeting_pipeline.providers.openai_answers import Calls
from meeting_pipeline.providers.openai_api import OpenAIApi
from meeting_pipeline.providers.openai_questions import OpenAIQuestions
from meeting_pipeline.providers.openai_session import Session
from meeting_pipeline.providers.openai_support import SecondOpinion
from meeting_pipeline.providers.spec import AnalystSpec
from meeting_pipeline.providers.token_prices import price_of
from meeting_pipeline.settings import VARIABLES, Settings


class OpenAIAnalyst:
    """Adapter of the port ``Analyst``. Thread-safe. Opens no connection before the first call."""

    name = "openai"

    def __init__(self, settings: Settings) -> None:
        self.model = settings.openai_model
        self._input_tokens = settings.openai_input_tokens
        self._api = OpenAIApi(settings)
        self._effort = settings.openai_reasoning_effort
        cached = settings.openai_prompt_cache
        shared = cached == "on" or (cached == "auto" and is_openai(settings.openai_base_url))
        self._opinion = SecondOpinion(settings)
        self._calls = Calls(self._api, self.model, _schemas if shared else None)

    def prompt_version(self, insight: Insight) -> str:
        """Return a version that changes whenever the prompt, schema, model or effort of this insight changes."""
        model = self.model if self._effort is None else f"{self.model}, effort {self._effort}"
        spec = SPECS[insight]
        opinion = self._opinion.version if isinstance(spec.form, ListForm) else ""
        return spec.prompt_version(f"{model}, {opinion}" if opinion else model)

    def extract(
        self, insight: Insight, transcript: Transcript, context: MeetingContext, ledger: Ledger = NO_LEDGER
    ) -> Answer:
        """Return one validated answer. Splits a transcript that does not fit one call and merges the answers.

        Raises: ProviderUnavailable, ProviderRefused, BadAnswer, OperatorError; the error's ``usage`` holds what was paid
            before it. And what the ledger raises.
        """
        spec = SPECS[insight]
        if not transcript.segments:
            raise ProviderRefused(
                "insufficient_content", "The transcript is empty.", "There is nothing to extract from."
            )
        known = spec.known(transcript)
        if known is not None:
            return self._answer(spec, transcript, known, Usage(), transcript.provenance, parts=1)
        session = Session(self._calls, self.prompt_version(insight), spec, transcript, context, ledger)
        try:
            results = session.read(self._input_tokens)
            merged = results[0] if len(results) == 1 else spec.merge(results)
            if len(results) > 1:
                merged = session.over_parts(merged, self._input_tokens)
            opinion = self._opinion.on(spec, merged, transcript, ledger, session.usage)
        except PipelineError as error:
            error.usage = session.spent
            raise
        provenance = Provenance(
            provider=self.name,
            model=session.model,
            draft=transcript.provenance.draft,
            note="Based on a draft transcript." if transcript.provenance.draft else "",
        )
        return self._answer(
            spec, transcript, opinion.result, session.usage + opinion.usage, provenance, parts=len(results)
        )

    def check(self) -> str:
        """Return a line that confirms address, key and model. Raises OperatorError, ProviderUnavailable."""
        if self.model not in self._api.models() and not self._api.has_model():
            raise OperatorError(
                "openai_model_unknown",
                f"The server accepts the key, but does not know the model {self.model}.",
                "Correct OPENAI_MODEL.",
            )
        return f"OpenAI accepts the key and knows the model {self.model}."

    def close(self) -> None:
        """Close the connections."""
        self._api.close()
        self._opinion.close()

    def _answer(
        self,
        spec: InsightSpec[Any, Any],
        transcript: Transcript,
        result: InsightResult,
        usage: Usage,
        provenance: Provenance,
        parts: int,
    ) -> Answer:
        total = len(transcript.segments)
        return Answer(
            insight=spec.insight,
            result=result,
            # A part without an answer raises, so an answer always covers the whole transcript.
            coverage=Coverage(segments_read=total, segments_total=total, parts=parts),
            usage=usage,
            provenance=provenance,
            prompt_version=self.prompt_version(spec.insight),
        )


def _schemas() -> Mapping[str, dict[str, Any]]:
    return {insight.value: spec.schema for insight, spec in SPECS.items()}


def _price_line(settings: Settings) -> str | None:
    price = price_of(settings, settings.openai_model)
    return price.line() if price is not None else None


ANALYST: Final = AnalystSpec(
    name=OpenAIAnalyst.name,
    title="OpenAI",
    make=OpenAIAnalyst,
    key=lambda settings: settings.openai_api_key,
    key_variable=VARIABLES["openai_api_key"],
    address_variable=VARIABLES["openai_base_url"],
    price_line=_price_line,
    answers=OpenAIQuestions,
)
