"""Runs scripted items of a model's answer, true and false, through the checks that every answer must pass.

This measures the checks without a model: how many false items would be published as facts, and how many true ones would be
withheld. A check that withholds everything has a bad second figure. Must not go here: the checks (``insights/``).
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from meeting_pipeline.domain.errors import BadAnswer
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.evaluation.meetings import LabelledMeeting, ScriptedClaim
from meeting_pipeline.evaluation.reported import Reported, reported
from meeting_pipeline.evaluation.scoring import Tally
from meeting_pipeline.insights.registry import SPECS
from meeting_pipeline.insights.spec import InsightSpec, Shown
from meeting_pipeline.insights.wire import Wire


@dataclass(frozen=True)
class Judged:
    """The result of the checks for a scripted item. ``item``: ``None`` if the answer was refused."""

    meeting: str
    claim: ScriptedClaim
    item: Reported | None

    @property
    def published(self) -> bool:
        """Whether it would be presented as a fact."""
        return self.item is not None and self.item.fact


def judged(meeting: LabelledMeeting, insights: Iterable[Insight]) -> list[Judged]:
    """Put the scripted items of these insights to the checks, one by one."""
    chosen = {insight.value for insight in insights}
    return [_judged(meeting, claim) for claim in meeting.claims if claim.insight in chosen]


def score_claims(outcomes: Iterable[Judged]) -> Tally:
    """Counts of true and false items, and of what the checks let through or withheld."""
    tally = Tally()
    for outcome in outcomes:
        if outcome.claim.right:
            tally["claims.true"] += 1
            tally["claims.true_withheld"] += not outcome.published
        else:
            tally["claims.false"] += 1
            tally["claims.lies"] += outcome.published
    return tally


def _judged(meeting: LabelledMeeting, claim: ScriptedClaim) -> Judged:
    spec = SPECS[Insight.named(claim.insight)]
    shown = Shown(meeting.transcript, meeting.context, {s.index: s for s in meeting.transcript.segments})
    try:
        result = spec.read(json.dumps(_answer(spec, claim.answer)), shown)
    except BadAnswer:
        return Judged(meeting.name, claim, None)
    items = reported(meeting, [result])
    return Judged(meeting.name, claim, items[0] if items else None)


def _answer(spec: InsightSpec[Any, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The raw answer with this one item. Fields that the script does not know are empty."""
    ((name, field),) = spec.wire.model_fields.items()
    (item,) = get_args(field.annotation)
    if not issubclass(item, Wire):
        raise TypeError(f"{spec.insight.value} is not a list of items")
    return {name: [{field: given.get(field) for field in item.model_fields}]}
