"""The files of a table: readable by other programs, replaced atomically, harmless in a spreadsheet."""

from pathlib import Path

import pandas as pd
import pytest

from meeting_pipeline.catalog.files import write_table
from meeting_pipeline.catalog.tables import action_items_frame, meetings_frame
from meeting_pipeline_tests.catalog.records import item, record


def test_parquet_gives_back_what_was_written(tmp_path: Path) -> None:
    frame = meetings_frame([record(1), record(2, action_items=None)])
    parquet, csv = write_table(frame, tmp_path, "meetings")
    pd.testing.assert_frame_equal(pd.read_parquet(parquet).astype(frame.dtypes), frame)  # Parquet has no seconds
    assert sorted(path.name for path in tmp_path.iterdir()) == ["meetings.csv", "meetings.parquet"]
    assert list(pd.read_csv(csv)["title"]) == ["Weekly 1", "Weekly 2"]


def test_empty_tables_can_be_written_and_read(tmp_path: Path) -> None:
    for build in (meetings_frame, action_items_frame):
        parquet, csv = write_table(build([]), tmp_path, "empty")
        assert len(pd.read_parquet(parquet)) == 0
        assert len(pd.read_csv(csv)) == 0


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"])
def test_no_cell_of_the_csv_is_a_formula(tmp_path: Path, start: str) -> None:
    evil = f'{start}HYPERLINK("http://evil","x")'
    frame = action_items_frame([record(title=evil, action_items=(item(evil, owner=evil, due_words=None),))])
    parquet, csv = write_table(frame, tmp_path, "items")
    [row] = pd.read_csv(csv).to_dict("records")
    assert [row["task"], row["owner"], row["title"]] == [f"'{evil}"] * 3
    assert list(pd.read_parquet(parquet)["task"]) == [evil]


def test_a_table_is_replaced_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parquet, _ = write_table(meetings_frame([record()]), tmp_path, "meetings")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", full)
    with pytest.raises(OSError, match="No space"):
        write_table(meetings_frame([]), tmp_path, "meetings")
    assert len(pd.read_parquet(parquet)) == 1
