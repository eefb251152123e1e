"""`export` joins the months of a table into one file, outside the home."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from meeting_pipeline.catalog.refreshing import current_tables
from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.catalog.test_refreshing import finished
from meeting_pipeline_tests.cli.conftest import Run


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


def test_it_says_what_the_tables_lack(run: Run, keys: list[str], installation: Installation, tmp_path: Path) -> None:
    installation.store.deletions.delete(keys[0], "ops")
    assert "1 recordings have changed" in run("export", "meetings", str(tmp_path / "all.csv")).output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("meetings", "all.xlsx"), ".csv or .parquet"),
        (("meetings", "all.csv", "--since", "2025-13"), "2026-11"),
        (("meetings", "no/such/folder/all.csv"), "directory"),
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
