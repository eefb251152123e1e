"""The files of a table: readable by other programs, replaced atomically, harmless in a spreadsheet."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from meeting_pipeline.catalog.files import alone, look_written, paths_of, read_tables, write_tables
from meeting_pipeline.catalog.tables import action_items_frame, columns, frames, meetings_frame
from meeting_pipeline_tests.catalog.records import item, record


def write_table(frame: "pd.DataFrame", folder: Path, name: str) -> tuple[Path, Path]:
    write_tables({name: frame}, folder, "1", "a")
    return paths_of(folder, name)


def test_parquet_gives_back_what_was_written(tmp_path: Path) -> None:
    frame = meetings_frame([record(1), record(2, action_items=None)])
    parquet, csv = write_table(frame, tmp_path, "meetings")
    pd.testing.assert_frame_equal(pd.read_parquet(parquet).astype(frame.dtypes), frame)  # Parquet has no seconds
    assert sorted(path.name for path in tmp_path.iterdir()) == [".tables.json", "meetings.csv", "meetings.parquet"]
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


def test_the_csv_has_the_values_of_the_table(tmp_path: Path) -> None:
    odd = 'He said "no", then\nleft; ok'
    frame = frames([record(1, title=odd), record(2, action_items=(item(odd, owner=None, due_date=None),))])
    for name, written in frame.items():
        _, csv = write_table(written, tmp_path, name)
        read = pd.read_csv(csv, dtype={"gaps": "string"}, keep_default_na=False, na_values={"owner": ""})
        assert list(read) == list(written)
        assert list(read["title"]) == list(written["title"])
        assert list(read["draft"]) == [False, False]
    assert list(read["due_date"]) == ["2025-03-21", ""]
    assert list(read["task"]) == ["Send it", odd]
    assert read["owner"].isna().sum() == 1


def test_a_table_is_replaced_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parquet, _ = write_table(meetings_frame([record()]), tmp_path, "meetings")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", full)
    with pytest.raises(OSError, match="No space"):
        write_table(meetings_frame([]), tmp_path, "meetings")
    assert len(pd.read_parquet(parquet)) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == [".tables.json", "meetings.csv", "meetings.parquet"]


NAMES = ("meetings", "action_item_register")


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A folder with both tables, of version 1."""
    write_tables(frames([record(1), record(2)]), tmp_path, "1", "a")
    return tmp_path


def test_what_was_written_is_read_back_with_its_types(written: Path) -> None:
    found = read_tables(columns(), written, "1", "a")
    for name, frame in frames([record(1), record(2)]).items():
        pd.testing.assert_frame_equal(found[name], frame)
    assert look_written(written, "1", "a", NAMES)
    assert not look_written(written, "1", "b", NAMES), "another version of the program writes them anew"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: (folder / "meetings.parquet").unlink(),
        lambda folder: (folder / "action_item_register.csv").unlink(),
        lambda folder: (folder / "meetings.parquet").write_bytes((folder / "meetings.parquet").read_bytes()[:-9]),
        lambda folder: write_tables(frames([record(1)]), folder, "2", "a"),
        lambda folder: (folder / ".tables.json").unlink(),
        lambda folder: (folder / ".tables.json").write_text("[1"),
    ],
)
def test_files_that_are_not_what_was_written_are_not_trusted(written: Path, spoil: Callable[[Path], object]) -> None:
    spoil(written)
    assert read_tables(columns(), written, "1", "a") == {}
    assert not look_written(written, "1", "a", NAMES)


def test_files_with_other_columns_or_other_words_are_not_trusted(written: Path) -> None:
    assert read_tables(columns(), written, "1", "b") == {}
    content = bytearray((written / "meetings.parquet").read_bytes())
    content[len(content) // 2] ^= 1
    (written / "meetings.parquet").write_bytes(content)
    assert read_tables(columns(), written, "1", "a") == {}


def test_drafts_of_a_writer_that_died_are_removed(written: Path) -> None:
    before = {path.name for path in written.iterdir()}
    for name in (".meetings.parquet.1.abc", ".action_item_register.csv.1.abc", ".tables.json.abc"):
        (written / name).write_text("words of a meeting")
    with alone(written):
        assert {path.name for path in written.iterdir()} == before | {".tables.lock"}
