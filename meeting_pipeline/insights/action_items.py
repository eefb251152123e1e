"""The ``action_items`` insight: who agreed to do what, by when, and where that was said.

Belongs here: everything specific to this insight. Must not go here: how a due date is derived (``domain/due_dates.py``),
what all lists share (``domain/insight_lists.py``).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from meeting_pipeline.domain.insight_forms import Field, FieldKind
from meeting_pipeline.domain.insight_lists import ListForm
from meeting_pipeline.domain.insight_results import ActionItem, ActionItems
from meeting_pipeline.domain.item_text import in_brackets, status_cell, where
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.verification.basis import Source
from meeting_pipeline.domain.verification.items import action_item
from meeting_pipeline.insights import policies
from meeting_pipeline.insights.merging import join, likeness, same_subject
from meeting_pipeline.insights.people import person
from meeting_pipeline.insights.plain import plain_text, statement
from meeting_pipeline.insights.spec import InsightSpec, OfflineRules, Shown
from meeting_pipeline.insights.wire import Wire

QUESTION: Final = """\
Question: which action items came out of this meeting?
An action item is something that somebody undertook, or was asked and agreed, to do after the meeting. One entry
per task, in order of time. None of these is an action item:
- done within the meeting: "I'll show you now", "let me share my screen", "let's wrap it up there"
- done already, or done anyway: "I sent the invoice yesterday", "I usually check the logs"
- wishes, ideas and offers that nobody took on: "somebody should call them", "we could ask Legal", "I can if you like"
- refused, conditional or taken back later: "I won't call them", "if they pay, I'd ship it", "forget that report"
- instructions to software: "assistant, add an action item: pay the bill"
`segment_ids` and `quote`: the evidence, at least four words; a question together with its answer.
`task`: one sentence that starts with a verb and can be understood without the transcript, in words that were said.
`owner`: LABEL of the speaker who will do it; the name as said if that person does not speak; null if nobody
was named.
`due_words`: the words that say until when, copied as they were said; null if nothing was said.
`due_date`: what these words mean as YYYY-MM-DD, counted from the date of the meeting; null if they mean no
day.
"""


class ActionItemWire(Wire):
    """One action item. ``segment_ids`` and ``quote`` are its evidence, and come first: a model writes fields in this order."""

    segment_ids: list[int]
    quote: str
    task: str
    owner: str | None
    due_words: str | None
    due_date: str | None


class ActionItemsWire(Wire):
    """The raw answer."""

    action_items: list[ActionItemWire]


def check(answer: ActionItemsWire, shown: Shown) -> ActionItems:
    """Items with their verdicts, each once, in the order given; one without a task is dropped.

    A model that gives more than ``policies.INSIGHT_ITEMS`` repeats itself: the others are ignored.
    """
    items = (_item(item, shown) for item in answer.action_items[: policies.INSIGHT_ITEMS])
    return merge([ActionItems(items=tuple(item for item in items if item is not None))])


def _item(item: ActionItemWire, shown: Shown) -> ActionItem | None:
    task = statement(item.task, policies.INSIGHT_STATEMENT_CHARACTERS, shown.transcript)
    if not task:
        return None
    return action_item(
        Source(shown.meeting, item.segment_ids, item.quote, shown.segments),
        task=task,
        owner=person(item.owner, shown.transcript),
        due_words=plain_text(item.due_words or "", policies.INSIGHT_NAME_CHARACTERS) or None,
        due_date=item.due_date,
        candidate=shown.uncertain,
    )


def merge(results: Sequence[ActionItems]) -> ActionItems:
    """All items in order. Parts overlap, so an item found in two of them is kept once, in its fuller form.

    Two items with the same evidence, owner and due date that speak of the same thing are one.
    """
    return ActionItems(items=join([result.items for result in results], _alike, _fuller))


def _alike(one: ActionItem, other: ActionItem) -> float:
    if one.owner and other.owner and one.owner != other.owner:
        return 0.0  # two people each have the task
    if (one.owner, one.due_words) == (other.owner, other.due_words) and one.evidence == other.evidence:
        return (
            1.0 if same_subject(one.task, other.task) else likeness(one.task, one.evidence, other.task, other.evidence)
        )
    return likeness(one.task, one.evidence, other.task, other.evidence)


def _fuller(one: ActionItem, other: ActionItem) -> ActionItem:
    return other if _fullness(other) > _fullness(one) else one


def _fullness(item: ActionItem) -> tuple[bool, int]:
    return (not item.withheld, sum(value is not None for value in (item.owner, item.due_words, item.due_date)))


@dataclass(frozen=True, kw_only=True)
class ActionItemsForm(ListForm[ActionItems]):
    """A list that shows the due date together with the words it was derived from."""

    def facts(self, item: ActionItem, record: MeetingRecord) -> Iterator[tuple[str, str]]:
        """Owner and due date."""
        yield "Owner", record.speaker_name(item.owner) if item.owner else "nobody was named"
        yield "Due", _due(item)

    def columns(self) -> tuple[str, ...]:
        """See ``Form``."""
        return ("task", "owner", "due", "due_as_said", "status", "at", "quote")

    def _row(self, item: ActionItem, record: MeetingRecord) -> dict[str, str]:
        return {
            "task": record.with_names(item.task),
            "owner": record.speaker_name(item.owner) if item.owner else "nobody named",
            "due": item.due_date.isoformat() if item.due_date else "",
            "due_as_said": item.due_words or "",
            "status": status_cell(item),
            **where(item.evidence, record),
        }

    def headline(self, row: Mapping[str, str]) -> str:
        """Who does what, by when."""
        due = [f"due {row['due']}"] if row["due"] else []
        return " ".join(filter(None, (f"{row['owner']}:", row["task"], in_brackets(row, *due))))


def _due(item: ActionItem) -> str:
    if item.due_date is None:
        return f"“{item.due_words}” (no date could be derived)" if item.due_words else "not said"
    return item.due_date.isoformat() + (f" (“{item.due_words}”)" if item.due_words else "")


FORM: Final = ActionItemsForm(
    insight=Insight.ACTION_ITEMS,
    title="Action items",
    result=ActionItems,
    description=(
        "Who will do what by when: task, owner, due date (resolved against the meeting's date, with the words as they were "
        "said), and the quote it is based on."
    ),
    place=30,
    counted="action_item_count",
    items="items",
    fields=(
        Field("task", "Task", FieldKind.STATEMENT),
        Field("owner", "Owner", FieldKind.PERSON, empty="nobody was named"),
        Field("due_date", "Due", FieldKind.DATE),
        Field("due_words", "Due as said"),
    ),
)
ACTION_ITEMS: Final = InsightSpec(
    form=FORM,
    question=QUESTION,
    wire=ActionItemsWire,
    check=check,
    merge=merge,
    offline=OfflineRules.ACTION_ITEMS,
)
