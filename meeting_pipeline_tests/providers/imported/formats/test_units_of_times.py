"""The unit of times that a file does not say: seconds, milliseconds, ticks, dates."""

import json

import pytest

from meeting_pipeline_tests.providers.imported.formats.test_structured_formats import said
from meeting_pipeline_tests.providers.imported.reading_sources import export_of


def test_slow_speech_in_whispers_json_is_read_in_seconds() -> None:
    segments = [{"start": 0.0, "end": 125.5, "text": " Okay."}, {"start": 125.5, "end": 160.2, "text": " Bye."}]
    export = export_of(json.dumps({"segments": segments}), "a.json")
    assert said(export) == [(None, 0, 125_500, "Okay."), (None, 125_500, 160_200, "Bye.")]


def test_labels_at_points_of_time_are_read_in_seconds() -> None:
    export = export_of("600.000000\t600.000000\tBudget\n1200.000000\t1200.000000\tHiring\n", "labels.txt")
    assert said(export) == [(None, 600_000, 600_000, "Budget"), (None, 1_200_000, 1_200_000, "Hiring")]


@pytest.mark.parametrize("start", [0, 0.0])
def test_milliseconds_are_recognised_with_and_without_a_decimal_point(start: float) -> None:
    items = [{"start": start, "end": start + 31_000, "text": "Good morning, everyone.", "speaker": "Ana"},
        {"start": start + 31_000, "end": start + 60_000, "text": "Hello.", "speaker": "Ben"}]  # fmt: skip
    assert said(export_of(json.dumps(items), "a.json"))[1] == ("Ben", 31_000, 60_000, "Hello.")


def test_azures_ticks_are_recognised() -> None:
    items = [{"DisplayText": "Good morning, everyone.", "Offset": 1_800_000, "Duration": 30_500_000},
        {"DisplayText": "Let us begin.", "Offset": 42_000_000, "Duration": 30_500_000}]  # fmt: skip
    assert said(export_of(json.dumps(items), "a.json")) == [
        (None, 180, 3230, "Good morning, everyone."), (None, 4200, 7250, "Let us begin."),
    ]  # fmt: skip


def test_a_long_part_with_few_words_in_milliseconds_has_no_ticks() -> None:
    items = [
        {"text": "The budget", "start": 0, "end": 600_000},
        {"text": "New people", "start": 600_000, "end": 1_200_000},
    ]
    assert [line.end_ms for line in export_of(json.dumps(items), "a.json").lines] == [600_000, 1_200_000]


def test_columns_with_a_decimal_point_are_read_in_seconds() -> None:
    export = export_of("start,end,text\n0.0,600.0,What we want from the new budget\n600.0,1200.0,Hiring\n", "a.csv")
    assert [(line.start_ms, line.end_ms) for line in export.lines] == [(0, 600_000), (600_000, 1_200_000)]
