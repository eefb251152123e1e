"""Commitments over HTTP. The fields are a contract: add some, never rename or remove one.

Responses only. Must not go here: requests (``commitment_requests.py``), cursors (``commitment_cursors.py``).
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final, Literal

from pydantic import BaseModel, Field

from meeting_pipeline.domain.calendar import DueDate
from meeting_pipeline.domain.commitments.values import CommitmentState, Standing
from meeting_pipeline.domain.page_links import meeting_page
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.text import one_line
from meeting_pipeline.settings import Settings
from meeting_pipeline.store.commitments.pages import CommitmentWithParts, Listed
from meeting_pipeline.store.tables import Commitment as CommitmentRow
from meeting_pipeline.store.tables import CommitmentEdit

Kind = Literal["action_item", "decision"]
INSIGHTS: Final[dict[str, Insight]] = {"action_item": Insight.ACTION_ITEMS, "decision": Insight.DECISIONS}
_KINDS: Final[dict[str, Kind]] = {"action_items": "action_item", "decisions": "decision"}


class CommitmentEvent(BaseModel):
    """What one meeting says about a commitment."""

    meeting_date: date
    recording_id: str
    state: CommitmentState
    owner: str | None
    due_date: date | None
    due_as_said: str | None
    segment_id: int | None = Field(description="Where it is said.")
    words: str = Field(description="The words that say so.")
    page: str = Field(description="Path of the page that opens the meeting there.")


class Commitment(BaseModel):
    """What somebody undertook, or what was decided, over all meetings of a series."""

    id: str
    kind: Kind
    series: str = Field(description="The series that it belongs to: `title:...`, `people:...` or `recording:...`.")
    text: str = Field(description="In the words of the latest meeting.")
    owner: str | None = Field(description="A name; null if nobody is named.")
    due_date: date | None
    due_as_said: str | None
    state: CommitmentState = Field(description="The state that a person set, or else the one from the meetings.")
    state_by: str | None = Field(description="Who set the state; null if it comes from the meetings.")
    said_state: CommitmentState = Field(description="What the meetings say.")
    closed: bool = Field(description="Whether nothing is left to do: it is done, dropped or superseded.")
    overdue: bool = Field(description="An action item that is not closed, and was due before today (UTC).")
    candidate: bool = Field(description="It is only a candidate in all meetings: compare it with the recording.")
    first_date: date = Field(description="The first meeting that mentions it.")
    last_date: date = Field(description="The latest one.")
    title: str = Field(description="Title of the latest one.")
    version: int = Field(description="Increases with each change.")
    changed_at: datetime
    events: list[CommitmentEvent] = Field(description="What each meeting says about it, in order.")


class CommitmentPart(BaseModel):
    """An item of one meeting that is part of a commitment."""

    part_id: str
    recording_id: str
    title: str
    meeting_date: date
    claim_id: str = Field(description="The item, as in `GET /v1/meetings/{recording_id}/claims`.")
    text: str
    owner: str | None
    due_date: date | None
    quote: str
    segment_ids: list[int]
    standing: Standing


class CommitmentEditEntry(BaseModel):
    """A person's edit of it."""

    number: int
    kind: Literal["state", "link", "unlink"]
    state: CommitmentState | None
    part_id: str
    edited_by: str
    edited_at: datetime
    undone_by: str | None
    undone_at: datetime | None


class CommitmentDetail(Commitment):
    """Get a commitment with its items and the edits by people."""

    parts: list[CommitmentPart]
    edits: list[CommitmentEditEntry] = Field(description="Newest first, including those that were undone.")


class CommitmentPage(BaseModel):
    """A page of commitments: open ones first, by due date."""

    commitments: list[Commitment]
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next page; null on the last page.")
    pending: int = Field(description="Recordings whose items are not linked yet.")


def commitment_json(settings: Settings, listed: Listed, today: date) -> Commitment:
    """The representation of a commitment."""
    return Commitment(**_fields(settings, listed.row, listed.title, today))


def detail_json(
    settings: Settings, whole: CommitmentWithParts, edits: Sequence[CommitmentEdit], today: date
) -> CommitmentDetail:
    """The representation of a commitment with its items and edits."""
    return CommitmentDetail(
        **_fields(settings, whole.row, whole.title, today),
        parts=[
            CommitmentPart(
                part_id=part.id, recording_id=part.recording_key, title=title, meeting_date=day, claim_id=part.claim_id,
                text=part.text, owner=part.owner, due_date=part.due_date, quote=part.quote,
                segment_ids=part.segment_ids, standing=Standing(part.standing),
            )
            for part, title, day in whole.parts
        ],
        edits=[
            CommitmentEditEntry(
                number=one.number, kind=_edit_kind(one.kind), state=CommitmentState(one.state) if one.state else None,
                part_id=one.part_id, edited_by=one.edited_by, edited_at=one.edited_at, undone_by=one.undone_by,
                undone_at=one.undone_at,
            )
            for one in edits
        ],
    )  # fmt: skip


def _edit_kind(kind: str) -> Literal["state", "link", "unlink"]:
    return "state" if kind == "state" else "link" if kind == "link" else "unlink"


def _fields(settings: Settings, row: CommitmentRow, title: str, today: date) -> dict[str, Any]:
    overdue = (
        not row.closed and row.insight == Insight.ACTION_ITEMS and row.due_date is not None and row.due_date < today
    )
    return {
        "id": row.id,
        "kind": _KINDS[row.insight],
        "series": row.series,
        "text": row.text,
        "owner": row.owner,
        "due_date": row.due_date,
        "due_as_said": row.due_words,
        "state": row.state,
        "state_by": row.state_by,
        "said_state": row.said_state,
        "closed": row.closed,
        "overdue": overdue,
        "candidate": row.candidate,
        "first_date": row.first_day,
        "last_date": row.last_day,
        "title": title,
        "version": row.version,
        "changed_at": row.changed_at,
        "events": [
            CommitmentEvent(
                meeting_date=date.fromisoformat(event["day"]), recording_id=event["recording"],
                state=CommitmentState(event["state"]), owner=event["owner"],
                due_date=date.fromisoformat(event["due_date"]) if event["due_date"] else None,
                due_as_said=event["due_words"], segment_id=event["segment"], words=event["words"],
                page=meeting_page(settings.api_base_path, event["recording"], segment=event["segment"]),
            )
            for event in row.events
        ],
    }  # fmt: skip


def due_of(settings: Settings, listed: Listed) -> DueDate | None:
    """The due date of a commitment for calendars; ``None`` without one. Its link needs the service's public address."""
    row = listed.row
    if row.due_date is None:
        return None
    base = (settings.api_public_url or "").rstrip("/")
    page = meeting_page(base, row.recording_key) if base else None
    said = (f"From the meeting {one_line(listed.title)}, {row.last_day.isoformat()}", f"“{one_line(row.words)}”")
    return DueDate(
        f"{row.id}@meeting-pipeline", row.text, row.owner, row.due_date, said, row.version, row.changed_at,
        candidate=row.candidate, page=page,
    )  # fmt: skip
