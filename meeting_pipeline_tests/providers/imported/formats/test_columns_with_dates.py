"""Columns whose times are dates, and rows without a time."""

import pytest

from meeting_pipeline_tests.providers.imported.formats.test_structured_formats import said
from meeting_pipeline_tests.providers.imported.reading_sources import export_of


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2026-11-29T10:00:05Z", "2026-11-29T10:00:09Z"),
        ("2026-11-29 10:00:05", "2026-11-29 10:00:09"),
        ("29.11.2026 10:00:05", "29.11.2026 10:00:09"),
        ("29.11.2026 23:59:58", "30.11.2026 00:00:02"),
        ("11/29/2026 11:59:58 PM", "11/30/2026 12:00:02 AM"),
        ("1764410405", "1764410409"),
    ],
)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_dates_in_columns_count_from_the_first_one(separator: str, first: str, second: str) -> None:
    rows = [["timestamp", "speaker", "text"], [first, "Ana", "Good morning"], [second, "Ben", "Hello"]]
    export = export_of("".join(f"{separator.join(row)}\n" for row in rows), "a.csv")
    assert said(export) == [("Ana", 0, None, "Good morning"), ("Ben", 4000, None, "Hello")]


def test_dates_of_the_end_count_from_the_first_start() -> None:
    text = "start,end,text\n2026-11-29T10:00:05Z,2026-11-29T10:00:07Z,Good morning\n"
    assert said(export_of(text, "a.csv")) == [(None, 0, 2000, "Good morning")]


def test_a_row_without_a_time_has_no_name_in_its_words() -> None:
    export = export_of("start,speaker,text\n0:03,Ana,Good morning\n,Ben,Hello\n0:09,Ana,Bye\n", "a.csv")
    assert said(export)[1] == ("Ben", None, None, "Hello")


def test_no_word_is_lost_from_a_row_that_does_not_fit_its_heading() -> None:
    export = export_of("start,speaker,text\n0:03,Ana,Good morning\nand welcome\n0:09,Ana,Bye\n", "a.csv")
    assert said(export)[0][3] == "Good morning and welcome"
    export = export_of("start,text,speaker\n0:03,Good morning,Ana\nand welcome\n0:09,Bye,Ana\n", "a.csv")
    assert said(export)[1][3] == "and welcome"
