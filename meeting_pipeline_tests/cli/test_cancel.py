"""`cancel` ends unfinished recordings, prints what it did, and leaves outcomes unchanged."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.cli.conftest import Run
from meeting_pipeline_tests.fakes.dagster_ui import Ui, running_ui
from meeting_pipeline_tests.store.samples import Journey, completed, new_recording


@pytest.fixture
def ui(home: Path) -> Iterator[Ui]:
    with running_ui(home) as found:
        yield found


def waiting(installation: Installation, number: int = 1) -> str:
    return installation.store.recordings.accept(new_recording(number, needs_order=True)).key


def test_a_recording_is_cancelled_without_a_running_system(run: Run, installation: Installation) -> None:
    key = waiting(installation)
    result = run("cancel", key)
    assert result.exit_code == 0, result.output
    assert result.stdout == f"Cancelled: {key}\n"
    row = installation.store.recordings.get(key)
    assert (row.status, row.error_code) == ("failed", "cancelled")


def test_its_runs_are_stopped_after_it_was_cancelled(run: Run, installation: Installation, ui: Ui) -> None:
    journey = Journey(installation.store).accept().begin()
    ui.runs[journey.key] = ["run-a", "run-b"]
    result = run("cancel", journey.key[:-1])
    assert result.exit_code == 0, result.output
    assert result.stdout == f"Cancelled: {journey.key}, 2 runs stopped\n"
    assert ui.terminated == ["run-a", "run-b"]
    assert not installation.store.leases.holds(journey.run_id)


def test_what_dagster_cannot_stop_is_cancelled_all_the_same(run: Run, installation: Installation, ui: Ui) -> None:
    key = waiting(installation)
    ui.works = False
    result = run("cancel", key)
    assert result.exit_code == 0, result.output
    assert "can no longer change anything" in result.stderr
    assert installation.store.recordings.get(key).error_code == "cancelled"


def test_an_outcome_is_left_alone_with_a_clear_message(run: Run, installation: Installation, ui: Ui) -> None:
    key = completed(installation.store).key
    before = installation.store.recordings.get(key).event_seq
    result = run("cancel", key)
    assert result.exit_code == 2
    assert f"Unchanged: {key} (it is already completed)" in result.stderr
    assert "Nothing was cancelled." in result.stderr
    assert installation.store.recordings.get(key).event_seq == before


def test_of_a_completed_recording_the_reprocessing_is_stopped(run: Run, installation: Installation, ui: Ui) -> None:
    key = completed(installation.store).key
    ui.runs[key] = ["backfill-run"]
    result = run("cancel", key)
    assert result.exit_code == 0, result.output
    assert result.stdout == f"Stopped the reprocessing of {key}; it stays completed, 1 run stopped\n"
    assert ui.terminated == ["backfill-run"]


def test_one_of_several_is_enough(run: Run, installation: Installation) -> None:
    done, open_one = completed(installation.store, 1).key, waiting(installation, 2)
    result = run("cancel", done, open_one)
    assert result.exit_code == 0, result.output
    assert f"Cancelled: {open_one}" in result.stdout
    assert f"Unchanged: {done}" in result.stderr


def test_an_unknown_recording_is_named(run: Run, installation: Installation) -> None:
    result = run("cancel", "nothing-like-it")
    assert result.exit_code == 2
    assert "nothing-like-it" in result.stderr


def test_a_cancelled_recording_starts_over_by_reprocess(run: Run, installation: Installation, ui: Ui) -> None:
    key = waiting(installation)
    run("cancel", key)
    result = run("reprocess", key)
    assert result.exit_code == 0, result.output
    assert installation.store.recordings.get(key).status == "pending"
