"""One answer of a language model: from the ledger if it was paid for before, otherwise bought, and checked in either case.

The ledger is consulted before each call and updated after it. Must not go here: which calls a transcript needs and what follows
a bad answer (``openai_session.py``), requests (``openai_api.py``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from meeting_pipeline.domain.answers import CORRECTION, LLMRequest, LLMResponse
from meeting_pipeline.domain.errors import BadAnswer, PipelineError
from meeting_pipeline.domain.keys import hash_json
from meeting_pipeline.domain.provenance import Usage
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.insights.spec import Checked
from meeting_pipeline.insights.splitting import estimate_tokens
from meeting_pipeline.providers import policies
from meeting_pipeline.providers.llm_ports import Ledger
from meeting_pipeline.providers.openai_api import OpenAIApi
from meeting_pipeline.providers.openai_calls import Question, Reply
from meeting_pipeline.providers.openai_errors import AnswerLost
from meeting_pipeline.providers.openai_first_calls import FirstCalls
from meeting_pipeline.providers.openai_shared import NAME, form_hint, shared_schema, unwrapped

Reader = Callable[[str], Checked[Any]]
"""Checks a raw answer. Raises: BadAnswer."""


@dataclass(frozen=True)
class CheckedAnswer:
    """An answer that is paid for: checked, or with the problem for which it cannot be used. ``digest``: of its question."""

    digest: str
    reply: LLMResponse
    checked: Checked[Any] | None = None
    problem: BadAnswer | None = None


@dataclass(frozen=True)
class Calls:
    """How questions are sent. ``schemas``: of all insights, if calls share a beginning that the provider caches."""

    api: OpenAIApi
    model: str
    schemas: Callable[[], Mapping[str, dict[str, Any]]] | None = None
    first: FirstCalls = field(default_factory=FirstCalls)

    def sent(self, question: Question) -> Question:
        """The question in the form in which it is sent. What it asks, and so its place in the ledger, is the same in each."""
        begins = question.instructions + question.shared
        if self.schemas is None or question.alone or estimate_tokens(begins) < policies.CACHED_TOKENS:
            return question
        schema = shared_schema({**self.schemas(), question.name: question.schema})
        content = question.content + form_hint(question.name)
        return replace(question, name=NAME, schema=schema, content=content, cached=True)

    def ask(self, sent: Question, name: str) -> Reply:
        """Make one call. Raises: see ``OpenAIApi.ask``."""
        reply = self.api.ask(sent)
        return replace(reply, text=unwrapped(reply.text, name)) if sent.cached else reply


class Answers:
    """The answers for one insight of one transcript.

    Attributes:
        spent: cost of what was bought here, usable or not.
    """

    def __init__(self, calls: Calls, version: str, insight: Insight, ledger: Ledger) -> None:
        self._calls = calls
        self._version = version
        self._insight = insight
        self._ledger = ledger
        self.spent = Usage()

    def get(self, question: Question, read: Reader, *, about: CheckedAnswer | None = None) -> CheckedAnswer:
        """The answer to this question, checked by ``read``. ``about``: the answer that it corrects.

        Raises: ProviderUnavailable, ProviderRefused, OperatorError, and what the ledger raises.
        """
        asked, sent = self._as_paid(question, about), self._calls.sent(question)
        # The wait for the first call comes before the ledger: a call that it knows as begun is in progress.
        with self._calls.first.turn(sent.beginning if sent.cached else None) as turn:
            while (known := self._ledger.begin(asked)) is not None:
                got = self._read(asked, known, read)
                if got.problem is None or known.problem is not None:
                    return got
                self._ledger.answered(
                    asked, known, got.problem.code
                )  # our check has become stricter since it was bought
            got = self._buy(asked, sent, read)
            turn.answered = True
            return got

    def _read(self, asked: LLMRequest, known: LLMResponse, read: Reader) -> CheckedAnswer:
        """Check an answer from the ledger. One that had another form may have become readable."""
        if known.problem not in (None, "invalid_answer"):
            unusable = BadAnswer(known.problem or "", "The model's answer could not be used.")
            return CheckedAnswer(asked.digest, known, problem=unusable)
        try:
            return CheckedAnswer(asked.digest, known, read(known.text))
        except BadAnswer as error:
            return CheckedAnswer(asked.digest, known, problem=error)

    def _buy(self, asked: LLMRequest, sent: Question, read: Reader) -> CheckedAnswer:
        try:
            reply = self._calls.ask(sent, self._insight.value)
        except PipelineError as error:
            self._ledger.unanswered(asked, error.code, perhaps_billed=isinstance(error, AnswerLost))
            raise
        self.spent += reply.usage
        problem, checked = reply.problem, None
        try:
            if problem is None:
                checked = read(reply.text)
        except BadAnswer as error:
            problem = error
        finally:  # a bug in the check must not lose a paid response
            paid = self._note(asked, reply, problem)
        if problem is not None and not isinstance(problem, BadAnswer):
            raise problem
        return CheckedAnswer(asked.digest, paid, checked, problem)

    def _note(self, asked: LLMRequest, reply: Reply, problem: PipelineError | None) -> LLMResponse:
        paid = LLMResponse(text=reply.text, model=reply.model, usage=reply.usage, limits=reply.limits)
        if problem is not None and not reply.billed:
            self._ledger.unanswered(asked, problem.code, perhaps_billed=False)
        else:
            self._ledger.answered(asked, paid, problem.code if problem else None)
        return paid

    def _as_paid(self, question: Question, about: CheckedAnswer | None) -> LLMRequest:
        """The call as the ledger knows it. A correction is known by the answer that it is about, however it is worded."""
        said: list[object] = [
            question.name,
            self._calls.model,
            self._version,
            question.instructions,
            question.schema,
            question.shared + question.content,
        ]
        if about is not None:
            said = [about.digest, about.reply.text, about.problem.code if about.problem else None]
        return LLMRequest(
            insight=self._insight,
            digest=hash_json(said),
            model=self._calls.model,
            prompt_version=self._version if about is None else f"{self._version}{CORRECTION}",
        )
