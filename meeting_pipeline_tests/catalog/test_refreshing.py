"""Refreshing the cross-meeting tables: what changed is read, the rest comes from the files, and every accident is repaired."""

import json
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from meeting_pipeline.catalog import files
from meeting_pipeline.catalog.refreshing import current_tables
from meeting_pipeline.catalog.tables import frames
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.installation import Installation
from meeting_pipeline.store.results.records import Records
from meeting_pipeline.store.results.table_changes import TableChanges
from meeting_pipeline_tests.store.samples import Journey, action_items, completed, failed, speakers


def finished(installation: Installation, number: int, *tasks: str) -> str:
    """A completed meeting with these action items. Returns its id."""
    journey = Journey(installation.store, number=number).accept().begin().collect()
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
        pd.testing.assert_frame_equal(frame.astype(expected[name].dtypes), expected[name])
        csv = pd.read_csv(installation.settings.exports / f"{name}.csv")
        assert len(csv) == len(frame)
    return not installation.store.table_changes.behind().changes


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
    (exports / ".action_item_register.csv.1.abcd").write_text("Bury the zebra")  # by a writer that died
    assert mentions(exports, "zebra")
    installation.store.deletions.delete(key, "ops")
    refresh(installation)
    assert not mentions(exports, "zebra")
    assert not mentions(exports, key)
    assert are_complete(installation)


def mentions(exports: Path, word: str) -> list[str]:
    """Files of the folder that contain the word, decompressed if they are Parquet."""
    found = []
    for path in exports.iterdir():
        text = pd.read_parquet(path).to_csv() if path.suffix == ".parquet" else path.read_text()
        found += [path.name] if word in text else []
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


def remove_table(installation: Installation) -> None:
    (installation.settings.exports / "action_item_register.parquet").unlink()


def damage_table(installation: Installation) -> None:
    path = installation.settings.exports / "meetings.parquet"
    content = path.read_bytes()
    path.write_bytes(content[:50] + b"X" + content[51:])


def damage_note(installation: Installation) -> None:
    (installation.settings.exports / ".tables.json").write_text("{")


def change_layout(installation: Installation) -> None:
    path = installation.settings.exports / ".tables.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "layout": "of another version of the program"}))


def restore_database(installation: Installation) -> None:
    """A backup in which the tables had another version, as of another day."""
    installation.store.table_changes.written("earlier")


@pytest.mark.parametrize("spoil", [remove_table, damage_table, damage_note, change_layout, restore_database])
def test_files_that_cannot_be_trusted_are_built_anew(
    installation: Installation, reads: list[str], spoil: Callable[[Installation], None]
) -> None:
    keys = [finished(installation, number, "Write it") for number in (1, 2)]
    refresh(installation)
    reads.clear()
    spoil(installation)
    refresh(installation)
    assert sorted(reads) == keys
    assert are_complete(installation)


@pytest.mark.parametrize(
    ("of", "method"),
    [
        (pd.DataFrame, "to_csv"),
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
