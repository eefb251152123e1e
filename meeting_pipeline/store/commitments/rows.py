"""Rows of commitments as values, and values as rows.

An event is stored as ``{day, recording, state, owner, due_date, due_words, segment, words, part_id}``. Must not go here: queries.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from meeting_pipeline.domain.commitments.people import plain_words
from meeting_pipeline.domain.commitments.values import (
    CommitmentState,
    EditsByPeople,
    Event,
    Group,
    Part,
    Place,
    Report,
    Standing,
)
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.store.tables import Commitment, CommitmentEdit, CommitmentPart, CommitmentReport

LAST_DAY: Final = date(9999, 12, 31)
"""The place of commitments without a due date in lists: after all others."""
_NAME_CHARACTERS: Final = 200
"""Width of the columns for folded names. What is compared is cut, what is shown is not."""


def part_of(row: CommitmentPart) -> Part:
    """A part as a value."""
    return Part(
        row.id, row.recording_key, Insight(row.insight), row.text, row.owner, row.due_date, row.due_words, row.quote,
        tuple(row.segment_ids), row.status, row.status_segment_id, Standing(row.standing),
    )  # fmt: skip


def report_of(row: CommitmentReport) -> Report:
    """A report as a value."""
    return Report(
        row.segment_id, row.speaker, row.text, CommitmentState(row.state), row.about, row.person, row.due_date,
        row.due_words,
    )  # fmt: skip


def event_json(event: Event) -> dict[str, Any]:
    """An event as it is stored."""
    return {
        "day": event.place.day.isoformat(),
        "recording": event.place.recording,
        "state": event.state.value,
        "owner": event.owner,
        "due_date": event.due_date.isoformat() if event.due_date else None,
        "due_words": event.due_words,
        "segment": event.segment,
        "words": event.words,
        "part_id": event.part_id,
    }


def event_of(stored: Mapping[str, Any]) -> Event:
    """An event as a value."""
    due = stored["due_date"]
    return Event(
        Place(date.fromisoformat(stored["day"]), stored["recording"]), CommitmentState(stored["state"]),
        stored["owner"], date.fromisoformat(due) if due else None, stored["due_words"], stored["segment"],
        stored["words"], stored["part_id"],
    )  # fmt: skip


def edits_by_people(edits: Iterable[CommitmentEdit]) -> EditsByPeople:
    """What people say, of edits that are not undone: of each part the latest counts."""
    joined: dict[str, str] = {}
    apart: set[str] = set()
    closed: dict[str, date] = {}
    reopened: set[str] = set()
    for edit in sorted(edits, key=lambda one: one.number):
        match edit.kind:
            case "link":
                joined[edit.part_id] = edit.other_part_id or ""
                apart.discard(edit.part_id)
            case "unlink":
                joined.pop(edit.part_id, None)
                apart.add(edit.part_id)
            case "state":
                closed.pop(edit.part_id, None)
                reopened.discard(edit.part_id)
                if CommitmentState(edit.state or "open").closed:
                    closed[edit.part_id] = edit.said_on
                else:
                    reopened.add(edit.part_id)
    return EditsByPeople(joined, frozenset(apart), closed, frozenset(reopened))


def state_edit(group: Group, edits: Sequence[CommitmentEdit]) -> CommitmentEdit | None:
    """A person's edit of its state, if it takes precedence: no later meeting says something new."""
    ids = {part.part_id for part in group.parts}
    mine = [edit for edit in edits if edit.kind == "state" and edit.part_id in ids]
    latest = max(mine, key=lambda edit: edit.number, default=None)
    return latest if latest is not None and group.last.place.day <= latest.said_on else None


def columns_of(group: Group, series: str, edits: Sequence[CommitmentEdit]) -> dict[str, Any]:
    """The columns of a commitment's row, without its id, version and time."""
    last, latest = group.last, group.parts[-1]
    said = state_edit(group, edits)
    state = CommitmentState(said.state or "open") if said is not None else last.state
    folded = plain_words(last.owner or "")
    return {
        "series": series,
        "insight": latest.insight.value,
        "text": latest.text,
        "owner": last.owner,
        "owner_folded": " ".join(folded)[:_NAME_CHARACTERS] or None,
        "owner_first": folded[0][:_NAME_CHARACTERS] if folded else None,
        "due_date": last.due_date,
        "due_words": last.due_words,
        "state": state.value,
        "said_state": last.state.value,
        "state_by": said.edited_by if said is not None else None,
        "closed": state.closed,
        "candidate": all(part.standing is not Standing.FACT for part in group.parts),
        "first_day": group.events[0].place.day,
        "last_day": last.place.day,
        "sort_day": last.due_date or LAST_DAY,
        "recording_key": last.place.recording,
        "segment_id": last.segment,
        "words": last.words,
        "events": [event_json(event) for event in group.events],
    }


def differs(row: Commitment, columns: Mapping[str, Any]) -> bool:
    """Whether the row says something else."""
    return any(getattr(row, name) != value for name, value in columns.items())
