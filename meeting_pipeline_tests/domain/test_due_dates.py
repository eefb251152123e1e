"""Tests of due dates."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meeting_pipeline.domain.due_dates import plausible_date, resolve_due

WEDNESDAY = date(2026, 3, 11)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("today", "2026-03-11"),
        ("tomorrow", "2026-03-12"),
        ("Tomorrow morning.", "2026-03-12"),
        ("the day after tomorrow", "2026-03-13"),
        ("by Friday", "2026-03-13"),
        ("before the end of the day", "2026-03-11"),
        ("on Friday at 5 pm", "2026-03-13"),
        ("Monday", "2026-03-16"),
        ("next Tuesday", "2026-03-17"),
        ("next Friday", "2026-03-20"),
        ("on Tuesday next week", "2026-03-17"),
        ("Wednesday", "2026-03-18"),
        ("end of the week", "2026-03-13"),
        ("by the end of next week", "2026-03-20"),
        ("end of the month", "2026-03-31"),
        ("end of next month", "2026-04-30"),
        ("end of April", "2026-04-30"),
        ("end of February", "2027-02-28"),
        ("in two weeks", "2026-03-25"),
        ("within a week", "2026-03-18"),
        ("in 3 days", "2026-03-14"),
        ("the twenty first of March", "2026-03-21"),
        ("the twenty-first of march", "2026-03-21"),
        ("no later than the third of April", "2026-04-03"),
        ("21 March", "2026-03-21"),
        ("March 21st", "2026-03-21"),
        ("March 11", "2026-03-11"),
        ("March 10", "2027-03-10"),
        ("Thursday, March 19", "2026-03-19"),
        ("the 21st", "2026-03-21"),
        ("by the fifth", "2026-04-05"),
        ("the fifteenth of next month", "2026-04-15"),
        ("2026-04-01", "2026-04-01"),
        ("the 5th of June 2027", "2027-06-05"),
        ("by next Friday at the latest", "2026-03-20"),
    ],
)
def test_words_that_mean_a_day_are_resolved(words: str, expected: str) -> None:
    assert resolve_due(words, WEDNESDAY) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    "words",
    [
        *("", "April", "in April", "may", "May 2026", "soon", "asap", "next week", "end of Q2", "4/5", "by 5 pm"),
        *("the 32nd", "February 30", "2026-03-10", "2031-01-01", "x" * 500, "friday " * 50, "0"),
        *("end of may 0000", "\x00"),
        *("in 2-3 weeks", "in 1-2 days", "in 2 to 3 weeks", "within two or three days", "in 2\u20133 weeks", "24-7"),
        *(
            "the first Monday of December",
            "the last Friday in May",
            "after March 20",
            "after Friday",
            "the week after next",
        ),
    ],
)
def test_words_that_mean_no_single_day_ahead_give_none(words: str) -> None:
    assert resolve_due(words, WEDNESDAY) is None


def test_the_end_of_the_week_said_on_a_weekend_is_the_coming_friday() -> None:
    assert resolve_due("end of the week", date(2026, 3, 14)) == date(2026, 3, 20)


def test_the_31st_is_in_the_next_month_that_has_one() -> None:
    assert resolve_due("the 31st", date(2026, 4, 10)) == date(2026, 5, 31)


def test_the_end_of_next_month_in_december_is_in_the_next_year() -> None:
    assert resolve_due("end of next month", date(2026, 12, 15)) == date(2027, 1, 31)


@given(
    st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1)),
    st.sampled_from(["by friday", "the 30th", "end of the month", "29 February", "March 3", "next monday", "tomorrow"]),
)
def test_a_due_date_is_never_before_the_meeting(meeting: date, words: str) -> None:
    day = resolve_due(words, meeting)
    assert day is None or meeting <= day <= meeting + timedelta(days=731)


@pytest.mark.parametrize(
    "value", [None, "", "Friday", "2026-3-13", "2026-13-01", "2026-02-30", "20260313", "2026-03-10", "2036-03-13"]
)
def test_a_models_date_that_is_none_or_absurd_is_dropped(value: str | None) -> None:
    assert plausible_date(value, WEDNESDAY) is None


def test_a_models_date_from_the_day_of_the_meeting_on_is_kept() -> None:
    assert plausible_date("2026-03-11", WEDNESDAY) == WEDNESDAY
    assert plausible_date(" 2028-03-10 ", WEDNESDAY) == date(2028, 3, 10)


PIECES = (
    *("0", "3", "31", "32", "99", "2026", "12345678901", "21st", "-", "/", ":", ".", ",", "+", "99:99", "\u0663"),
    *("march", "feb", "may", "friday", "week", "month", "year", "next", "this", "last", "end", "of", "the", "in", "by"),
    *("two", "twenty", "first", "ago", "at", "pm", "utc"),
)
WORDS = st.lists(st.sampled_from(PIECES), max_size=7).map(" ".join)


@given(WORDS | st.text(max_size=40))
def test_no_words_break_the_resolver(words: str) -> None:
    day = resolve_due(words, WEDNESDAY)
    assert day is None or WEDNESDAY <= day <= WEDNESDAY + timedelta(days=731)
