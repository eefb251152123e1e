"""The files of the tables: readable by other programs, replaced atomically, harmless in a spreadsheet."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd
import pytest

from meeting_pipeline.catalog.columns import TABLES, table_columns
from meeting_pipeline.catalog.csv_cells import write_csv
from meeting_pipeline.catalog.files import (
    Note,
    damaged,
    folders_of,
    locked_tables,
    read_note,
    read_part,
    writing,
)
from meeting_pipeline.catalog.tables import frames
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline_tests.catalog.records import item, record

MONTH = "2025-03"


def write(folder: Path, *records: MeetingRecord, part: str = MONTH, kept: Note | None = None) -> Note:
    """Write the rows of these records as one part, beside those that are kept."""
    with writing(folder) as writer:
        writer.add(part, frames(records))
        return writer.publish(kept.parts if kept else {}, "1", "a")


def in_folder(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def files_of(*parts: str) -> set[str]:
    """The files of these parts, and the note."""
    places = {f"{table}.parquet/{part}.parquet" for table in TABLES for part in parts}
    return places | {f"{table}/{part}.csv" for table in TABLES for part in parts} | {".tables.json"}


def test_a_folder_of_parquet_files_is_one_table_to_its_readers(tmp_path: Path) -> None:
    records = [record(1), record(2, action_items=None), record(3, key="2025-04-01-weekly-00000003")]
    write(tmp_path, records[2], part="2025-04", kept=write(tmp_path, *records[:2]))
    for table, frame in frames(records).items():
        parquet, _ = folders_of(tmp_path, table)
        found = pd.read_parquet(parquet).astype(frame.dtypes)  # Parquet has no seconds
        pd.testing.assert_frame_equal(found, frame)
    assert in_folder(tmp_path) == files_of(MONTH, "2025-04")


def test_empty_tables_can_be_written_and_read(tmp_path: Path) -> None:
    write(tmp_path, part="empty")
    for table, kinds in table_columns().items():
        parquet, csv = folders_of(tmp_path, table)
        for found in (pd.read_parquet(parquet), pd.read_csv(csv / "empty.csv")):
            assert (list(found), len(found)) == (list(kinds), 0)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"])
def test_no_cell_of_the_csv_is_a_formula(tmp_path: Path, start: str) -> None:
    evil = f'{start}HYPERLINK("http://evil","x")'
    write(tmp_path, record(title=evil, action_items=(item(evil, owner=evil, due_words=None),)))
    parquet, csv = folders_of(tmp_path, "action_item_register")
    [row] = pd.read_csv(csv / f"{MONTH}.csv").to_dict("records")
    assert [row["task"], row["owner"], row["title"]] == [f"'{evil}"] * 3
    assert list(pd.read_parquet(parquet)["task"]) == [evil]


def test_the_csv_has_the_values_of_the_table(tmp_path: Path) -> None:
    odd = 'He said "no", then\nleft; ok'
    path = tmp_path / "table.csv"
    for written in frames(
        [record(1, title=odd), record(2, action_items=(item(odd, owner=None, due_date=None),))]
    ).values():
        write_csv(written, path)
        read = pd.read_csv(path, dtype={"gaps": "string"}, keep_default_na=False, na_values={"owner": ""})
        assert list(read) == list(written)
        assert list(read["title"]) == list(written["title"])
        assert list(read["draft"]) == [False, False]
    assert list(read["due_date"]) == ["2025-03-21", ""]
    assert list(read["task"]) == ["Send it", odd]
    assert read["owner"].isna().sum() == 1


def test_no_file_is_replaced_before_all_are_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note = write(tmp_path, record())

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", full)
    with pytest.raises(OSError, match="No space"):
        write(tmp_path)
    assert in_folder(tmp_path) == files_of(MONTH)
    assert damaged(tmp_path, note) == set()
    assert len(pd.read_parquet(tmp_path / "meetings.parquet")) == 1


def test_a_part_that_is_not_written_again_vanishes_unless_it_is_kept(tmp_path: Path) -> None:
    mine = tmp_path / "meetings" / "2025-03 (copy).csv"
    write(tmp_path, record(1), part="2025-04", kept=write(tmp_path, record(2)))
    mine.write_text("made by a person")
    write(tmp_path, record(1), part="2025-05")
    assert in_folder(tmp_path) == files_of("2025-05") | {"meetings/2025-03 (copy).csv"}


@pytest.fixture
def note(tmp_path: Path) -> Note:
    """What was written: both tables, of version 1."""
    return write(tmp_path, record(1), record(2))


def test_what_was_written_is_read_back_with_its_types(tmp_path: Path, note: Note) -> None:
    assert read_note(tmp_path, "1", "a") == note
    found = read_part(tmp_path, MONTH, note.parts[MONTH], table_columns())
    assert found is not None
    for name, frame in frames([record(1), record(2)]).items():
        pd.testing.assert_frame_equal(found[name], frame)
    assert damaged(tmp_path, note) == set()


def edit(path: Path) -> None:
    """Change a byte in the middle; the size stays."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: (folder / "meetings.parquet" / f"{MONTH}.parquet").unlink(),
        lambda folder: (folder / "action_item_register" / f"{MONTH}.csv").unlink(),
        lambda folder: (folder / "meetings.parquet" / f"{MONTH}.parquet").write_bytes(b"PAR1"),
        lambda folder: (folder / "meetings").rename(folder / "elsewhere"),
        lambda folder: edit(folder / "meetings" / f"{MONTH}.csv"),
        lambda folder: edit(folder / "action_item_register.parquet" / f"{MONTH}.parquet"),
    ],
)
def test_a_part_with_a_missing_or_changed_file_is_damaged(
    tmp_path: Path, note: Note, spoil: Callable[[Path], object]
) -> None:
    other = write(tmp_path, record(3), part="2025-04", kept=note)
    spoil(tmp_path)
    assert MONTH in damaged(tmp_path, other)


def test_bytes_that_are_not_what_was_written_are_not_trusted_whatever_the_time_of_the_file(
    tmp_path: Path, note: Note
) -> None:
    path = tmp_path / "meetings.parquet" / f"{MONTH}.parquet"
    status = path.stat()
    edit(path)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert damaged(tmp_path, note) == set()
    assert read_part(tmp_path, MONTH, note.parts[MONTH], table_columns()) is None


def of_an_earlier_form(note: Mapping[str, object]) -> str:
    return json.dumps({"version": note["version"], "layout": note["layout"], "files": {}})


@pytest.mark.parametrize(
    "text", ["", "[1", "[]", "{}", '{"form": 2}', '{"form": 2, "version": "1", "layout": "a", "parts": 3}']
)
def test_a_note_that_cannot_be_read_counts_as_none(tmp_path: Path, note: Note, text: str) -> None:
    (tmp_path / ".tables.json").write_text(text)
    assert read_note(tmp_path, "1", "a") is None


def test_a_note_of_another_version_or_layout_or_form_counts_as_none(tmp_path: Path, note: Note) -> None:
    assert read_note(tmp_path, "2", "a") is None
    assert read_note(tmp_path, "1", "b") is None
    path = tmp_path / ".tables.json"
    path.write_text(of_an_earlier_form(json.loads(path.read_text())))
    assert read_note(tmp_path, "1", "a") is None
    path.unlink()
    assert read_note(tmp_path, "1", "a") is None


def test_drafts_of_a_writer_that_died_and_files_of_earlier_versions_are_removed(tmp_path: Path) -> None:
    (tmp_path / ".writing" / "meetings").mkdir(parents=True)
    for name in (
        ".writing/meetings/2025-03.csv", "meetings.parquet", "action_item_register.csv", ".meetings.parquet.1.abc",
        "..tables.json.abc",
    ):  # fmt: skip
        (tmp_path / name).write_text("words of a meeting")
    with locked_tables(tmp_path):
        assert in_folder(tmp_path) == {".tables.lock"}
