"""`reprocess` requests a backfill of completed recordings, and restarts failed ones."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from meeting_pipeline.cli.reprocess_selection import read_assets
from meeting_pipeline.domain.errors import OperatorError, PermanentError
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.foundation.dagster_runs_api import LAUNCH_RUNS, RUN_CONFIGS, DagsterRunsApi
from meeting_pipeline.foundation.ownership import note_owner, owning
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.operations.reprocess import Started, make_plan, start
from meeting_pipeline.steps.processing.run_config import recordings_in, run_config
from meeting_pipeline_tests.cli.conftest import Run
from meeting_pipeline_tests.fakes.dagster_ui import Ui, running_ui
from meeting_pipeline_tests.store.samples import Journey, completed, new_recording, race, unavailable

EVERYTHING = ("transcript", "speakers", "summary", "action_items", "decisions", "minutes")


@pytest.fixture
def ui(home: Path) -> Iterator[Ui]:
    with running_ui(home) as found:
        yield found


def failed(installation: Installation, number: int) -> str:
    journey = Journey(installation.store, number=number).accept().begin()
    installation.store.lifecycle.fail(journey.key, journey.run_id, PermanentError("silent", "It is silent."))
    installation.store.leases.end(journey.run_id)
    return journey.key


def test_chosen_assets_of_chosen_recordings_are_backfilled(run: Run, installation: Installation, ui: Ui) -> None:
    key = completed(installation.store, 1).key
    completed(installation.store, 2)
    result = run("reprocess", key[:-1] + key[-1], "--assets", "decisions, summary")
    assert result.exit_code == 0, result.output
    (asked,) = ui.backfills
    assert asked["partitionNames"] == [key]
    assert asked["assetSelection"] == [{"path": ["summary"]}, {"path": ["decisions"]}]
    assert "/runs/b/abcdefgh" in result.stdout


def test_a_failed_recording_starts_over_without_a_second_run(run: Run, installation: Installation, ui: Ui) -> None:
    good, bad = completed(installation.store, 1).key, failed(installation, 2)
    result = run("reprocess", good, bad)
    assert result.exit_code == 0, result.output
    assert [asked["partitionNames"] for asked in ui.backfills] == [[good]]
    assert f"Starts over: {bad}" in result.stdout
    assert installation.store.recordings.get(bad).stage == "ready"


def test_only_a_failed_recording_needs_no_backfill(run: Run, installation: Installation, ui: Ui) -> None:
    assert run("reprocess", failed(installation, 1)).exit_code == 0
    assert ui.backfills == []


def test_what_cannot_be_reprocessed_is_left_alone_with_a_reason(run: Run, installation: Installation, ui: Ui) -> None:
    bad = failed(installation, 1)
    waiting = installation.store.recordings.accept(new_recording(2)).key
    result = run("reprocess", bad, waiting, "--assets", "summary")
    assert result.exit_code == 2
    assert f"Unchanged: {bad} (it failed; reprocess it without --assets)" in result.stderr
    assert f"Unchanged: {waiting} (it is still pending)" in result.stderr
    assert ui.backfills == []
    assert installation.store.recordings.get(bad).status == "failed"


def test_all_takes_every_finished_recording(run: Run, installation: Installation, ui: Ui) -> None:
    keys = [completed(installation.store, number).key for number in (1, 2, 3)]
    installation.store.recordings.accept(new_recording(4))
    assert run("reprocess", "--all", "--assets", "summary").exit_code == 0
    assert ui.backfills[0]["partitionNames"] == keys


def test_a_refusal_of_dagster_is_one_line(run: Run, installation: Installation, ui: Ui) -> None:
    key = completed(installation.store, 1).key
    ui.launched = {"__typename": "PythonError", "message": "Something: broke\n  File x, line 1"}
    result = run("reprocess", key)
    assert result.exit_code == 2
    assert "refused the request: Something: broke" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("status", "raw"),
    [
        (200, b"<html>a proxy</html>"),
        (500, b"{}"),
        (200, b'{"data": null}'),
        (200, b'{"errors": [{"message": "unknown field"}], "data": null}'),
        (200, b'{"data": {"launchPartitionBackfill": null}}'),
    ],
)
def test_an_answer_that_is_none_is_one_line_and_changes_nothing(
    run: Run, installation: Installation, ui: Ui, status: int, raw: bytes
) -> None:
    good, bad = completed(installation.store, 1).key, failed(installation, 2)
    ui.status, ui.raw = status, raw
    result = run("reprocess", good, bad)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert installation.store.recordings.get(bad).status == "failed"


def test_waiting_ends_with_0_and_says_what_is_still_missing(run: Run, installation: Installation, ui: Ui) -> None:
    key = completed(installation.store, 1).key
    result = run("reprocess", key, "--assets", "summary", "--wait")
    assert result.exit_code == 0, result.output
    assert f"{key}: " in result.stdout.splitlines()[-1]


def test_waiting_for_a_backfill_that_fails_ends_with_3(run: Run, installation: Installation, ui: Ui) -> None:
    ui.statuses = ["COMPLETED_FAILED"]
    result = run("reprocess", completed(installation.store, 1).key, "--wait")
    assert result.exit_code == 3
    assert "COMPLETED_FAILED" in result.stdout


def test_what_could_not_be_made_again_is_named_although_an_earlier_result_is_shown(
    run: Run, installation: Installation, ui: Ui
) -> None:
    journey = completed(installation.store, 1)
    journey.begin(collecting=False)
    installation.store.results.store_gap(journey.key, journey.run_id, unavailable(Insight.SUMMARY))
    installation.store.leases.end(journey.run_id)
    result = run("reprocess", journey.key, "--assets", "summary", "--wait")
    assert result.exit_code == 3
    assert "Not made: summary (provider_unavailable)." in result.stdout
    assert run("reprocess", journey.key, "--assets", "decisions", "--wait").exit_code == 0


def test_what_is_deleted_meanwhile_is_named_and_ends_with_3(
    run: Run, installation: Installation, ui: Ui, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = completed(installation.store, 1).key, failed(installation, 2)

    def status(*_: object) -> str:
        if installation.store.recordings.find(bad) is not None:
            installation.store.cancelling.cancel(bad)
            for key in (good, bad):
                installation.store.deletions.delete(key, "a person", drop_deliveries=True)
        return "COMPLETED_SUCCESS"

    monkeypatch.setattr(DagsterRunsApi, "backfill_status", status)
    result = run("reprocess", good, bad, "--wait")
    assert result.exit_code == 3, result.output
    for key in (good, bad):
        assert f"{key} was deleted meanwhile." in result.stdout


def test_waiting_too_long_ends_with_4(run: Run, installation: Installation, ui: Ui) -> None:
    ui.statuses = ["REQUESTED"]
    bad = failed(installation, 2)
    result = run("reprocess", completed(installation.store, 1).key, bad, "--wait", "--timeout", "0.5")
    assert result.exit_code == 4
    assert f"Not finished after 0.5 s: {bad}, backfill abcdefgh." in result.stdout


def test_without_a_running_system_nothing_changes(run: Run, installation: Installation) -> None:
    bad = failed(installation, 1)
    result = run("reprocess", bad)
    assert result.exit_code == 2
    assert "meeting-pipeline up" in result.stderr
    assert installation.store.recordings.get(bad).status == "failed"


def test_a_ui_that_does_not_answer_is_named(run: Run, installation: Installation, home: Path) -> None:
    key = completed(installation.store, 1).key
    with owning(home):
        note_owner(home, "http://127.0.0.1:9")
        result = run("reprocess", key)
    assert result.exit_code == 2
    assert "http://127.0.0.1:9 does not respond" in result.stderr


@pytest.mark.parametrize("words", [(), ("key", "--all")])
def test_keys_or_all_is_asked_for(run: Run, words: tuple[str, ...]) -> None:
    assert run("reprocess", *words).exit_code == 2


@pytest.mark.usefixtures("installation")
def test_an_unknown_asset_is_named_with_the_choice(run: Run) -> None:
    result = run("reprocess", "--all", "--assets", "summary,poems")
    assert result.exit_code == 2
    assert "poems; choose from transcript, speakers" in result.stderr.replace("\n", " ")


def test_no_assets_means_everything() -> None:
    assert read_assets(None) == EVERYTHING


# --- many -------------------------------------------------------------------------------------------------------------


SHARING = {"ASSEMBLYAI_API_KEY": "key", "MEETING_PIPELINE_BATCH_RECORDINGS": "3"}
"""Settings under which runs are shared: transcripts come from a provider."""


def test_many_recordings_share_runs_behind_new_ones(run: Run, installation: Installation, ui: Ui) -> None:
    keys = [completed(installation.store, number).key for number in range(1, 8)]
    result = run("reprocess", "--all", "--assets", "summary", **SHARING)
    assert result.exit_code == 0, result.output
    assert ui.backfills == []
    configs = [asked["runConfigData"]["ops"]["process_each"]["config"] for asked in ui.started]
    assert [len(config["recordings"]) for config in configs] == [3, 2, 2]
    assert sorted(one["key"] for config in configs for one in config["recordings"]) == sorted(keys)
    assert all(one["assets"] == ["summary"] for config in configs for one in config["recordings"])
    assert all(config["requested_by_user"] for config in configs), "a person wants new answers"
    tags = {tag["key"]: tag["value"] for tag in ui.started[0]["executionMetadata"]["tags"]}
    assert tags["dagster/priority"] == "-5"
    assert f"/runs?q[0]=tag%3Ameeting_pipeline%2Fcatch_up%3D{tags['meeting_pipeline/catch_up']}" in result.stdout


@pytest.mark.parametrize(("ends", "code"), [("SUCCESS", 0), ("FAILURE", 3), ("CANCELED", 3)])
def test_waiting_for_shared_runs_says_how_they_ended(
    run: Run, installation: Installation, ui: Ui, ends: str, code: int
) -> None:
    for number in range(1, 6):
        completed(installation.store, number)
    ui.run_statuses = ["STARTED", ends]
    result = run("reprocess", "--all", "--assets", "summary", "--wait", **SHARING)
    assert result.exit_code == code, result.output
    assert (f"Run run-0 ended as {ends}" in result.stdout) == (code == 3)


def test_a_refusal_halfway_names_the_runs_that_were_started_and_how_to_find_them(
    run: Run, installation: Installation, ui: Ui
) -> None:
    for number in range(1, 8):
        completed(installation.store, number)
    ui.refused_after = 2
    result = run("reprocess", "--all", "--assets", "summary", **SHARING)
    assert result.exit_code == 2
    tags = {tag["key"]: tag["value"] for tag in ui.started[0]["executionMetadata"]["tags"]}
    assert "out of disk" in result.stderr
    assert "2 of 3 runs were started" in result.stderr
    assert f"meeting_pipeline/catch_up={tags['meeting_pipeline/catch_up']}" in result.stderr


def test_runs_that_may_have_been_started_without_an_answer_are_named_too(
    run: Run, installation: Installation, ui: Ui, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 8):
        completed(installation.store, number)
    ask = DagsterRunsApi._ask

    def silent(self: DagsterRunsApi, query: str, **variables: Any) -> dict[str, Any]:
        if query == LAUNCH_RUNS:
            raise OperatorError("ui_unreachable", "The UI does not respond.", "Look at its log.")
        return ask(self, query, **variables)

    monkeypatch.setattr(DagsterRunsApi, "_ask", silent)
    result = run("reprocess", "--all", "--assets", "summary", **SHARING)
    assert result.exit_code == 2
    assert "0 or more of 3 runs were started" in result.stderr
    assert "meeting_pipeline/catch_up=reprocess-" in result.stderr


def test_two_who_start_the_same_at_once_start_it_once(installation: Installation, ui: Ui) -> None:
    keys = [completed(installation.store, number).key for number in range(1, 4)]

    def reprocess(_: int) -> Started:
        plan = make_plan(installation, keys, ("summary",))
        return start(installation, plan, ("summary",), dict.fromkeys(keys, ("summary",)))

    def answer(asked: dict[str, Any]) -> dict[str, Any]:
        if asked["query"] == RUN_CONFIGS:
            ui.unfinished = [started["runConfigData"] for started in ui.started]
        return given(asked)

    given, ui.answer = ui.answer, answer  # type: ignore[method-assign]  # runs that are started are unfinished
    found = race(2, reprocess)
    assert sorted(len(one.backfilled) for one in found) == [0, 3]
    assert sorted(one["key"] for run in ui.started for one in recordings_in(run["runConfigData"])) == sorted(keys)


def test_what_a_backfill_is_reprocessing_is_left_although_it_has_no_run_yet(
    run: Run, installation: Installation, ui: Ui
) -> None:
    mine, other = completed(installation.store, 1).key, completed(installation.store, 2).key
    ui.unfinished_backfills = [{"id": "first", "assetSelection": [{"path": ["summary"]}], "partitionNames": [mine]}]
    result = run("reprocess", mine, other, "--assets", "summary")
    assert result.exit_code == 0, result.output
    assert [asked["partitionNames"] for asked in ui.backfills] == [[other]]
    assert "backfill first is reprocessing it" in result.stderr
    assert run("reprocess", mine, "--assets", "decisions").exit_code == 0, "something else is no reason to wait"


def test_what_an_unfinished_run_is_reprocessing_is_left(run: Run, installation: Installation, ui: Ui) -> None:
    keys = [completed(installation.store, number).key for number in range(1, 4)]
    ui.unfinished = [
        run_config([{"key": keys[0], "assets": ["summary", "minutes"]}], requested_by_user=True),
        run_config([{"key": keys[1], "assets": ["decisions"]}], requested_by_user=True),
        run_config([{"key": keys[2], "assets": ["summary"]}]),
    ]
    result = run("reprocess", "--all", "--assets", "summary", **SHARING)
    assert result.exit_code == 0, result.output
    assert f"Unchanged: {keys[0]} (run earlier-0 is reprocessing it)" in result.stderr
    assert [asked["partitionNames"] for asked in ui.backfills] == [keys[1:]]
