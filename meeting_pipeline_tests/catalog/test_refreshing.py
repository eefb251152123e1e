"""Refreshing the cross-meeting tables: what changed is read, the rest comes from the files, and every accident is repaired."""

import json
from collections.abc import Callable, Collection, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from meeting_pipeline.catalog import files, refreshing
from meeting_pipeline.catalog.refreshing import current_tables
from meeting_pipeline.catalog.tables import frames, in_order
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.installation import Installation
from meeting_pipeline.store.results.records import Records
from meeting_pipeline.store.results.table_changes import TableChanges
from meeting_pipeline_tests.store.samples import Journey, action_items, completed, failed, speakers


def finished(installation: Installation, number: int, *tasks: str, day: date = date(2025, 3, 14)) -> str:
    """A completed meeting with these action items. Returns its id."""
    journey = Journey(installation.store, number=number)
    journey.accept(key=f"{day.isoformat()}-weekly-{number:08x}", meeting_date=day).begin().collect()
    journey.answer(action_items(*tasks)).complete()
    return journey.key


def refresh(installation: Installation) -> None:
    current_tables(installation).done(installation)


def written(installation: Installation) -> dict[str, pd.DataFrame]:
    """What an analyst reads."""
    exports = installation.settings.exports
    return {name: pd.read_parquet(exports / f"{name}.parquet") for name in ("meetings", "action_item_register")}


def are_complete(installation: Installation) -> bool:
    """Whether the files equal tables made of all records, and nothing is noted as missing."""
    expected = frames(installation.store.records.each_completed())
    for name, frame in written(installation).items():
        found = in_order(name, frame.astype(expected[name].dtypes))
        pd.testing.assert_frame_equal(found, expected[name])
        csv = [pd.read_csv(path) for path in (installation.settings.exports / name).glob("*.csv")]
        assert sorted(pd.concat(csv)["recording_id"]) == sorted(frame["recording_id"])
    return not installation.store.table_changes.behind().changes


def parts(installation: Installation) -> dict[str, float]:
    """The parts of the tables, with the time at which each was written."""
    folder = installation.settings.exports / "meetings"
    return {path.stem: path.stat().st_mtime_ns for path in folder.iterdir()}


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of the recordings that are read."""
    met: list[str] = []
    original = Records.each_completed

    def each(self: Records, only: Collection[str] | None = None) -> Iterator[MeetingRecord]:
        for record in original(self, only):
            met.append(record.key)
            yield record

    monkeypatch.setattr(Records, "each_completed", each)
    return met


def test_only_what_changed_is_read_and_once_for_both_tables(installation: Installation, reads: list[str]) -> None:
    keys = [finished(installation, number, "Write it", "Send it") for number in (1, 2, 3)]
    refresh(installation)
    assert sorted(reads) == keys
    reads.clear()
    refresh(installation)
    assert reads == []
    new = finished(installation, 4, "Check it")
    refresh(installation)
    assert reads == [new]
    assert are_complete(installation)


def test_a_meeting_that_changed_has_its_new_rows_only(installation: Installation) -> None:
    journey = Journey(installation.store, number=1).accept().begin().collect()
    journey.answer(action_items("Write it", "Send it")).complete()
    finished(installation, 2, "Check it")
    refresh(installation)
    journey.begin().answer(action_items("Burn it")).answer(speakers("Grace")).complete()
    refresh(installation)
    assert sorted(written(installation)["action_item_register"]["task"]) == ["Burn it", "Check it"]
    assert are_complete(installation)


def test_a_deleted_meeting_vanishes_from_every_file(installation: Installation) -> None:
    key = finished(installation, 1, "Bury the zebra")
    finished(installation, 2, "Check it")
    refresh(installation)
    exports = installation.settings.exports
    (exports / ".writing").mkdir()
    (exports / ".writing" / "2025-03.csv").write_text("Bury the zebra")  # by a writer that died
    assert mentions(exports, "zebra")
    installation.store.deletions.delete(key, "ops")
    refresh(installation)
    assert not mentions(exports, "zebra")
    assert not mentions(exports, key)
    assert are_complete(installation)


def mentions(exports: Path, word: str) -> list[str]:
    """Files of the folder that contain the word, decompressed if they are Parquet."""
    found = []
    for path in (one for one in exports.rglob("*") if one.is_file()):
        text = pd.read_parquet(path).to_csv() if path.suffix == ".parquet" else path.read_text()
        found += [path.name] if word in text or word in path.name else []
    return found


def test_a_failed_recording_that_is_retried_leaves_the_tables_until_it_has_an_outcome(
    installation: Installation,
) -> None:
    key = failed(installation.store, 1).key
    completed(installation.store, 2)
    refresh(installation)
    assert len(written(installation)["meetings"]) == 2
    installation.store.recordings.retry(key, needs_order=False)
    refresh(installation)
    assert len(written(installation)["meetings"]) == 1
    assert are_complete(installation)


def remove_note(installation: Installation) -> None:
    (installation.settings.exports / ".tables.json").unlink()


def damage_note(installation: Installation) -> None:
    (installation.settings.exports / ".tables.json").write_text("{")


def change_layout(installation: Installation) -> None:
    path = installation.settings.exports / ".tables.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "layout": "of another version of the program"}))


def restore_database(installation: Installation) -> None:
    """A backup in which the tables had another version, as of another day."""
    installation.store.table_changes.written("earlier")


@pytest.mark.parametrize("spoil", [remove_note, damage_note, change_layout, restore_database])
def test_files_that_do_not_belong_to_the_database_are_all_built_anew(
    installation: Installation, reads: list[str], spoil: Callable[[Installation], None]
) -> None:
    keys = [finished(installation, number, "Write it") for number in (1, 2)]
    refresh(installation)
    reads.clear()
    spoil(installation)
    refresh(installation)
    assert sorted(reads) == keys
    assert are_complete(installation)


def remove_file(folder: Path) -> None:
    (folder / "action_item_register.parquet" / "2025-03.parquet").unlink()


def edit_file(folder: Path) -> None:
    path = folder / "meetings.parquet" / "2025-03.parquet"
    content = path.read_bytes()
    path.write_bytes(content[:50] + b"X" + content[51:])


@pytest.mark.parametrize("spoil", [remove_file, edit_file])
def test_only_the_part_with_a_damaged_file_is_built_anew(
    installation: Installation, reads: list[str], spoil: Callable[[Path], None]
) -> None:
    keys = [finished(installation, number, "Write it", day=day) for number, day in enumerate(DAYS)]
    refresh(installation)
    before = parts(installation)
    reads.clear()
    spoil(installation.settings.exports)
    refresh(installation)
    assert reads == [key for key in keys if key.startswith("2025-03")]
    after = parts(installation)
    assert [name for name in before if before[name] != after[name]] == ["2025-03"]
    assert are_complete(installation)


def test_a_csv_file_that_was_edited_is_written_again_without_reading_a_meeting(
    installation: Installation, reads: list[str]
) -> None:
    finished(installation, 1, "Write it")
    refresh(installation)
    reads.clear()
    path = installation.settings.exports / "meetings" / "2025-03.csv"
    written_first = path.read_text()
    path.write_text("by a person")
    refresh(installation)
    assert path.read_text() == written_first
    assert reads == []


# --- parts ------------------------------------------------------------------------------------------------------------

DAYS = [date(2025, 2, 28), date(2025, 3, 1), date(2025, 3, 31), date(2026, 1, 1)]


def test_only_the_months_of_changed_meetings_are_written(installation: Installation) -> None:
    keys = [finished(installation, number, "Write it", day=day) for number, day in enumerate(DAYS)]
    refresh(installation)
    before = parts(installation)
    assert sorted(before) == ["2025-02", "2025-03", "2026-01"]
    finished(installation, 9, "Send it", day=date(2025, 3, 9))
    installation.store.deletions.delete(keys[3], "ops")
    refresh(installation)
    after = parts(installation)
    assert sorted(after) == ["2025-02", "2025-03"], "a month without meetings has no file"
    assert after["2025-02"] == before["2025-02"]
    assert after["2025-03"] != before["2025-03"]
    assert are_complete(installation)


def test_the_last_meeting_leaves_tables_with_columns_only(installation: Installation) -> None:
    key = finished(installation, 1, "Write it")
    refresh(installation)
    installation.store.deletions.delete(key, "ops")
    refresh(installation)
    assert list(parts(installation)) == ["empty"]
    assert are_complete(installation)
    finished(installation, 2, "Write it")
    refresh(installation)
    assert list(parts(installation)) == ["2025-03"]
    assert are_complete(installation)


def test_a_change_without_rows_leaves_empty_tables_readable(installation: Installation) -> None:
    key = failed(installation.store, 1).key
    installation.store.recordings.retry(key, needs_order=False)
    refresh(installation)
    installation.store.cancelling.cancel(key)
    installation.store.recordings.retry(key, needs_order=False)
    refresh(installation)
    assert list(parts(installation)) == ["empty"]
    assert are_complete(installation)


def test_a_month_with_many_meetings_has_several_parts_of_which_one_is_written(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(refreshing._MOST, "meetings", 3)
    days = [date(2025, 3, day) for day in (1, 1, 1, 1, 9, 17, 17, 25)]
    keys = [finished(installation, number, "Write it", day=day) for number, day in enumerate(days)]
    refresh(installation)
    before = parts(installation)
    assert len(before) >= 3
    assert {name[:7] for name in before} == {"2025-03"}
    assert are_complete(installation)
    installation.store.deletions.delete(keys[-1], "ops")
    finished(installation, 20, "Send it", day=date(2025, 3, 26))
    refresh(installation)
    after = parts(installation)
    assert len([name for name in after if before.get(name) != after[name]]) == 1
    assert are_complete(installation)


def test_parts_grow_and_are_cut_while_meetings_come_in_any_order(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(refreshing._MOST, "action_item_register", 5)
    refresh(installation)
    order = [7, 1, 12, 3, 9, 2, 14, 5, 11, 4]
    keys = []
    for number in order:
        keys.append(finished(installation, number, "Write it", "Send it", day=date(2025, 3, 1 + number // 4)))
        refresh(installation)
        assert are_complete(installation)
    assert len(parts(installation)) >= 5
    for key in keys:
        installation.store.deletions.delete(key, "ops")
        refresh(installation)
        assert not mentions(installation.settings.exports, key)
        assert are_complete(installation)


def test_the_sums_are_those_of_all_rows_and_the_rows_those_of_the_newest_meetings(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refreshing, "NEWEST", 2)
    keys = [finished(installation, number, "Write it", "Send it", day=day) for number, day in enumerate(DAYS)]
    failed(installation.store, 9)
    current = current_tables(installation)
    whole = written(installation)
    assert current.sums["meetings"]["rows"] == 5
    assert current.sums["meetings"]["failed"] == 1
    assert current.sums["meetings"]["minutes_in_all"] == pytest.approx(whole["meetings"]["duration_minutes"].sum())
    assert current.sums["action_item_register"]["rows"] == 8
    assert list(current.newest["meetings"]["recording_id"]) == keys[2:]
    assert set(current.newest["action_item_register"]["recording_id"]) == set(keys[2:])


# --- accidents ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("of", "method"),
    [
        (pd.DataFrame, "to_csv"),
        (Path, "replace"),
        (files, "sync_folder"),
        (files, "write_durably"),
        (TableChanges, "written"),
        (TableChanges, "settle"),
    ],
)
def test_a_refresh_that_dies_is_repaired_by_the_next(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, of: Any, method: str
) -> None:
    key = finished(installation, 1, "Write it")
    refresh(installation)
    finished(installation, 2, "Send it")
    installation.store.deletions.delete(key, "ops")

    def die(*_: object, **__: object) -> None:
        raise SystemExit(9)

    with monkeypatch.context() as patched:
        patched.setattr(of, method, die)
        with pytest.raises(SystemExit):
            refresh(installation)
    assert installation.store.table_changes.behind().changes
    refresh(installation)
    assert are_complete(installation)
    assert len(written(installation)["meetings"]) == 1


def test_many_changes_are_read_in_batches(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, reads: list[str]
) -> None:
    monkeypatch.setattr("meeting_pipeline.store.results.records._BATCH", 2)
    refresh(installation)
    keys = [finished(installation, number, "Write it") for number in range(1, 6)]
    refresh(installation)
    assert sorted(reads) == keys
    assert are_complete(installation)
