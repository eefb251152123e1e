"""Due dates as a calendar (RFC 5545): one all-day event for each, which calendars update by its id when it is read again.

Must not go here: which commitments are in it (the command line, the API).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from meeting_pipeline.domain.text import one_line

MEDIA_TYPE: Final = "text/calendar"
_PRODUCT: Final = "-//meeting_pipeline//commitments//EN"
_REFRESH: Final = timedelta(hours=1)
"""How often calendars that subscribe may ask: due dates change when meetings are processed, a few times a day."""


@dataclass(frozen=True)
class Due:
    """One due date. ``version`` and ``changed_at`` tell calendars whether it is newer than what they have."""

    commitment_id: str
    text: str
    owner: str | None
    due_date: date
    meeting: str
    words: str
    page: str | None
    version: int
    changed_at: datetime
    candidate: bool = False


def calendar_of(dues: Iterable[Due]) -> bytes:
    """The calendar file, in UTF-8."""
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", "Commitments of meetings")
    calendar.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    for due in dues:
        event = Event()
        event.add("uid", f"{due.commitment_id}@meeting-pipeline")
        event.add("dtstamp", due.changed_at.astimezone(UTC))
        event.add("last-modified", due.changed_at.astimezone(UTC))
        event.add("sequence", due.version)
        event.add("dtstart", due.due_date)
        if due.due_date < date.max:
            event.add("dtend", due.due_date + timedelta(days=1))
        event.add("transp", "TRANSPARENT")
        owner = f"{one_line(due.owner)}: " if due.owner else ""
        event.add("summary", f"{owner}{one_line(due.text)}{' (candidate)' if due.candidate else ''}")
        event.add("description", "\n".join((f"From “{one_line(due.meeting)}”", f"“{one_line(due.words)}”")))
        if due.page is not None:
            event.add("url", due.page)
        calendar.add_component(event)
    made: bytes = calendar.to_ical()
    return made
