"""The ``decisions`` insight: what was decided, by whom, and where that was said.

Belongs here: everything specific to this insight. Must not go here: what all lists share (``domain/insight_lists.py``).
"""

from collections.abc import Sequence
from typing import Final

from meeting_pipeline.domain.insight_forms import Field, FieldKind
from meeting_pipeline.domain.insight_lists import ListForm
from meeting_pipeline.domain.insight_results import Decision, Decisions
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.verdicts import Verdict
from meeting_pipeline.domain.verification.basis import Source
from meeting_pipeline.domain.verification.items import decision
from meeting_pipeline.insights import policies
from meeting_pipeline.insights.merging import join, likeness, same_subject
from meeting_pipeline.insights.over_parts import OverParts
from meeting_pipeline.insights.people import people
from meeting_pipeline.insights.plain import statement
from meeting_pipeline.insights.spec import InsightSpec, OfflineRules, Shown
from meeting_pipeline.insights.wire import Wire

QUESTION: Final = """\
Question: which decisions were taken in this meeting?
A decision settles a question for the group: something was chosen, approved, refused or postponed. Of a decision
that was changed later, give the last form alone. None of these is a decision:
- proposals and questions that were left open: "maybe we go with blue", "shall we move it?", "let's think about it"
- opinions and facts: "blue looks nicer", "the budget is twelve euros"
- what one person will do, without anything being settled: "I'll send the report"
- how the meeting itself runs: "let's start with the agenda", "next slide", "we stop here"
- what others decided before, and was only reported: "the board approved it last year"
`segment_ids` and `quote`: the evidence, at least four words that hold the decision.
`decision`: one sentence that can be understood without the transcript, in words that were said.
`decided_by`: LABELs of the speakers who took or agreed to it; names as said for people who do not speak; may
be empty.
"""


class DecisionWire(Wire):
    """One decision. ``segment_ids`` and ``quote`` are its evidence, and come first: a model writes fields in this order."""

    segment_ids: list[int]
    quote: str
    decision: str
    decided_by: list[str]


class DecisionsWire(Wire):
    """The raw answer."""

    decisions: list[DecisionWire]


def check(answer: DecisionsWire, shown: Shown) -> Decisions:
    """Decisions with their verdicts, each once, in the order given; one without words is dropped.

    A model that gives more than ``policies.INSIGHT_ITEMS`` repeats itself: the others are ignored.
    """
    found = (_decision(entry, shown) for entry in answer.decisions[: policies.INSIGHT_ITEMS])
    return merge([Decisions(decisions=tuple(one for one in found if one is not None))])


def _decision(entry: DecisionWire, shown: Shown) -> Decision | None:
    text = statement(entry.decision, policies.INSIGHT_STATEMENT_CHARACTERS, shown.transcript)
    if not text:
        return None
    return decision(
        Source(shown.meeting, entry.segment_ids, entry.quote, shown.segments),
        text=text,
        decided_by=people(entry.decided_by, shown.transcript),
        candidate=shown.uncertain,
    )


def merge(results: Sequence[Decisions]) -> Decisions:
    """All decisions in order. One found in two overlapping parts is kept once, with everyone who took it."""
    return Decisions(decisions=join([result.decisions for result in results], _alike, _united))


def _alike(one: Decision, other: Decision) -> float:
    if one.evidence == other.evidence and same_subject(one.decision, other.decision):
        return 1.0
    return likeness(one.decision, one.evidence, other.decision, other.evidence)


def _united(one: Decision, other: Decision) -> Decision:
    if one.withheld != other.withheld:  # people whom the words do not support must not join those whom they do
        return other if one.withheld else one
    return one.model_copy(update={"decided_by": tuple(dict.fromkeys((*one.decided_by, *other.decided_by)))})


QUESTION_OVER_PARTS: Final = """\
Question: which of these decisions no longer held at the end of the meeting?
The notes are the decisions of its parts, as `NUMBER. [indexes] decision (quote)`.
`replaced`: one entry for each decision that a later one takes back, changes or answers anew: `by`, the number of
the later one, and `decision`, the number of the one that no longer holds. Two decisions that can both hold are no
entry. An empty list is a good answer.
"""


class ReplacedWire(Wire):
    """Two numbers of notes: ``by`` takes the place of ``decision``."""

    by: int
    decision: int


class ReplacedDecisionsWire(Wire):
    """The raw answer over the parts."""

    replaced: list[ReplacedWire]


def notes(result: Decisions, shown: Shown) -> list[str] | None:
    """The decisions, numbered. One alone cannot have been replaced."""
    if sum(not one.withheld for one in result.decisions) < 2:
        return None
    return [
        f"{number}. [{', '.join(map(str, one.evidence.segment_ids))}] {one.decision} ({one.evidence.quote})"
        for number, one in enumerate(result.decisions, start=1)
    ]


def reconcile(result: Decisions, answer: ReplacedDecisionsWire, shown: Shown) -> Decisions:
    """The decisions, where those that a later one replaces are unverified: nothing that a model says removes them."""
    found = dict(enumerate(result.decisions, start=1))
    gone = {pair.decision for pair in answer.replaced if _replaces(found.get(pair.by), found.get(pair.decision))}
    return Decisions(
        decisions=tuple(
            one.model_copy(update={"verdict": Verdict.UNVERIFIED, "reasons": (*one.reasons, "taken_back")})
            if number in gone and "taken_back" not in one.reasons
            else one
            for number, one in found.items()
        )
    )


def _replaces(one: Decision | None, other: Decision | None) -> bool:
    """Whether ``one`` can be presented as a fact and was said after all of ``other``."""
    if one is None or other is None or one.withheld or not one.evidence.segment_ids:
        return False
    return min(one.evidence.segment_ids) > max(other.evidence.segment_ids, default=-1)


FORM: Final = ListForm(
    insight=Insight.DECISIONS,
    title="Decisions",
    result=Decisions,
    description="What was decided, by whom, and the quote it is based on.",
    place=20,
    counted="decision_count",
    items="decisions",
    fields=(
        Field("decision", "Decision", FieldKind.STATEMENT),
        Field("decided_by", "Decided by", FieldKind.PEOPLE, empty=""),
    ),
)
DECISIONS: Final = InsightSpec(
    form=FORM,
    question=QUESTION,
    wire=DecisionsWire,
    check=check,
    merge=merge,
    offline=OfflineRules.DECISIONS,
    over_parts=OverParts(QUESTION_OVER_PARTS, ReplacedDecisionsWire, notes, reconcile),
)
