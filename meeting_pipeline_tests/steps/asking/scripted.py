"""A language model that says what a test wants, and what it was asked.

Must not go here: loopback providers (``fakes/``).
"""

import json
from collections.abc import Callable
from typing import Any

from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.domain.provenance import Usage
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.llm_ports import RawAnswer

PAID = Usage(calls=1, input_tokens=1000, output_tokens=100, cost_usd=0.002)


def sentence(text: str, *citations: tuple[str, list[int], str]) -> dict[str, Any]:
    """A sentence on the wire."""
    return {
        "citations": [{"meeting": meeting, "segment_ids": ids, "quote": quote} for meeting, ids, quote in citations],
        "text": text,
    }


class Scripted:
    """Adapter of the port ``QuestionModel``. ``say``: sentences, a raw text, or an error to raise."""

    name = "openai"
    model = "scripted"

    def __init__(self, *say: dict[str, Any] | str | PipelineError, usage: Usage = PAID) -> None:
        self._say = say
        self._usage = usage
        self.prompts: list[str] = []
        self.expected: float | None = 0.002
        self.before: Callable[[], None] = lambda: None

    def expected_usd(self, passages: str, asked: str) -> float | None:
        return self.expected

    def answer(self, passages: str, asked: str) -> RawAnswer:
        self.prompts.append(passages + asked)
        self.before()
        first = self._say[0] if self._say else None
        if isinstance(first, PipelineError):
            raise first
        text = first if isinstance(first, str) else json.dumps({"sentences": list(self._say)})
        return RawAnswer(text, "scripted-1", self._usage)

    def close(self) -> None:
        pass


def using(installation: Installation, model: Scripted | None) -> Scripted | None:
    """Let an installation use this model, or none."""
    vars(installation)["question_model"] = model
    return model
