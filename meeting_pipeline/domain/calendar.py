"""Due dates as a calendar (iCalendar, RFC 5545): one all-day event for each, which calendars update when they read it again.

Events and not tasks (VTODO), because most calendars show no tasks.
Must not go here: which due dates are in it (``due_calendar.py`` for one meeting, ``commitments`` for all).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from meeting_pipeline.domain.text import one_line

if TYPE_CHECKING:
    from icalendar import Event

MEDIA_TYPE: Final = "text/calendar"
COMMITMENTS: Final = "Commitments of meetings"
"""The name of the calendar over all meetings."""
_PRODUCT: Final = "-//meeting_pipeline//due dates//EN"
_REFRESH: Final = timedelta(hours=1)
"""How often calendars that subscribe may ask: due dates change when meetings are processed, a few times a day."""
_NOT_CERTAIN: Final = "[Not certain] "


@dataclass(frozen=True)
class DueDate:
    """One due date.

    Attributes:
        uid: what calendars know the event by.
        version: with ``changed_at``, tells calendars whether this is newer than what they have.
        said: lines of the description.
        page: address of the meeting's page.
    """

    uid: str
    text: str
    owner: str | None
    day: date
    said: Sequence[str]
    version: int
    changed_at: datetime
    candidate: bool = False
    page: str | None = None


def calendar_of(dues: Iterable[DueDate], name: str | None = None) -> bytes:
    """The calendar file, in UTF-8. The same due dates give the same bytes. ``name``: what calendars call a subscription."""
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    if name is not None:
        calendar.add("method", "PUBLISH")
        calendar.add("x-wr-calname", name)
        calendar.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    for due in dues:
        calendar.add_component(_event(due))
    made: bytes = calendar.to_ical()
    return made


def _event(due: DueDate) -> "Event":
    from icalendar import Event

    event = Event()
    event.add("uid", due.uid)
    event.add("dtstamp", due.changed_at.astimezone(UTC))
    event.add("last-modified", due.changed_at.astimezone(UTC))
    event.add("sequence", due.version)
    event.add("dtstart", due.day)
    if due.day < date.max:
        event.add("dtend", due.day + timedelta(days=1))  # the day after the last one
    event.add("transp", "TRANSPARENT")  # being due does not make anybody busy
    owner = f" ({one_line(due.owner)})" if due.owner else ""
    event.add("summary", f"{_NOT_CERTAIN if due.candidate else ''}{one_line(due.text)}{owner}")
    event.add("description", "\n".join(due.said))
    if due.page is not None:
        event.add("url", due.page)
    return event
