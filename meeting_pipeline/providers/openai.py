"""The analyst that asks an OpenAI-compatible language model: one call per insight for a transcript that fits one.

Belongs here: splitting, asking part by part, summing up. Must not go here: prompts and checks (``insights/``), requests
(``openai_api.py``).
"""

from collections.abc import Sequence
from typing import Any

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import OperatorError, PipelineError, ProviderRefused
from meeting_pipeline.domain.models import (
    Answer,
    Coverage,
    Insight,
    InsightResult,
    Provenance,
    Segment,
    Transcript,
    Usage,
)
from meeting_pipeline.insights.prompting import INSTRUCTIONS, render_input
from meeting_pipeline.insights.registry import SPECS
from meeting_pipeline.insights.spec import InsightSpec, Shown
from meeting_pipeline.insights.splitting import estimate_tokens, split
from meeting_pipeline.insights.wire import canonical
from meeting_pipeline.providers.openai_api import OpenAIApi, Question
from meeting_pipeline.providers.openai_errors import InputTooLong
from meeting_pipeline.providers.ports import MeetingContext
from meeting_pipeline.settings import Settings


class OpenAIAnalyst:
    """Adapter of the port ``Analyst``. Thread-safe; makes no connection before it is first asked."""

    name = "openai"

    def __init__(self, settings: Settings) -> None:
        self.model = settings.openai_model
        self._input_tokens = settings.openai_input_tokens
        self._api = OpenAIApi(settings)

    def prompt_version(self, insight: Insight) -> str:
        """Changes whenever prompt, schema or model of this insight change."""
        return SPECS[insight].prompt_version(self.model)

    def extract(self, insight: Insight, transcript: Transcript, context: MeetingContext) -> Answer:
        """One validated answer; a transcript that does not fit one call is split and the answers are merged.

        Raises: ProviderUnavailable, ProviderRefused, BadAnswer, OperatorError; what was paid until then is in the
            error's ``usage``.
        """
        spec = SPECS[insight]
        if not transcript.segments:
            raise ProviderRefused("insufficient_content", "The transcript is empty.", "There is nothing to ask about.")
        known = spec.known(transcript)
        if known is not None:
            return self._answer(spec, transcript, known, Usage(), transcript.provenance, parts=1)
        session = _Session(self._api, spec, transcript, context)
        try:
            results = session.read(self._input_tokens)
        except PipelineError as error:
            error.usage = session.usage
            raise
        provenance = Provenance(
            provider=self.name,
            model=session.model or self.model,
            draft=transcript.provenance.draft,
            note="Rests on a draft transcript." if transcript.provenance.draft else "",
        )
        merged = results[0] if len(results) == 1 else spec.merge(results)
        return self._answer(spec, transcript, merged, session.usage, provenance, parts=len(results))

    def check(self) -> str:
        """One line that says that address, key and model are right. Raises OperatorError, ProviderUnavailable."""
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
            # A part that was not answered raises, so an answer always rests on the whole transcript.
            coverage=Coverage(segments_read=total, segments_total=total, parts=parts),
            usage=usage,
            provenance=provenance,
            prompt_version=self.prompt_version(spec.insight),
        )


class _Session:
    """One insight of one transcript: what was asked so far, by which model, and what it cost."""

    def __init__(
        self, api: OpenAIApi, spec: InsightSpec[Any, Any], transcript: Transcript, context: MeetingContext
    ) -> None:
        self._api = api
        self._spec = spec
        self._transcript = transcript
        self._context = context
        self._whole = {segment.index: segment for segment in transcript.segments}
        self.usage = Usage()
        self.model: str | None = None

    def read(self, input_tokens: int) -> list[Any]:
        """The checked answers to all parts, in order. Splits once more if the server says that a part is too long."""
        frame = estimate_tokens(INSTRUCTIONS + self._content((), 1, 2) + canonical(self._spec.schema))
        parts = split(self._transcript.segments, input_tokens - frame)
        try:
            return self._read_parts(parts)
        except InputTooLong:
            largest = max(estimate_tokens(self._content(part, 1, 2)) for part in parts)
            return self._read_parts(split(self._transcript.segments, (largest - frame) // 2))

    def _read_parts(self, parts: Sequence[tuple[Segment, ...]]) -> list[Any]:
        if len(parts) > policies.INSIGHT_PARTS:
            raise OperatorError(
                "openai_input_too_small",
                f"The transcript would need {len(parts)} calls for one insight.",
                "Raise OPENAI_INPUT_TOKENS to what the model takes.",
            )
        return [self._read_part(part, number, len(parts)) for number, part in enumerate(parts, start=1)]

    def _read_part(self, part: Sequence[Segment], number: int, parts: int) -> Any:
        reply = self._api.ask(
            Question(
                name=self._spec.insight.value,
                schema=self._spec.schema,
                instructions=INSTRUCTIONS,
                content=self._content(part, number, parts),
            )
        )
        self.usage += reply.usage
        self.model = reply.model
        if reply.problem is not None:
            raise reply.problem
        shown = {segment.index: self._whole[segment.index] for segment in part}
        return self._spec.read(reply.text, Shown(self._transcript, self._context, shown))

    def _content(self, part: Sequence[Segment], number: int, parts: int) -> str:
        return render_input(
            self._transcript, self._context, self._spec.question, segments=part, part=number, parts=parts
        )
