"""Extract one insight from one transcript, one question per part, and one correction of an answer that is not good enough.

Each part is a separate question, so that a retry buys only the missing parts.
Must not go here: a single answer and the ledger (``openai_answers.py``), requests (``openai_api.py``), coverage and provenance
of the whole answer (``openai.py``).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NoReturn

from meeting_pipeline.domain.answers import MeetingContext
from meeting_pipeline.domain.errors import PROVIDER_ERRORS, AnswersUsedUp, BadAnswer, OperatorError, ProviderRefused
from meeting_pipeline.domain.provenance import Usage
from meeting_pipeline.domain.transcript import Segment, Transcript
from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.insights import policies as insight_policies
from meeting_pipeline.insights.correcting import corrected, correction_of_answer, correction_of_entries
from meeting_pipeline.insights.over_parts import INSTRUCTIONS as OVER_PARTS
from meeting_pipeline.insights.over_parts import render_notes
from meeting_pipeline.insights.prompting import INSTRUCTIONS, render_known, render_question, render_shared
from meeting_pipeline.insights.spec import Checked, InsightSpec, Shown
from meeting_pipeline.insights.splitting import estimate_tokens, split
from meeting_pipeline.insights.wire import canonical, read_answer, strict_schema
from meeting_pipeline.providers import policies
from meeting_pipeline.providers.llm_ports import Ledger
from meeting_pipeline.providers.openai_answers import Answers, Calls, CheckedAnswer, Reader
from meeting_pipeline.providers.openai_calls import Question
from meeting_pipeline.providers.openai_errors import InputTooLong


class Session:
    """The calls for one insight of one transcript, and their cost.

    Attributes:
        usage: cost of the responses that the result is based on, including those bought earlier.
        model: the model of the last response, as the server names it.
    """

    def __init__(
        self,
        calls: Calls,
        version: str,
        spec: InsightSpec[Any, Any],
        transcript: Transcript,
        context: MeetingContext,
        ledger: Ledger,
    ) -> None:
        self._answers = Answers(calls, version, spec.insight, ledger)
        self._spec = spec
        self._transcript = transcript
        self._context = context
        self._whole = {segment.index: segment for segment in transcript.segments}
        self._meeting = Meeting(transcript, context)
        self.usage = Usage()
        self.model = calls.model

    @property
    def spent(self) -> Usage:
        """Cost of what this session bought, usable or not."""
        return self._answers.spent

    def read(self, input_tokens: int) -> list[Any]:
        """Return the validated results of all parts, in order. Splits once more if the server finds a part too long."""
        frame = estimate_tokens(INSTRUCTIONS + self._content(()) + canonical(self._spec.schema))
        parts = split(self._transcript.segments, input_tokens - frame)
        try:
            return self._read_parts(parts)
        except InputTooLong:
            largest = max(estimate_tokens(self._content(part)) for part in parts)
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
            shared=render_shared(self._transcript, self._context, part),
            content=render_question(self._spec.question, part=number, parts=parts),
        )
        shown = Shown(self._transcript, self._context, {s.index: self._whole[s.index] for s in part}, self._meeting)

        def read(text: str) -> Checked[Any]:
            return self._spec.checked(text, shown)

        got = self._answers.get(question, read)
        for _ in range(1, insight_policies.INSIGHT_CALLS):
            wanted = _correction(got)
            if wanted is None:
                break
            got = self._corrected(got, replace(question, content=f"{question.content}\n{wanted}"), read)
        if got.checked is None:
            _give_up(got)
        self._count(got)
        return got.checked.result

    def _corrected(self, first: CheckedAnswer, question: Question, read: Reader) -> CheckedAnswer:
        """What the first answer becomes with the answer to its correction: itself, if that is of no use."""
        try:
            second = self._answers.get(question, read, about=first)
        except PROVIDER_ERRORS as error:
            if first.checked is not None:  # its good entries are not worth less because of the rest
                return replace(first, checked=replace(first.checked, faults=()))
            if isinstance(error, AnswersUsedUp):
                return first
            raise
        if first.checked is None:
            return second
        result, faults = first.checked.result, first.checked.faults
        if second.checked is not None:
            self._count(second)
            result = corrected(self._spec.form, result, second.checked.result, faults)
        return replace(first, checked=Checked(result))

    def over_parts(self, joined: Any, input_tokens: int) -> Any:
        """What the question over the parts makes of their joined result: itself, if there is no such question or no answer.

        Raises: ProviderUnavailable, OperatorError, and what the ledger raises: then it can be asked later.
        """
        over = self._spec.over_parts
        shown = Shown(self._transcript, self._context, self._whole, self._meeting)
        lines = over.notes(joined, shown) if over is not None else None
        if over is None or lines is None:
            return joined
        question = Question(
            name=self._spec.insight.value,
            schema=strict_schema(over.wire),
            instructions=OVER_PARTS,
            shared=render_known(self._transcript, self._context) + render_notes(lines),
            content=render_question(over.question),
            alone=True,
        )
        whole = question.instructions + question.shared + question.content + canonical(question.schema)
        if estimate_tokens(whole) > input_tokens:
            return joined
        try:
            got = self._answers.get(
                question, lambda text: Checked(over.apply(joined, read_answer(over.wire, text), shown))
            )
        except ProviderRefused:  # the parts are good without it
            return joined
        if got.checked is None:
            return joined
        self._count(got)
        return got.checked.result

    def _count(self, got: CheckedAnswer) -> None:
        self.usage += got.reply.usage
        self.model = got.reply.model

    def _content(self, part: Sequence[Segment]) -> str:
        """The whole input for this part, as one of several."""
        shared = render_shared(self._transcript, self._context, part)
        return shared + render_question(self._spec.question, part=1, parts=2)


def _correction(got: CheckedAnswer) -> str | None:
    """What to add to the question because of this answer; ``None`` if the answer is good."""
    if got.checked is not None:
        return correction_of_entries(got.checked.faults) if got.checked.faults else None
    problem = got.problem or BadAnswer("invalid_answer", "")
    return correction_of_answer(problem.code, problem.message)


def _give_up(got: CheckedAnswer) -> NoReturn:
    """Raises: AnswersUsedUp: neither the question nor its correction got an answer that can be used."""
    problem = got.problem or BadAnswer("invalid_answer", "The model's answer could not be used.")
    raise AnswersUsedUp(
        problem.code,
        f"{problem.message} Neither could its answer to a correction.",
        "It is not retried automatically, because each answer is billed. Use another OPENAI_MODEL, or `meeting-pipeline "
        "reprocess` the recording.",
    ) from None
