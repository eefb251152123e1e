"""The cross-meeting tables: unknown values are missing, not zero."""

import weakref
from collections.abc import Iterator
from datetime import date
from typing import Any

import pandas as pd
import pytest

from meeting_pipeline.catalog.columns import ITEM_COLUMNS, meeting_columns
from meeting_pipeline.catalog.tables import action_items_frame, meetings_frame, talk_shares
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.recording import RecordingStatus
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.transcript import Segment
from meeting_pipeline_tests.catalog.records import gap, item, record, transcript


@pytest.mark.parametrize(
    ("build", "columns"), [(meetings_frame, meeting_columns()), (action_items_frame, ITEM_COLUMNS)]
)
def test_without_meetings_a_table_has_its_columns_and_types(build: Any, columns: dict[str, str]) -> None:
    frame = build([])
    assert len(frame) == 0
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == {
        name: str(pd.api.types.pandas_dtype(kind)) for name, kind in columns.items()
    }


def test_a_meeting_is_one_row() -> None:
    [row] = meetings_frame([record()]).to_dict("records")
    assert (row["title"], row["duration_minutes"], row["speakers"]) == ("Weekly 1", 1.5, 2)
    assert (row["main_speaker"], row["main_speaker_share"]) == ("Priya", 0.75)
    assert (row["action_items"], row["decisions"], row["gaps"]) == (1, 0, "")
    assert row["date"] == pd.Timestamp("2025-03-14")
    assert row["cost_usd"] == 0.012346


def test_a_count_that_is_a_gap_is_missing_and_named() -> None:
    missing = record(action_items=None, decisions=None, gaps=(gap(Insight.ACTION_ITEMS), gap(Insight.DECISIONS)))
    frame = meetings_frame([missing])
    assert frame["action_items"].isna().all()
    assert frame["decisions"].isna().all()
    assert list(frame["gaps"]) == ["action_items, decisions"]


def test_a_failed_recording_is_a_row_without_what_it_lacks() -> None:
    failed = record(
        status=RecordingStatus.FAILED, transcript=None, speakers=None, action_items=None, decisions=None, stamps={}
    )
    frame = meetings_frame([failed])
    unknown = ["speakers", "main_speaker", "main_speaker_share", "action_items", "decisions", "provider"]
    assert frame[unknown].isna().all(axis=None)
    assert list(frame["status"]) == ["failed"]
    assert len(action_items_frame([failed])) == 0


def test_speakers_of_a_transcript_without_times_are_counted_and_have_no_shares() -> None:
    untimed = transcript().model_copy(
        update={
            "segments": tuple(Segment(index=i, speaker="AB"[i], start_ms=0, end_ms=0, text="Words.") for i in range(2))
        }
    )
    frame = meetings_frame([record(transcript=untimed)])
    assert list(frame["speakers"]) == [2]
    assert list(frame["speaker_names"]) == ["Speaker A, Priya"]
    assert frame[["main_speaker", "main_speaker_share"]].isna().all(axis=None)


def test_shares_add_up_to_one() -> None:
    assert talk_shares(record(transcript=transcript(500, 1500, 2000))) == {"Speaker A": 0.625, "Priya": 0.375}


def test_items_are_sorted_by_due_date_and_those_without_one_come_last() -> None:
    items = (item("Whenever", due_date=None, due_words=None), item("Late", due_date=date(2025, 4, 1)), item("Soon"))
    frame = action_items_frame([record(action_items=items)])
    assert list(frame["task"]) == ["Soon", "Late", "Whenever"]
    assert list(frame["owner"]) == ["Priya"] * 3
    assert list(frame["at_seconds"]) == [1.0] * 3
    assert frame["due_date"].isna().to_list() == [False, False, True]


def test_an_item_without_an_owner_has_none() -> None:
    assert action_items_frame([record(action_items=(item(owner=None),))])["owner"].isna().all()


def test_a_thousand_meetings_make_two_tables() -> None:
    records = [record(number, action_items=tuple(item(f"Task {n}") for n in range(5))) for number in range(1000)]
    assert len(meetings_frame(records)) == 1000
    assert len(action_items_frame(records)) == 5000


@pytest.mark.parametrize("build", [meetings_frame, action_items_frame])
def test_no_more_than_two_records_are_held_at_once(build: Any) -> None:
    made: list[weakref.ref[MeetingRecord]] = []
    alive: list[int] = []

    def each() -> Iterator[MeetingRecord]:
        for number in range(5):
            one = record(number)
            made.append(weakref.ref(one))
            alive.append(sum(reference() is not None for reference in made))
            yield one

    assert len(build(each())) == 5
    assert max(alive) <= 2


def test_a_record_that_fits_no_table_is_left_out_and_the_others_stay() -> None:
    surrogate = record(title="broken \ud800")
    broken = record(action_items=5)
    good = record()
    for build in (meetings_frame, action_items_frame):
        frame = build([surrogate, broken, good])
        assert set(frame["title"]) == {"Weekly 1"}
        assert len(frame) == len(build([good]))
