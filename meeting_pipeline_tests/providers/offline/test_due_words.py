"""Which words of a sentence say when something is due: not what only counts, and no day that is denied."""

import pytest

from meeting_pipeline.providers.offline.due_words import denies_a_due, last_due


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("send it by the second", "by the second"),
        ("send it by the second, I think", "by the second"),
        ("send it by the 12th and call", "by the 12th"),
        ("send it by the 3rd at noon", "by the 3rd"),
        ("send it by the first of December", "by the first of December"),
        ("send it by the second week of April", None),
        ("close it before the first customer visit", None),
        ("paint it before the 12th meeting", None),
        ("hang it on the fifth floor", None),
        ("send it by the third quarter", None),
    ],
)
def test_an_ordinal_that_counts_something_is_no_day(text: str, due: str | None) -> None:
    found = last_due(text)
    assert (found and found.group()) == due


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("send it by next Friday, not this Friday", "by next Friday"),
        ("call them on Monday instead of Thursday", "on Monday"),
        ("call them on Monday rather than on Thursday", "on Monday"),
        ("call them, but not tomorrow", None),
    ],
)
def test_a_day_that_is_denied_is_not_the_date(text: str, due: str | None) -> None:
    found = last_due(text)
    assert (found and found.group()) == due
    assert denies_a_due(text)


@pytest.mark.parametrize("due", ["no later than Friday", "not later than Friday"])
def test_a_latest_day_is_not_denied(due: str) -> None:
    found = last_due(f"send it {due}")
    assert found is not None
    assert found.group() == due
    assert not denies_a_due(f"send it {due}")
