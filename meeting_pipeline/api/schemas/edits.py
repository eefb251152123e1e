"""Edits over HTTP: edited items, segments and details of a recording, and the history of edits. Responses only.

Must not go here: requests (``edit_requests.py``), what an edit does (``domain/``), claims (``judged_claims.py``).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from meeting_pipeline.api.schemas.judged_claims import Claim, ClaimList
from meeting_pipeline.api.schemas.recordings import Recording
from meeting_pipeline.domain import record as domain
from meeting_pipeline.domain.edited_claims import conflicts
from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline.store.edits.recording_edits import details_of
from meeting_pipeline.store.tables import EditHistoryRow
from meeting_pipeline.store.tables import Recording as RecordingRow


class AddedItem(ClaimList):
    """The claims, with the new one."""

    claim_id: str = Field(description="The id of the new item.")


class EditedSegment(BaseModel):
    """A segment that people corrected."""

    segment_id: int | None = Field(description="Null if the correction fits no segment of the current transcript.")
    version: int
    found_text: str = Field(description="As it was transcribed.")
    found_speaker: str
    found_start_ms: int
    text: str
    speaker: str
    edited_by: str
    edited_at: datetime


class Details(BaseModel):
    """The details of a recording that people can change."""

    title: str
    date: date
    participants: list[str]
    language: str | None = Field(description="The language of the transcription; null: detected.")
    timezone: str | None
    keyterms: list[str]
    speakers_expected: int | None
    version: int = Field(description="The number of the last edit of them; 0 if there is none.")


class Rerun(BaseModel):
    """What has to be made again for a change to take full effect. It is not started automatically."""

    assets: list[ResultKind] = Field(description="Send them to `POST /v1/recordings/{recording_id}:reprocess`.")
    expected_usd: float = Field(description="What that would cost, as far as prices are known, in US dollars.")
    unknown: list[str] = Field(description="Parts whose price is unknown; empty if all are known.")
    advice: str


class EditedRecording(BaseModel):
    """The recording after an edit."""

    recording: Recording
    details: Details
    changed: list[str] = Field(description="Which details have changed; empty if none did.")
    rerun: Rerun | None


class Edit(BaseModel):
    """One edit by a person."""

    number: int = Field(description="1, 2, 3, ... within the recording.")
    kind: Literal["item", "segment", "recording", "claim", "speaker"]
    subject: str
    action: Literal["changed", "added", "deleted"]
    insight: str | None
    text: str = Field(description="What the item or segment said.")
    before: dict[str, Any] = Field(description="The changed fields before ...")
    after: dict[str, Any] = Field(description="... and after.")
    undoes: int | None = Field(description="The number of the edit that this one undid.")
    undone_by: int | None = Field(description="The number of the edit that undid this one.")
    edited_by: str
    edited_at: datetime


class Conflict(BaseModel):
    """An edit of an item that no current result has. It is kept, and applies again when one has it."""

    claim_id: str = Field(description="`DELETE .../items/{claim_id}` discards it.")
    insight: Insight
    text: str = Field(description="The item as it was when it was edited.")
    fields: dict[str, Any] = Field(description="What people wrote.")
    version: int
    edited_by: str
    edited_at: datetime


class EditList(BaseModel):
    """The latest edits of a recording, newest first, and those that currently fit no result."""

    edits: list[Edit]
    conflicts: list[Conflict]
    segments: list[EditedSegment] = Field(description="All corrections; without a `segment_id`: a conflict.")
    details: Details


def edit_list(
    record: domain.MeetingRecord, row: RecordingRow, history: Sequence[EditHistoryRow], version: int
) -> EditList:
    """The representation of a recording's edits."""
    undone = {entry.undoes: entry.number for entry in reversed(history) if entry.undoes is not None}
    return EditList(
        edits=[
            Edit(
                number=entry.number, kind=entry.kind, subject=entry.subject, action=entry.action, insight=entry.insight,
                text=record.with_names(entry.text), before=_shown(record, entry, entry.before),
                after=_shown(record, entry, entry.after), undoes=entry.undoes,
                undone_by=undone.get(entry.number), edited_by=entry.edited_by, edited_at=entry.edited_at,
            )
            for entry in history
        ],
        conflicts=[
            Conflict(
                claim_id=edit.subject, insight=edit.insight, text=record.with_names(edit.anchor.text),
                fields=dict(edit.fields), version=edit.version, edited_by=edit.edited_by, edited_at=edit.edited_at,
            )
            for edit in conflicts(record)
        ],
        segments=edited_segments(record),
        details=details(row, version),
    )  # fmt: skip


def _shown(record: domain.MeetingRecord, entry: EditHistoryRow, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Changed fields as people see them: in the text of an item, names for the marks of speakers."""
    text = fields.get("text")
    if entry.kind != "item" or not isinstance(text, str):
        return dict(fields)
    return {**fields, "text": record.with_names(text)}


def edited_segments(record: domain.MeetingRecord) -> list[EditedSegment]:
    """All corrections of a recording's segments."""
    places = {edit.subject: index for index, edit in record.edited_segments.items()}
    return [
        EditedSegment(
            segment_id=places.get(edit.subject),
            version=edit.version,
            found_text=edit.segment.text,
            found_speaker=edit.segment.speaker,
            found_start_ms=edit.segment.start_ms,
            text=edit.fields.get("text", edit.segment.text),
            speaker=edit.fields.get("speaker", edit.segment.speaker),
            edited_by=edit.edited_by,
            edited_at=edit.edited_at,
        )
        for edit in record.segment_edits
    ]


def details(row: RecordingRow, version: int) -> Details:
    """The details of a recording that people can change."""
    return Details.model_validate({**details_of(row), "version": version})


def added_item(claims: list[Claim], claim_id: str) -> AddedItem:
    """The answer to an added item."""
    return AddedItem(claims=claims, claim_id=claim_id)
