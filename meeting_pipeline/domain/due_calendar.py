"""The due dates of one meeting as a calendar (iCalendar, RFC 5545).

Belongs here: which items are in it, and how a calendar shows them. Must not go here: other exports (``exports.py``).
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.record_json import meeting_fields
from meeting_pipeline.domain.text import clock, one_line
from meeting_pipeline.domain.verdicts import ItemStatus

if TYPE_CHECKING:
    from icalendar import Event

MEDIA_TYPE: Final = "text/calendar"
_NOT_CERTAIN: Final = "[Not certain] "
_ENDED: Final = frozenset({ItemStatus.DONE.value, ItemStatus.DROPPED.value, ItemStatus.SUPERSEDED.value})


def to_ics(record: MeetingRecord) -> str:
    """An all-day event for each open action item with a date. Importing it again updates the events.

    Events and not tasks (VTODO), because most calendars show no tasks. Raises: PermanentError ``no_due_dates``: a calendar
    without any component is invalid.
    """
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//meeting_pipeline//due dates//EN")
    calendar.add("version", "2.0")
    for item in _due(record):
        calendar.add_component(_event(item, record))
    if not calendar.subcomponents:
        raise PermanentError(
            "no_due_dates", "No open action item of this meeting has a due date.", "Give one a date: edit the item."
        )
    text: bytes = calendar.to_ical()
    return text.decode()


def _due(record: MeetingRecord) -> Iterator[dict[str, Any]]:
    for item in meeting_fields(record)["action_items"] or []:
        if item["due_date"] is not None and item["status"] not in _ENDED:
            yield item


def _event(item: dict[str, Any], record: MeetingRecord) -> "Event":
    from icalendar import Event

    event, day = Event(), date.fromisoformat(item["due_date"])
    owner = f" ({one_line(item['owner_name'])})" if item["owner_name"] else ""
    event.add("uid", f"{item['claim_id']}@{record.key}")
    event.add("dtstamp", record.completed_at or record.submitted_at)  # the same record gives the same file
    event.add("sequence", record.revision)
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))  # the day after the last one
    event.add("summary", f"{_NOT_CERTAIN if item['candidate'] else ''}{one_line(item['task'])}{owner}")
    event.add("description", "\n".join(_said(item, record)))
    event.add("transp", "TRANSPARENT")  # being due does not make anybody busy
    return event


def _said(item: dict[str, Any], record: MeetingRecord) -> Iterator[str]:
    yield f"From the meeting {one_line(record.title)}, {record.meeting_date.isoformat()}"
    evidence = item["evidence"]
    if evidence is not None and evidence["quote"]:
        at = "Said" if evidence["start_ms"] is None else f"Said at {clock(evidence['start_ms'])}"
        yield f"{at}: “{one_line(evidence['quote'])}”"
