"""Answers to people's questions by an OpenAI-compatible language model: one call for each.

Must not go here: the prompt (``insights/question_answers.py``), which sentences of an answer are shown (``domain/questions/``).
"""

from typing import Final

from meeting_pipeline.insights.question_answers import INSTRUCTIONS, NAME, SCHEMA
from meeting_pipeline.insights.splitting import estimate_tokens
from meeting_pipeline.insights.wire import canonical
from meeting_pipeline.providers.llm_ports import RawAnswer
from meeting_pipeline.providers.openai_api import OpenAIApi
from meeting_pipeline.providers.openai_calls import Question
from meeting_pipeline.providers.openai_replies import Counts
from meeting_pipeline.providers.token_prices import price_of
from meeting_pipeline.settings import Settings

_OUTPUT_TOKENS: Final = 600
"""Six sentences with their quotes have some 400 tokens; models that reason use more."""


class OpenAIQuestions:
    """Adapter of the port ``QuestionModel``. Thread-safe. Opens no connection before the first call."""

    name = "openai"

    def __init__(self, settings: Settings) -> None:
        self.model = settings.openai_model
        self._price = price_of(settings, settings.openai_model)
        self._api = OpenAIApi(settings)

    def expected_usd(self, passages: str, asked: str) -> float | None:
        """What a call with this input is expected to cost; ``None`` if the price is unknown."""
        if self._price is None:
            return None
        given = estimate_tokens(INSTRUCTIONS + canonical(SCHEMA) + passages + asked)
        return self._price.usd(Counts(given=given, made=_OUTPUT_TOKENS))

    def answer(self, passages: str, asked: str) -> RawAnswer:
        """Make one call. Raises: ProviderUnavailable, ProviderRefused, OperatorError."""
        reply = self._api.ask(Question(NAME, SCHEMA, INSTRUCTIONS, passages, asked, alone=True))
        return RawAnswer(reply.text, reply.model, reply.usage, reply.problem, reply.billed)

    def close(self) -> None:
        """Close the connections."""
        self._api.close()
