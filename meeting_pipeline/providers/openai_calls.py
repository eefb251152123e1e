"""What one call to a language model asks, and its response: classified and priced, but not yet parsed. Values only.

Must not go here: making the call (``openai_api.py``), parsing a response (``insights/``).
"""

from dataclasses import dataclass
from typing import Any

from meeting_pipeline.domain.errors import BadAnswer, PipelineError
from meeting_pipeline.domain.keys import hash_json
from meeting_pipeline.domain.provenance import Usage
from meeting_pipeline.domain.rate_limits import RateLimits


@dataclass(frozen=True)
class Question:
    """One call. ``name`` is the insight, ``schema`` the response's strict schema; the three texts are sent in this order.

    ``shared``: what other questions about the same transcript begin with too. ``cached``: the provider is to cache it.
    ``alone``: no other question begins like this one.
    """

    name: str
    schema: dict[str, Any]
    instructions: str
    shared: str
    content: str
    cached: bool = False
    alone: bool = False

    @property
    def beginning(self) -> str:
        """Identifies what calls of the same model must share to use the same cache."""
        return hash_json([self.name, self.schema, self.instructions, self.shared])


@dataclass(frozen=True)
class Reply:
    """The response and its cost. ``problem`` is set if the response cannot be used; ``limits`` are those in its headers."""

    text: str
    model: str
    usage: Usage
    problem: PipelineError | None = None
    limits: RateLimits | None = None

    @property
    def billed(self) -> bool:
        """Whether it is billed: a response always is, usable or not; a failure only if it counted tokens."""
        counted = self.usage.input_tokens + self.usage.output_tokens > 0
        return counted or self.problem is None or isinstance(self.problem, BadAnswer)
