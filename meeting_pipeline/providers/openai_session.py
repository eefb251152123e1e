"""Extract one insight from one transcript, one call per part. The ledger is consulted before and updated after each call.

Each part is a separate call, so that a retry buys only the missing parts.
Must not go here: requests (``openai_api.py``), coverage and provenance of the whole answer (``openai.py``).
"""

from collections.abc import Sequence
from typing import Any

from meeting_pipeline.domain.answers import LLMRequest, LLMResponse, MeetingContext
from meeting_pipeline.domain.errors import BadAnswer, OperatorError, PipelineError
from meeting_pipeline.domain.keys import hash_json
from meeting_pipeline.domain.provenance import Usage
from meeting_pipeline.domain.transcript import Segment, Transcript
from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.insights.prompting import INSTRUCTIONS, render_input
from meeting_pipeline.insights.spec import InsightSpec, Shown
from meeting_pipeline.insights.splitting import estimate_tokens, split
from meeting_pipeline.insights.wire import canonical
from meeting_pipeline.providers import policies
from meeting_pipeline.providers.openai_api import OpenAIApi, Question, Reply
from meeting_pipeline.providers.openai_errors import AnswerLost, InputTooLong
from meeting_pipeline.providers.ports import Ledger


class Session:
    """The calls for one insight of one transcript, and their cost.

    Attributes:
        usage: cost of the responses that the result is based on, including those bought earlier.
        spent: cost of what this session bought, usable or not.
        model: the model of the last response, as the server names it.
    """

    def __init__(
        self,
        api: OpenAIApi,
        model: str,
        spec: InsightSpec[Any, Any],
        transcript: Transcript,
        context: MeetingContext,
        ledger: Ledger,
    ) -> None:
        self._api = api
        self._asked_model = model
        self._spec = spec
        self._transcript = transcript
        self._context = context
        self._ledger = ledger
        self._whole = {segment.index: segment for segment in transcript.segments}
        self._meeting = Meeting(transcript, context)
        self.usage = Usage()
        self.spent = Usage()
        self.model = model

    def read(self, input_tokens: int) -> list[Any]:
        """Return the validated results of all parts, in order. Splits once more if the server finds a part too long."""
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
                "Raise OPENAI_INPUT_TOKENS to what the model accepts.",
            )
        return [self._read_part(part, number, len(parts)) for number, part in enumerate(parts, start=1)]

    def _read_part(self, part: Sequence[Segment], number: int, parts: int) -> Any:
        question = Question(
            name=self._spec.insight.value,
            schema=self._spec.schema,
            instructions=INSTRUCTIONS,
            content=self._content(part, number, parts),
        )
        asked = self._as_paid(question)
        shown = Shown(self._transcript, self._context, {s.index: self._whole[s.index] for s in part}, self._meeting)
        while (known := self._ledger.begin(asked)) is not None:
            try:
                result = self._spec.read(known.text, shown)
            except BadAnswer as error:  # our validation has become stricter since it was bought
                self._ledger.answered(asked, known, error.code)
                continue
            self.usage += known.usage
            self.model = known.model
            return result
        return self._buy(asked, question, shown)

    def _buy(self, asked: LLMRequest, question: Question, shown: Shown) -> Any:
        try:
            reply = self._api.ask(question)
        except PipelineError as error:
            self._ledger.unanswered(asked, error.code, perhaps_billed=isinstance(error, AnswerLost))
            raise
        self.spent += reply.usage
        problem, result = reply.problem, None
        try:
            if problem is None:
                result = self._spec.read(reply.text, shown)
        except BadAnswer as error:
            problem = error
        finally:  # a bug in the validation must not lose a paid response
            self._note(asked, reply, problem)
        if problem is not None:
            raise problem
        self.usage += reply.usage
        self.model = reply.model
        return result

    def _note(self, asked: LLMRequest, reply: Reply, problem: PipelineError | None) -> None:
        if problem is not None and not reply.billed:
            self._ledger.unanswered(asked, problem.code, perhaps_billed=False)
            return
        paid = LLMResponse(text=reply.text, model=reply.model, usage=reply.usage, limits=reply.limits)
        self._ledger.answered(asked, paid, problem.code if problem else None)

    def _as_paid(self, question: Question) -> LLMRequest:
        version = self._spec.prompt_version(self._asked_model)
        said = [question.name, self._asked_model, version, question.instructions, question.schema, question.content]
        return LLMRequest(
            insight=self._spec.insight, digest=hash_json(said), model=self._asked_model, prompt_version=version
        )

    def _content(self, part: Sequence[Segment], number: int, parts: int) -> str:
        return render_input(
            self._transcript, self._context, self._spec.question, segments=part, part=number, parts=parts
        )
