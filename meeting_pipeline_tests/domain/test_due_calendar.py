"""Due dates can be imported into a calendar, and again after a change."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from icalendar import Calendar

from meeting_pipeline.domain.due_calendar import to_ics
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.verdicts import ItemStatus, Verdict
from meeting_pipeline_tests.domain.meetings import meeting
from meeting_pipeline_tests.domain.results import changed


def with_items(*changes: dict[str, Any]) -> MeetingRecord:
    record = meeting()
    assert record.action_items
    return changed(record, action_items=tuple(record.action_items[0].model_copy(update=one) for one in changes))


def events(record: MeetingRecord) -> list[Any]:
    return list(Calendar.from_ical(to_ics(record)).walk("VEVENT"))


def test_an_item_with_a_date_is_an_event_of_that_day_with_its_quote() -> None:
    [event] = events(meeting())
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (date(2026, 3, 6), date(2026, 3, 7))
    assert str(event["summary"]) == "Send the offer (Speaker B)"
    assert "Weekly, 2026-03-02" in str(event["description"])
    assert "Said at 0:01:05: “I will send the offer by Friday.”" in str(event["description"])
    assert str(event["transp"]) == "TRANSPARENT"


def test_a_later_revision_is_the_same_event() -> None:
    [one], [later] = events(meeting()), events(replace(meeting(), revision=2))
    assert one["uid"] == later["uid"]
    assert (one["sequence"], later["sequence"]) == (1, 2)
    assert to_ics(meeting()) == to_ics(meeting())


def test_what_is_over_or_has_no_date_is_not_in_it() -> None:
    record = with_items(
        {"status": ItemStatus.DONE}, {"status": ItemStatus.DROPPED}, {"due_date": None}, {"task": "Open"}
    )
    assert [str(event["summary"]) for event in events(record)] == ["Open (Speaker B)"]


def test_what_is_not_confirmed_is_not_in_it_and_a_candidate_is_marked() -> None:
    record = with_items(
        {"verdict": Verdict.UNVERIFIED, "reasons": ("quote_not_found",)}, {"task": "Perhaps", "candidate": True}
    )
    assert [str(event["summary"]) for event in events(record)] == ["[Not certain] Perhaps (Speaker B)"]


def test_without_any_date_it_says_so() -> None:
    with pytest.raises(PermanentError) as caught:
        to_ics(with_items({"due_date": None}))
    assert caught.value.code == "no_due_dates"


@pytest.mark.parametrize(
    "task",
    ["a\r\nEND:VCALENDAR\r\nBEGIN:VEVENT", "a;b,c:d\\n", "x" * 3000, "לשלוח", "\x00\x07\ud800", '"quoted"', "😀" * 60],
)
def test_no_words_break_the_file(task: str) -> None:
    record = with_items({"task": task}, {"task": "Next"})
    found = events(record)
    assert len(found) == 2
    assert all(len(line.encode()) <= 75 for line in to_ics(record).split("\r\n"))
