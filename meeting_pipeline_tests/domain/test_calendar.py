"""Due dates as a calendar that the standard's own reader understands."""

from datetime import UTC, date, datetime

from meeting_pipeline.domain.calendar import DueDate, calendar_of

NOW = datetime(2026, 2, 2, 9, 0, tzinfo=UTC)


def test_a_due_date_is_an_event_of_a_whole_day_that_blocks_no_time() -> None:
    from icalendar import Calendar

    text = "Send; the, \\price\nlist\r\nBEGIN:VEVENT " + "ü" * 200
    page = "https://m.example/#/meetings/x"
    due = DueDate("abc", text, "Änna", date(2026, 2, 6), ("Weekly", "I'll send it"), 3, NOW, page=page)
    plain = DueDate("def", "Pay", None, date.max, (), 1, NOW, candidate=True)
    made = calendar_of([due, plain])
    assert max(map(len, made.split(b"\r\n"))) <= 75
    first, second = Calendar.from_ical(made).walk("VEVENT")
    assert first["summary"] == f"Send; the, \\price list BEGIN:VEVENT {'ü' * 200} (Änna)"
    assert (first.decoded("dtstart"), first.decoded("dtend")) == (date(2026, 2, 6), date(2026, 2, 7))
    assert (first["uid"], first["sequence"], first["transp"]) == ("abc", 3, "TRANSPARENT")
    assert second["summary"] == "[Not certain] Pay"


def test_the_same_due_dates_give_the_same_bytes() -> None:
    due = DueDate("abc", "Pay", None, date(2026, 2, 6), ("Weekly",), 1, NOW)
    assert calendar_of([due]) == calendar_of([due])


def test_a_calendar_without_due_dates_is_one() -> None:
    assert calendar_of([]).startswith(b"BEGIN:VCALENDAR")
