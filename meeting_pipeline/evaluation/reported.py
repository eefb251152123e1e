"""Action items and decisions as they were reported, in one form for both.

Must not go here: comparing them with labels (``scoring.py``).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from meeting_pipeline.domain.insight_results import ActionItem, ActionItems, Decision, Decisions, InsightResult
from meeting_pipeline.evaluation.meetings import Kind, LabelledMeeting, Stretch


@dataclass(frozen=True)
class Reported:
    """An item as it was reported."""

    kind: Kind
    text: str
    owner: str | None
    due: date | None
    quote: str
    segment_ids: tuple[int, ...]
    stretches: tuple[Stretch, ...]
    candidate: bool
    withheld: bool

    @property
    def fact(self) -> bool:
        """Whether it is presented as a fact."""
        return not self.candidate and not self.withheld


def reported(meeting: LabelledMeeting, results: Iterable[InsightResult]) -> list[Reported]:
    """The action items and decisions among the results."""
    found: list[Reported] = []
    for result in results:
        if isinstance(result, ActionItems):
            found += [
                _reported(meeting, "action_items", one, one.task, one.owner, one.due_date) for one in result.items
            ]
        elif isinstance(result, Decisions):
            found += [_reported(meeting, "decisions", one, one.decision) for one in result.decisions]
    return found


def _reported(
    meeting: LabelledMeeting,
    kind: Kind,
    item: ActionItem | Decision,
    text: str,
    owner: str | None = None,
    due: date | None = None,
) -> Reported:
    ids = item.evidence.segment_ids
    return Reported(
        kind, text, owner, due, item.evidence.quote, ids, meeting.stretch_of(ids), item.candidate, item.withheld
    )
