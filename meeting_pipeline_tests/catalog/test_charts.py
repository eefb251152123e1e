"""The charts are valid pictures, whatever the title of a meeting. A warning would fail these tests."""

import base64

import pytest

from meeting_pipeline.catalog.charts import action_items_chart, meetings_chart
from meeting_pipeline.catalog.tables import action_items_frame, meetings_frame
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline_tests.catalog.records import gap, item, record

ODD = [
    "$x$",
    "a $ b",
    "\\$1 and $2",
    "$\\frac{",
    "会議の録音 🎙",
    "line\nline",
    "x" * 500,
    "",
    "\u202eabc",
    "a_b^c {d}",
    "ﷺ",
    "\t",
]


def png(chart: str) -> bytes:
    prefix = "![chart](data:image/png;base64,"
    assert chart.startswith(prefix)
    return base64.b64decode(chart[len(prefix) : -1])


@pytest.mark.parametrize("text", ODD)
def test_odd_names_are_drawn_without_a_warning(text: str) -> None:
    odd = record(title=text, action_items=(item(owner=text or None),))
    assert png(meetings_chart(meetings_frame([odd]))).startswith(b"\x89PNG")
    assert png(action_items_chart(action_items_frame([odd]))).startswith(b"\x89PNG")


def test_a_chart_of_many_meetings_shows_the_newest_and_stays_small() -> None:
    records = [record(n, gaps=(gap(Insight.SUMMARY),) if n % 3 else ()) for n in range(1000)]
    assert len(png(meetings_chart(meetings_frame(records)))) < 100_000


def test_a_meeting_without_items_has_no_owner_to_draw() -> None:
    assert png(action_items_chart(action_items_frame([record(action_items=(item(owner=None),))]))).startswith(
        b"\x89PNG"
    )
