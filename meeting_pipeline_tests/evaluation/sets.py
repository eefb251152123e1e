"""Small labelled meetings for the tests of the evaluation. Must not go here: tests."""

from datetime import date
from typing import Any

from meeting_pipeline.domain.insight_results import ActionItem, ActionItems
from meeting_pipeline.domain.transcript import Evidence
from meeting_pipeline.domain.verdicts import Verdict
from meeting_pipeline.evaluation.files import MeetingFile
from meeting_pipeline.evaluation.meetings import LabelledMeeting
from meeting_pipeline.evaluation.reading import meeting_of

TURNS = (
    "A: My name is Ann.",
    "B: I will send the report by Friday.",
    "A: I will not call the bank.",
    "B: We decided to open the office in January.",
    "A: Thank you, bye.",
)
GOLD = {
    "speakers": {"A": "Ann", "B": None},
    "actions": [{"text": "Send the report", "owner": "B", "due": date(2026, 11, 20), "turns": [1]}],
    "decisions": [{"text": "The office opens in January", "turns": [3]}],
}


def meeting(name: str = "weekly", **fields: Any) -> LabelledMeeting:
    """A labelled meeting; fields of its file can be replaced."""
    file = {
        "date": date(2026, 11, 18),
        "turns": list(TURNS),
        "gold": GOLD,
        "traps": [{"kind": "negation", "turns": [2]}],
    }
    return meeting_of(MeetingFile.model_validate(file | fields), name)


def action(
    *segment_ids: int,
    task: str = "Send the report",
    owner: str | None = "B",
    due: date | None = None,
    candidate: bool = False,
    verdict: Verdict = Verdict.NOT_CHECKED,
) -> ActionItem:
    """An action item that rests on these segments."""
    return ActionItem(
        task=task,
        owner=owner,
        due_date=due,
        due_words=None,
        evidence=Evidence(segment_ids=segment_ids, quote="words"),
        candidate=candidate,
        verdict=verdict,
    )


def actions(*items: ActionItem) -> ActionItems:
    """The result with these items."""
    return ActionItems(items=items)
