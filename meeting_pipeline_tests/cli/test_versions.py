"""`versions` and `diff`: what there is, how it differs, and what is made of it."""

import getpass
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.cli.conftest import Run
from meeting_pipeline_tests.fakes.dagster_ui import Ui, running_ui
from meeting_pipeline_tests.store.results.test_versions import AFTER, BEFORE, hold, shown, states
from meeting_pipeline_tests.store.samples import action_items, completed, failed, summary


@pytest.fixture
def ui(home: Path) -> Iterator[Ui]:
    with running_ui(home) as found:
        yield found


@pytest.fixture
def key(installation: Installation) -> str:
    """A recording with a summary that is held."""
    found = completed(installation.store).key
    hold(installation.store, found, summary(AFTER))
    return found


def test_versions_are_listed_with_their_states(run: Run, key: str) -> None:
    result = run("versions", key[:-1])
    assert result.exit_code == 0, result.output
    rows = [line.split() for line in result.stdout.splitlines()]
    assert rows[0][:3] == ["RESULT", "VERSION", "STATE"]
    assert [row[1:3] for row in rows if row[0] == "summary"] == [["2", "held"], ["1", "current"]]
    assert [row[1:3] for row in rows if row[0] == "transcript"] == [["1", "current"]]


def test_programs_get_the_same_with_makers_verdicts_and_cost(run: Run, key: str) -> None:
    result = run("versions", "list", key, "--insight", "summary", "--json")
    held, current = json.loads(result.stdout)["versions"]
    assert (held["state"], held["provenance"]["state"], current["state"]) == ("held", "held", "current")
    assert (held["prompt_version"], held["cost_usd"], held["verdicts"]["not_checked"]) == ("1", 0.01, 1)


def test_the_difference_is_shown_before_anything_is_decided(run: Run, key: str) -> None:
    result = run("diff", key)
    assert result.exit_code == 0, result.output
    assert "Before: version 1 (current)" in result.stdout
    assert "{+Ben promised the+} report" in result.stdout
    (found,) = (one for one in json.loads(run("diff", key, "--json").stdout)["diffs"] if one["differs"])
    assert found["insight"] == "summary"
    assert "".join(piece["text"] for piece in found["text"] if piece["op"] != "added") == BEFORE


def test_versions_that_do_not_differ_are_said_not_to(run: Run, installation: Installation) -> None:
    key = completed(installation.store).key
    hold(installation.store, key, action_items("Send the report"))
    assert "Nothing differs." in run("diff", key, "--insight", "action_items").stdout


def test_a_version_is_promoted_with_who_and_why_and_restored_later(
    run: Run, installation: Installation, key: str
) -> None:
    assert run("versions", "promote", key, "--reason", "reads better").exit_code == 0
    assert shown(installation.store, key) == AFTER
    result = run("versions", "restore", key, "--insight", "summary", "--version", "1", "--reason", "was right")
    assert result.exit_code == 0, result.output
    assert result.stdout == f"Restored: summary version 3 of {key}.\n"
    assert shown(installation.store, key) == BEFORE
    listed = run("versions", key).stdout
    assert f"summary version 2 promoted by {getpass.getuser()}: reads better" in listed
    assert f"summary version 3 restored from version 1 by {getpass.getuser()}: was right" in listed


def test_a_version_is_discarded(run: Run, installation: Installation, key: str) -> None:
    assert run("versions", "discard", key, "--insight", "summary").exit_code == 0
    assert states(installation.store, key) == [(2, "discarded"), (1, "current")]
    again = run("versions", "discard", key)
    assert again.exit_code == 2
    assert "No version is held" in again.stderr


def test_the_current_version_is_not_restored_again(run: Run, key: str) -> None:
    result = run("versions", "restore", key, "--insight", "summary", "--version", "1")
    assert "Unchanged" in result.stdout


@pytest.mark.parametrize(
    "wrong",
    [
        ("versions", "KEY", "--insight", "nothing"),
        ("versions", "restore", "KEY", "--insight", "summary", "--version", "9"),
        ("versions", "2099-01-01-nothing-00000000"),
        ("diff", "KEY", "--from", "1"),
        ("diff", "KEY", "--insight", "summary", "--to", "9"),
    ],
)
def test_what_does_not_exist_is_said_in_one_line(run: Run, key: str, wrong: tuple[str, ...]) -> None:
    result = run(*(key if word == "KEY" else word for word in wrong))
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_the_group_says_how_to_list(run: Run) -> None:
    assert "meeting-pipeline versions list RECORDING_ID" in run("versions", "--help").stdout


# --- reprocess --hold -------------------------------------------------------------------------------------------------


def test_versions_to_be_held_are_made_by_runs_that_make_nothing_else(
    run: Run, installation: Installation, ui: Ui
) -> None:
    key, bad = completed(installation.store, 1).key, failed(installation.store, 2).key
    result = run("reprocess", key, bad, "--hold")
    assert result.exit_code == 0, result.output
    assert f"Unchanged: {bad} (it failed; nothing of it can be held)" in result.stderr
    assert ui.backfills == []
    (config,) = (one["runConfigData"]["ops"]["process_each"]["config"] for one in ui.started)
    assert (config["hold"], config["requested_by_user"]) == (True, True)
    assert config["recordings"] == [{"key": key, "assets": list(Insight.names())}]


def test_a_transcript_cannot_be_held(run: Run, key: str, ui: Ui) -> None:
    result = run("reprocess", key, "--hold", "--assets", "transcript,summary")
    assert result.exit_code == 2
    assert "transcript cannot be held" in result.stderr
