"""The due dates of one meeting as a calendar.

Belongs here: which items are in it, and their text.
Must not go here: how a calendar shows them (``calendar.py``), other exports (``exports.py``).
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from meeting_pipeline.domain.calendar import DueDate, calendar_of
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.record_json import meeting_fields
from meeting_pipeline.domain.text import clock, one_line
from meeting_pipeline.domain.verdicts import is_closed


def to_ics(record: MeetingRecord) -> str:
    """An event for each open action item with a date.

    Raises: PermanentError ``no_due_dates``: a calendar without any event is invalid.
    """
    dues = [_due_date(item, record) for item in _due(record)]
    if not dues:
        raise PermanentError(
            "no_due_dates", "No open action item of this meeting has a due date.", "Give one a date: edit the item."
        )
    return calendar_of(dues).decode()


def _due(record: MeetingRecord) -> Iterator[dict[str, Any]]:
    for item in meeting_fields(record)["action_items"] or []:
        if item["due_date"] is not None and not is_closed(item["status"]):
            yield item


def _due_date(item: dict[str, Any], record: MeetingRecord) -> DueDate:
    return DueDate(
        uid=f"{item['claim_id']}@{record.key}",
        text=item["task"],
        owner=item["owner_name"],
        day=date.fromisoformat(item["due_date"]),
        said=tuple(_said(item, record)),
        version=record.revision,
        changed_at=record.completed_at or record.submitted_at,  # the same record gives the same file
        candidate=item["candidate"],
    )


def _said(item: dict[str, Any], record: MeetingRecord) -> Iterator[str]:
    yield f"From the meeting {one_line(record.title)}, {record.meeting_date.isoformat()}"
    evidence = item["evidence"]
    if evidence is not None and evidence["quote"]:
        at = "Said" if evidence["start_ms"] is None else f"Said at {clock(evidence['start_ms'])}"
        yield f"{at}: “{one_line(evidence['quote'])}”"
