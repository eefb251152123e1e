"""`export` writes a meeting, or a table with all its months, to one file outside the home."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from meeting_pipeline.catalog.refreshing import current_tables
from meeting_pipeline.installation import Installation
from meeting_pipeline.store.results.table_changes import note_table_change
from meeting_pipeline_tests.catalog.test_refreshing import finished
from meeting_pipeline_tests.cli.conftest import Run
from meeting_pipeline_tests.store.samples import completed


@pytest.fixture
def keys(installation: Installation) -> list[str]:
    """Meetings of three months, in tables that are up to date."""
    days = [date(2025, 1, 31), date(2025, 2, 1), date(2025, 3, 14)]
    found = [finished(installation, number, "Write it", "=Send it", day=day) for number, day in enumerate(days)]
    current_tables(installation).done(installation)
    return found


@pytest.mark.parametrize("ending", ["csv", "parquet", "CSV"])
def test_all_months_are_in_one_file(run: Run, keys: list[str], tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"all.{ending}"
    done = run("export", "meetings", str(path))
    assert (done.exit_code, done.output) == (0, f"3 rows in {path}.\n")
    frame = pd.read_parquet(path) if ending == "parquet" else pd.read_csv(path)
    assert list(frame["recording_id"]) == keys


def test_a_month_and_later_can_be_asked_for_and_no_cell_is_a_formula(run: Run, keys: list[str], tmp_path: Path) -> None:
    path = tmp_path / "some.csv"
    assert run("export", "action_item_register", str(path), "--since", "2025-02").exit_code == 0
    frame = pd.read_csv(path)
    assert set(frame["recording_id"]) == set(keys[1:])
    assert set(frame["task"]) == {"Write it", "'=Send it"}


@pytest.mark.parametrize("table", ["meetings", "action_item_register"])
def test_a_month_is_that_of_the_corrected_date(
    run: Run, keys: list[str], installation: Installation, tmp_path: Path, table: str
) -> None:
    installation.store.recording_edits.change(keys[0], {"date": "2025-04-01"}, "Grace")
    installation.store.recording_edits.change(keys[2], {"date": "2025-01-02"}, "Grace")
    for key in (keys[0], keys[2]):
        with installation.store.database.write() as session:
            note_table_change(session, key, installation.store.context.now())
    current_tables(installation).done(installation)
    path = tmp_path / "some.csv"
    assert run("export", table, str(path), "--since", "2025-02").exit_code == 0
    assert set(pd.read_csv(path)["recording_id"]) == {keys[0], keys[1]}


def test_it_says_what_the_tables_lack(run: Run, keys: list[str], installation: Installation, tmp_path: Path) -> None:
    installation.store.deletions.delete(keys[0], "ops")
    assert "1 recordings have changed" in run("export", "meetings", str(tmp_path / "all.csv")).output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("meetings", "all.xlsx"), ".csv or .parquet"),
        (("meetings", "all.csv", "--since", "2025-13"), "2026-11"),
        (("meetings", "no/such/folder/all.csv"), "directory"),
        (("metings", "all.csv"), "no table metings, only meetings and action_item_register"),
        (("2025-01", "no/such/folder/a.docx"), "directory"),
        (("2025", "a.pdf"), ".docx, .md, .vtt, .srt, .ics or .json"),
        (("2025", "a.docx", "--since", "2025-03"), "only for tables"),
        (("2025", "a.srt", "--transcript"), "only for .docx and .md"),
    ],
)
def test_a_mistake_is_named(
    run: Run, keys: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    refused = run("export", *arguments)
    assert refused.exit_code == 2
    assert said in refused.output
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == []


def test_a_file_in_the_home_is_refused(run: Run, keys: list[str], installation: Installation) -> None:
    path = installation.settings.exports / "meetings" / "all.csv"
    refused = run("export", "meetings", str(path))
    assert refused.exit_code == 2
    assert "outside the home" in refused.output
    assert not path.exists()


def test_tables_that_were_never_written_or_were_edited_are_not_joined(
    run: Run, installation: Installation, tmp_path: Path
) -> None:
    path = tmp_path / "all.csv"
    assert "are not written" in run("export", "meetings", str(path)).output
    finished(installation, 1, "Write it")
    current_tables(installation).done(installation)
    [part] = (installation.settings.exports / "meetings.parquet").iterdir()
    part.write_bytes(b"PAR1")
    refused = run("export", "meetings", str(path))
    assert refused.exit_code == 2
    assert "are not written" in refused.output
    assert not path.exists()


def test_a_meeting_is_written_in_the_format_of_its_ending(run: Run, installation: Installation, tmp_path: Path) -> None:
    key = completed(installation.store).key
    begins = {"docx": b"PK", "md": b"# Weekly", "vtt": b"WEBVTT", "srt": b"1\n00:00", "json": b"{", "DOCX": b"PK"}
    for ending, start in begins.items():
        path = tmp_path / f"minutes.{ending}"
        done = run("export", key[:12], str(path))
        assert (done.exit_code, done.output) == (0, f"{key} in {path}.\n")
        assert path.read_bytes().startswith(start)
    assert "Good morning." not in (tmp_path / "minutes.md").read_text()
    assert run("export", key, str(tmp_path / "whole.md"), "--transcript").exit_code == 0
    assert "Good morning." in (tmp_path / "whole.md").read_text()


def test_an_unknown_meeting_leaves_no_file(run: Run, installation: Installation, tmp_path: Path) -> None:
    path = tmp_path / "minutes.docx"
    refused = run("export", "2031-01-01-nothing", str(path))
    assert refused.exit_code == 2
    assert "There is no recording" in refused.output
    assert not path.exists()
