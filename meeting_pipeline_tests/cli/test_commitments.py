"""`commitments` lists what was undertaken over all meetings, takes ticks, and writes a calendar."""

import json
from pathlib import Path

import pytest

from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.cli.conftest import Run
from meeting_pipeline_tests.store.commitments.series import MONDAY, PRICES, VENUE, item, meeting, only


@pytest.fixture(autouse=True)
def made(installation: Installation) -> None:
    meeting(installation.store, 0, item(PRICES, due=MONDAY), item(VENUE, "Ben"))


def test_commitments_are_linked_anew_and_listed(run: Run, installation: Installation) -> None:
    assert "not linked yet" in run("commitments").stderr
    assert run("commitments", "--rebuild").stdout == "1 recordings linked.\n"
    lines = run("commitments").stdout.splitlines()
    assert lines[0].split() == ["due", "state", "owner", "what", "id"]
    assert lines[1].startswith("2025-03-03  open   Anna   Send the price list to Acme")
    assert len(lines) == 3
    assert VENUE in run("commitments", "--owner", "ben").stdout
    assert run("commitments", "--owner", "Zoe").stdout == "None.\n"
    [found] = json.loads(run("commitments", "--json", "--overdue", "--series", "Sales weekly 7").stdout)
    assert (found["text"], found["overdue"], found["owner"]) == (PRICES, True, "Anna")


def test_a_tick_is_kept_and_undone(run: Run, installation: Installation) -> None:
    run("commitments", "--rebuild")
    row = only(installation.store, owner="Anna")
    assert run("commitments", "--done", row.id, "--by", "Grace").stdout == f"{row.id}: done\n"
    assert PRICES not in run("commitments").stdout
    assert PRICES in run("commitments", "--all").stdout
    assert run("commitments", "--state", "done").stdout.count(PRICES) == 1
    [edit] = installation.store.commitment_edits.of(row.id)
    assert run("commitments", "--undo", row.id, str(edit.number)).exit_code == 0
    assert PRICES in run("commitments").stdout
    for odd in ("x", "0", "-1", "9" * 5000):
        assert run("commitments", "--undo", row.id, odd).exit_code == 2
    assert "no such commitment" in run("commitments", "--done", "nothing").stderr


def test_due_dates_are_written_as_a_calendar(run: Run, tmp_path: Path) -> None:
    from icalendar import Calendar

    run("commitments", "--rebuild")
    path = tmp_path / "due.ics"
    assert run("commitments", "--ics", str(path)).stdout == f"1 due dates written to {path}\n"
    (event,) = Calendar.from_ical(path.read_bytes()).walk("VEVENT")
    assert (event["summary"], event.decoded("dtstart")) == (f"{PRICES} (Anna)", MONDAY)


@pytest.mark.parametrize(
    "mixed",
    [
        ("--json", "--ics", "due.ics"),
        ("--done", "x", "--drop", "y"),
        ("--rebuild", "--done", "x"),
        ("--done", "x", "--json"),
    ],
)
def test_options_of_which_one_would_be_ignored_are_refused(run: Run, mixed: tuple[str, ...]) -> None:
    result = run("commitments", *mixed)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "cannot be combined" in result.stderr
