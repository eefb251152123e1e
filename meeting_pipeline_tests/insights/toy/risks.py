"""A toy insight: what could go wrong. This file is all that an insight needs; ``test_one_file.py`` adds it."""

from collections.abc import Sequence
from typing import Final

from meeting_pipeline.domain.answers import MeetingContext
from meeting_pipeline.domain.evidence import verified
from meeting_pipeline.domain.insight_forms import Field, FieldKind
from meeting_pipeline.domain.insight_lists import ListForm
from meeting_pipeline.domain.insight_results import InsightResult
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.transcript import Evidence, Transcript
from meeting_pipeline.domain.value import Value
from meeting_pipeline.insights import policies
from meeting_pipeline.insights.merging import join, likeness
from meeting_pipeline.insights.people import person
from meeting_pipeline.insights.plain import statement
from meeting_pipeline.insights.spec import InsightSpec, Shown
from meeting_pipeline.insights.wire import Wire

QUESTION: Final = """\
Question: which risks were named in this meeting?
`risk`: one sentence that can be understood without the transcript.
`owner`: LABEL of the speaker who watches it; null if nobody was named.
"""


class Risk(Value):
    """Something that could go wrong. ``owner`` is a speaker label or a spoken name."""

    risk: str
    owner: str | None
    evidence: Evidence
    candidate: bool = False


class Risks(InsightResult):
    """Result of the insight."""

    risks: tuple[Risk, ...]


class RiskWire(Wire):
    """One risk."""

    risk: str
    owner: str | None
    segment_ids: list[int]
    quote: str


class RisksWire(Wire):
    """The raw response."""

    risks: list[RiskWire]


def check(answer: RisksWire, shown: Shown) -> Risks:
    """Risks whose evidence is in the transcript."""
    return Risks(
        risks=tuple(
            Risk(
                risk=statement(entry.risk, policies.INSIGHT_STATEMENT_CHARACTERS, shown.transcript),
                owner=person(entry.owner, shown.transcript),
                evidence=verified(entry.segment_ids, entry.quote, shown.segments),
                candidate=shown.uncertain,
            )
            for entry in answer.risks
        )
    )


def merge(results: Sequence[Risks]) -> Risks:
    """All risks in order, each once."""
    return Risks(risks=join([result.risks for result in results], _alike, lambda one, other: one))


def _alike(one: Risk, other: Risk) -> float:
    return likeness(one.risk, one.evidence, other.risk, other.evidence)


def by_rule(transcript: Transcript, context: MeetingContext) -> Risks:
    """Segments that contain the word "risk"."""
    found = [segment for segment in transcript.segments if "risk" in segment.text.lower()]
    return Risks(
        risks=tuple(
            Risk(
                risk=f"{{{segment.speaker}}} said: {segment.text}",
                owner=segment.speaker,
                evidence=Evidence(segment_ids=(segment.index,), quote=segment.text),
            )
            for segment in found
        )
    )


RISKS: Final = InsightSpec(
    form=ListForm(
        insight=Insight.named("risks"),
        title="Risks",
        result=Risks,
        description="What could go wrong, and who watches it.",
        place=40,
        counted="risk_count",
        gap_text="Ask the people who were there before relying on the plan.",
        items="risks",
        fields=(
            Field("risk", "Risk", FieldKind.STATEMENT),
            Field("owner", "Watched by", FieldKind.PERSON, empty="nobody was named"),
        ),
    ),
    question=QUESTION,
    wire=RisksWire,
    check=check,
    merge=merge,
    offline=by_rule,
)
