"""The outcome of the extraction of an insight: an answer, or a gap with its reason.

Must not go here: extracting (``extract.py``), storing a gap (``gaps.py``).
"""

from dataclasses import dataclass, field
from typing import Final

from meeting_pipeline.domain.answers import Answer
from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.domain.insight_forms import forms
from meeting_pipeline.domain.provenance import Usage
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.store.tables import Artifact

NOTHING: Final = "nothing"
"""The content of an insight that was never extracted."""


@dataclass(frozen=True)
class Extracted:
    """A stored insight. ``reused``: it was stored before. ``spent``: what this run paid for it.

    ``duration_ms``: how long extraction took; ``None`` if the insight was reused.
    """

    insight: Insight
    version: int
    changed: bool
    reused: bool
    answer: Answer
    spent: Usage = field(default_factory=Usage)
    duration_ms: int | None = None


@dataclass(frozen=True)
class Missing:
    """An insight that could not be extracted. ``kept_version``: the earlier good result that stays current, if any.

    ``spent``: what this run paid for it nevertheless. ``duration_ms``: how long the attempt took. ``fingerprint``: what made the
    earlier result, or what was to make this one; ``content``: a hash of the earlier result.
    """

    insight: Insight
    error: PipelineError
    kept_version: int | None = None
    spent: Usage = field(default_factory=Usage)
    duration_ms: int | None = None
    fingerprint: str = ""
    content: str = NOTHING


def stored_answer(insight: Insight, artifact: Artifact) -> Extracted:
    """A stored insight."""
    answer = Answer.model_validate(
        {
            "insight": insight,
            "result": forms()[insight].result.model_validate(artifact.payload),
            "coverage": artifact.coverage,
            "usage": {
                "calls": artifact.calls,
                "input_tokens": artifact.input_tokens,
                "cached_tokens": artifact.cached_tokens,
                "output_tokens": artifact.output_tokens,
                "cache_write_tokens": artifact.cache_write_tokens,
                "cost_usd": artifact.cost_usd,
                "unpriced_calls": artifact.unpriced_calls,
            },
            "provenance": artifact.provenance,
            "prompt_version": artifact.prompt_version,
        }
    )
    return Extracted(insight, artifact.version, changed=False, reused=True, answer=answer)
