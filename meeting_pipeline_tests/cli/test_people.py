"""`people` lists people over all meetings and takes merges, splits, names and undoing."""

import json

import pytest

from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.cli.conftest import Run
from meeting_pipeline_tests.store.people.meetings import met


@pytest.fixture(autouse=True)
def made(installation: Installation) -> None:
    met(installation.store, 1, "Anna Meyer", "Tom", tasks=(("Send the price list", "A"),))
    met(installation.store, 2, "A. Meyer", "Tom")


def test_people_are_listed_and_shown(run: Run) -> None:
    lines = run("people", "list").stdout.splitlines()
    assert lines[0].split()[:3] == ["name", "meetings", "talk"]
    assert len(lines) == 4
    assert "Anna Meyer" in run("people", "list", "anna").stdout
    assert run("people", "list", "zoe").stdout == "None.\n"
    found = {one["name"]: one for one in json.loads(run("people", "list", "--json").stdout)}
    assert found["Anna Meyer"]["open_commitments"] == 1
    shown = run("people", "show", "anna meyer").stdout
    assert shown.startswith(f"Anna Meyer  ({found['Anna Meyer']['id']})\n1 meetings, spoke 0:00:00, 1 open commitments")
    assert json.loads(run("people", "show", "tom", "--json").stdout)["meetings"] == 2
    assert "Nobody is called 'Zoe'" in run("people", "show", "Zoe").stderr
    assert "no such person" in run("people", "show", "person-0123456789abcdef").stderr
    assert "There are more" in run("people", "list", "--limit", "1").stderr


def test_a_suggestion_is_followed_and_undone(run: Run, installation: Installation) -> None:
    assert "initials" in run("people", "suggest").stdout
    [pair] = json.loads(run("people", "suggest", "--json").stdout)
    said = run("people", "merge", pair["one"]["id"], pair["other"]["id"], "--by", "Grace").stdout
    assert "A. Meyer" in said
    assert "Anna Meyer" in said
    assert run("people", "suggest").stdout == "None.\n"
    undo = said.splitlines()[1].partition("meeting-pipeline ")[2].split()
    assert (
        "A. Meyer" in run("commitments", "--owner", "A. Meyer", "--json").stdout
        or "price list" in run("commitments", "--owner", "A. Meyer").stdout
    )
    assert "undone by Ben" in run("people", "show", json.loads(run(*undo, "--by", "Ben", "--json").stdout)["id"]).stdout
    assert len(run("people", "list").stdout.splitlines()) == 4
    assert run("people", "merge", "--never", "A. Meyer", "Anna Meyer").exit_code == 0
    assert run("people", "suggest").stdout == "None.\n"


def test_a_name_is_split_off_and_a_person_renamed(run: Run) -> None:
    assert run("people", "merge", "A. Meyer", "Anna Meyer").exit_code == 0
    assert "A. Meyer" in run("people", "split", "Anna Meyer", "A. Meyer", "--by", "Grace").stdout
    assert len(run("people", "list").stdout.splitlines()) == 4
    assert "nothing" in run("people", "split", "Tom", "Tom").stderr.casefold()
    assert run("people", "split", "Tom", "Tom", "--series", "x", "--recording", "y").exit_code != 0
    assert run("people", "rename", "Tom", "Thomas Berg").stdout.startswith("Thomas Berg: Tom (person-")
    assert "Thomas Berg" in run("people", "show", "thomas berg").stdout
    assert run("people", "rename", "Thomas Berg").stdout.startswith("Tom: Tom")
