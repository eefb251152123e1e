"""The Parquet files of the contract: complete, cut by month and day, and written again where something changed."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from meeting_pipeline.catalog import contract_files
from meeting_pipeline.catalog.contract_files import folder_of, row_counts
from meeting_pipeline.catalog.refreshing import current_tables
from meeting_pipeline.catalog.weeks import by_week, chart
from meeting_pipeline.installation import Installation
from meeting_pipeline.store.contract.columns import VIEWS
from meeting_pipeline_tests.catalog.test_refreshing import finished, refresh
from meeting_pipeline_tests.documentation import text_of

OTHER_DAY = date(2025, 4, 2)


def days(installation: Installation, table: str) -> dict[str, int]:
    """The files of a table, with the time at which each was written."""
    found = (folder_of(installation.settings.exports) / table).glob("month=*/*.parquet")
    return {f"{path.parent.name}/{path.stem}": path.stat().st_mtime_ns for path in found}


def rows(installation: Installation, table: str) -> list[dict[str, object]]:
    folder = folder_of(installation.settings.exports) / table
    return [row for path in sorted(folder.glob("month=*/*.parquet")) for row in pq.read_table(path).to_pylist()]


@pytest.fixture
def two_days(installation: Installation) -> Installation:
    finished(installation, 1, "Write it", "Send it")
    finished(installation, 2, "Check it", day=OTHER_DAY)
    refresh(installation)
    return installation


def test_every_table_has_a_file_for_each_day_with_columns_that_say_what_they_mean(two_days: Installation) -> None:
    for table, columns in VIEWS.items():
        assert set(days(two_days, table)) == {"month=2025-03/2025-03-14", "month=2025-04/2025-04-02"}
        for path in (folder_of(two_days.settings.exports) / table).glob("*/*.parquet"):
            schema = pq.read_schema(path)
            assert schema.names == [column.name for column in columns]
            assert [schema.field(one.name).metadata[b"description"].decode() for one in columns] == [
                one.meaning for one in columns
            ]


def test_rows_carry_draft_verdict_and_version(two_days: Installation) -> None:
    items = rows(two_days, "items")
    assert [item["task"] for item in items] == ["Write it", "Send it", "Check it"]
    assert {(item["draft"], item["version"]) for item in items} == {(False, 1)}
    assert {item["due_date"] for item in items} == {date(2025, 3, 21)}


def test_only_the_day_of_what_changed_is_written_again(two_days: Installation) -> None:
    before = days(two_days, "items")
    finished(two_days, 3, "Burn it", day=OTHER_DAY)
    refresh(two_days)
    after = days(two_days, "items")
    assert {day for day in after if after[day] != before[day]} == {"month=2025-04/2025-04-02"}
    assert len(rows(two_days, "items")) == 4


def test_files_that_were_removed_or_edited_are_written_again(two_days: Installation) -> None:
    folder = folder_of(two_days.settings.exports) / "segments"
    gone, edited = sorted(folder.glob("*/*.parquet"))
    gone.unlink()
    edited.write_bytes(b"no parquet")
    current_tables(two_days)
    assert len(rows(two_days, "segments")) == 2 * len(pq.read_table(gone))


def test_a_file_that_a_crash_left_half_finished_is_no_file_of_the_table(
    two_days: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {table: len(rows(two_days, table)) for table in VIEWS}
    keys = two_days.store.records.finished_keys("2025-04-02")

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", crash)
        with pytest.raises(KeyboardInterrupt):
            contract_files._write_day(two_days, folder_of(two_days.settings.exports), "2025-04-02", keys)
    assert row_counts(two_days.settings.exports) == before
    assert {table: len(rows(two_days, table)) for table in VIEWS} == before


def test_a_day_whose_recordings_are_gone_has_no_files(two_days: Installation) -> None:
    key = two_days.store.records.finished_keys("2025-04")[0]
    two_days.store.deletions.delete(key, deleted_by="ops", drop_deliveries=True)
    refresh(two_days)
    assert set(days(two_days, "segments")) == {"month=2025-03/2025-03-14"}


def queries() -> Iterator[str]:
    shown = text_of("analysts.md").partition("<!-- duckdb:begin -->")[2].partition("<!-- duckdb:end -->")[0]
    yield from filter(None, (part.strip() for part in shown.replace("```sql", "").replace("```", "").split(";")))


def test_the_documented_views_run(two_days: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    import duckdb

    monkeypatch.chdir(two_days.settings.exports)
    with duckdb.connect() as connection:
        for query in queries():
            connection.execute(query)
        items = connection.execute("SELECT owner, task FROM open_items").fetchall()
        weeks = connection.execute("SELECT meetings, items FROM weeks").fetchall()
        look = connection.execute("SELECT * FROM needs_a_look").fetchall()
    assert sorted(task for _, task in items) == ["Check it", "Send it", "Write it"]
    assert weeks == [(1, 2), (1, 1)]
    assert look == [] or all(row[4] or row[5] for row in look)


def test_weeks_without_meetings_are_plotted_as_such(two_days: Installation) -> None:
    found = by_week(two_days.settings.exports)
    assert [week.meetings for week in found] == [1, 0, 0, 1]
    assert found[0].begins == date(2025, 3, 10)
    assert chart(found).startswith("![chart](data:image/png;base64,")
    assert by_week(Path("/nowhere")) == []
