"""One home through a wrong key, a clean stop, a sudden death, another launcher and a changed model.

Each phase is a fixture that builds on the previous one.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from meeting_pipeline import policies
from meeting_pipeline.foundation.workers import WORKER_TAG
from meeting_pipeline_tests.chaos.speed import in_time
from meeting_pipeline_tests.processes import has_ended
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import (
    AN_HOUR,
    BUSY_STOP_SECONDS,
    END_SECONDS,
    PATIENCE_SECONDS,
    Dropped,
    Outside,
    System,
)
from meeting_pipeline_tests.scenario.workers import run_at_work, sender

pytestmark = pytest.mark.scenario

OTHER_MODEL = "gpt-5-mini"
INSIGHTS = ("speakers", "summary", "action_items", "decisions")


@pytest.fixture(scope="module")
def home(others_at_work: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with Outside() as outside:
        system = System(tmp_path_factory.mktemp("restarting") / "home", outside)
        try:
            yield system
        finally:
            system.kill()


@pytest.fixture(scope="module")
def wrong_keys(home: System) -> SimpleNamespace:
    """Started with keys that no provider accepts; stopped once that is visible."""
    home.start(ASSEMBLYAI_API_KEY="wrong-key-of-speech", OPENAI_API_KEY="wrong-key-of-model")
    seen = SimpleNamespace(
        first=home.drop("first.wav", media.wav("restart: first"), hook="first", title="The first of the restarts"),
        other=home.drop("other.wav", media.wav("restart: other"), hook="other", title="The other of the restarts"),
        export=home.drop(
            "export.vtt", media.vtt(("Ann", "We agreed to meet in May."), ("Bob", "Good.")).encode(), hook="export"
        ),
    )
    seen.second_up = subprocess.run(
        home.command("up", "--port", "0"), env=home.environment(), capture_output=True, text=True,
        timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    assert home.process is not None
    seen.pid = home.process.pid
    waiting = "SELECT DISTINCT recording_key FROM recording_events WHERE type = 'waiting'"
    home.wait_for(lambda: len(home.rows(waiting)) == 2, "both recordings to wait for the key")
    home.wait_until_told("export")
    seen.rows = [home.recording(seen.first), home.recording(seen.other)]
    seen.told = home.outside.told("first") + home.outside.told("other")
    seen.export_told = home.outside.told("export")
    seen.stop_seconds = home.stop()
    seen.logs = "".join(text for _, text in home.logs())
    return seen


@pytest.fixture(scope="module")
def right_keys(home: System, wrong_keys: SimpleNamespace) -> SimpleNamespace:
    """Started with the right keys; killed while one recording is at the provider and a run works on another."""
    providers = home.outside.providers
    home.start(ASSEMBLYAI_API_KEY=providers.assemblyai_key, OPENAI_API_KEY=providers.openai_key)
    home.wait_until_told("first")
    home.wait_until_told("other")
    home.wait_for(lambda: home.outside.told("export")[-1]["gaps"] == [], "all gaps of the export to be filled")
    providers.fault("POST /v1/responses", "slow", times=-1, words="A run works on this", seconds=AN_HOUR)
    seen = SimpleNamespace(
        in_run=home.drop("in-run.wav", media.wav("in a run"), hook="in-run", title="A run works on this")
    )
    home.wait_for(lambda: home.recording(seen.in_run).get("stage") == "extracting", "a run to ask the model")
    providers.settings(processing_seconds=AN_HOUR)
    seen.at_provider = home.drop("at-provider.wav", media.wav("at the provider"), hook="at-provider")
    home.wait_for(lambda: home.recording(seen.at_provider).get("stage") == "transcribing", "an order at the provider")
    seen.run = run_at_work(home, seen.in_run)
    home.kill()
    providers.clear_faults()
    providers.settings(processing_seconds=0.5)
    return seen


@pytest.fixture(scope="module")
def revived(home: System, right_keys: SimpleNamespace) -> SimpleNamespace:
    """Restarted after the sudden death, with another model, and with Dagster's own launcher."""
    home.dagsters_launcher = True
    home.start(OPENAI_MODEL=OTHER_MODEL)
    home.wait_until_told("in-run")
    home.outside.providers.finish()  # later, so that each has a run of its own
    home.wait_until_told("at-provider")
    home.wait_until_idle()
    right_keys.statuses = {run["runId"]: run["status"] for run in home.ui.runs_of(home.key(right_keys.in_run))}
    right_keys.worker_tags = [
        tag
        for run in home.ui.runs_of(home.key(right_keys.at_provider))
        for tag in run["tags"]
        if tag["key"] == WORKER_TAG
    ]
    home.stop()
    home.dagsters_launcher = False
    home.start()
    return right_keys


@pytest.fixture(scope="module")
def asked_anew(home: System, wrong_keys: SimpleNamespace, revived: SimpleNamespace) -> SimpleNamespace:
    """``summary`` of one partition, materialized from the UI with the other model; the worker delivering it is killed."""
    before = home.outside.providers.ledger()
    key = home.key(wrong_keys.first)
    home.outside.receiver.fault("POST /hook/first", "slow", times=-1, seconds=AN_HOUR)
    home.ui.materialize("summary", key)
    worker = sender(home)
    worker.kill()
    killed = time.monotonic()
    home.wait_for(lambda: has_ended(worker), "its end", END_SECONDS, pause=0.05)
    home.outside.receiver.reset_behaviour()  # what it was sending is lost with its connection
    home.wait_until_told("first", times=2)
    return SimpleNamespace(key=key, before=before, told_again_s=time.monotonic() - killed)


@pytest.fixture(scope="module")
def stopped_at_work(home: System, wrong_keys: SimpleNamespace, asked_anew: SimpleNamespace) -> float:
    """SIGTERM while a run waits for the model; returns how long the stop took, in seconds."""
    home.wait_until_idle()
    home.outside.providers.fault("POST /v1/responses", "slow", times=-1, seconds=AN_HOUR)
    hits = home.outside.providers.ledger()["fault_hits"]
    home.ui.materialize("decisions", home.key(wrong_keys.other))
    home.wait_for(lambda: home.outside.providers.ledger()["fault_hits"] > hits, "a run to ask the model")
    took = home.stop()
    home.outside.providers.clear_faults()
    return took


# --- wrong keys ---------------------------------------------------------------------------------------------------------


def test_recordings_wait_for_the_right_key_and_none_has_failed(wrong_keys: SimpleNamespace) -> None:
    assert [(row["status"], row["stage"], row["attempts"]) for row in wrong_keys.rows] == [
        ("pending", "ordering", 0)
    ] * 2
    assert wrong_keys.told == []


def test_what_they_wait_for_is_named_with_what_to_do(wrong_keys: SimpleNamespace) -> None:
    for row in wrong_keys.rows:
        assert "key" in row["error_code"]
        assert "ASSEMBLYAI_API_KEY" in row["error_message"] + row["error_advice"]


def test_a_wrong_key_of_the_model_leaves_gaps_and_no_failure(wrong_keys: SimpleNamespace) -> None:
    (body,) = wrong_keys.export_told
    assert body["status"] == "completed"
    assert {gap["insight"] for gap in body["gaps"]} == {"summary", "action_items", "decisions"}


def test_a_wrong_key_is_written_nowhere(wrong_keys: SimpleNamespace) -> None:
    assert "wrong-key" not in wrong_keys.logs


def test_everything_goes_on_by_itself_with_the_right_key(
    home: System, wrong_keys: SimpleNamespace, right_keys: SimpleNamespace
) -> None:
    for dropped in (wrong_keys.first, wrong_keys.other):
        assert len(home.outside.uploads(dropped.sha256)) == len(home.outside.orders(dropped.sha256)) == 1
        assert home.outside.told(dropped.hook)[0]["event"] == "meeting.completed"
    assert home.outside.told("export")[-1]["gaps"] == []


# --- one owner, clean stops -----------------------------------------------------------------------------------------------


def test_a_second_up_on_the_same_home_refuses_and_names_the_holder(wrong_keys: SimpleNamespace) -> None:
    assert wrong_keys.second_up.returncode != 0
    said = wrong_keys.second_up.stdout + wrong_keys.second_up.stderr
    assert str(wrong_keys.pid) in said
    assert "Traceback" not in said


def test_sigterm_stops_everything_in_time(wrong_keys: SimpleNamespace) -> None:
    assert in_time(wrong_keys.stop_seconds, BUSY_STOP_SECONDS)


# --- sudden death ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["in_run", "at_provider"])
def test_a_recording_in_flight_at_a_sudden_death_completes_with_one_order(
    home: System, revived: SimpleNamespace, which: str
) -> None:
    dropped: Dropped = getattr(revived, which)
    assert len(home.outside.uploads(dropped.sha256)) == len(home.outside.orders(dropped.sha256)) == 1
    assert [(body["event"], body["gaps"]) for body in home.outside.told(dropped.hook)] == [("meeting.completed", [])]


def test_a_run_that_died_is_not_left_as_going_on(revived: SimpleNamespace) -> None:
    assert revived.statuses[revived.run] == "FAILURE"
    assert sorted(revived.statuses.values()) == ["FAILURE", "SUCCESS"]


def test_dagsters_own_launcher_does_as_well(revived: SimpleNamespace) -> None:
    assert revived.worker_tags == [], "these runs were started by another launcher than ours"


# --- a changed model ------------------------------------------------------------------------------------------------------


def test_materializing_summary_makes_a_new_version_and_keeps_the_old_one(
    home: System, asked_anew: SimpleNamespace
) -> None:
    old, new = home.artifacts(asked_anew.key, "summary")
    assert old["prompt_version"] != new["prompt_version"]
    assert OTHER_MODEL in new["provenance"]
    assert OTHER_MODEL not in old["provenance"]


def test_nothing_else_of_that_meeting_is_made_again(home: System, asked_anew: SimpleNamespace) -> None:
    kinds = ("transcript", "speakers", "action_items", "decisions")
    assert [len(home.artifacts(asked_anew.key, kind)) for kind in kinds] == [1] * len(kinds)


def test_no_other_meeting_is_made_again(home: System, wrong_keys: SimpleNamespace, asked_anew: SimpleNamespace) -> None:
    other = home.key(wrong_keys.other)
    assert [len(home.artifacts(other, kind)) for kind in INSIGHTS] == [1] * len(INSIGHTS)
    assert len(home.outside.told("other")) == 1


def test_no_audio_is_uploaded_and_one_call_is_made(home: System, asked_anew: SimpleNamespace) -> None:
    after = home.outside.providers.ledger()
    assert (after["uploads"], after["orders"]) == (asked_anew.before["uploads"], asked_anew.before["orders"])
    calls = after["llm_calls"][len(asked_anew.before["llm_calls"]) :]
    assert [(call["insight"], call["model"]) for call in calls if "The first of the restarts" in call["prompt"]] == [
        ("summary", OTHER_MODEL)
    ]


def test_the_new_summary_is_told_as_the_second_revision(home: System, asked_anew: SimpleNamespace) -> None:
    first, second = home.outside.told("first")
    assert (first["revision"], second["revision"]) == (1, 2)
    assert second["meeting"]["provenance"]["summary"]["model"] == OTHER_MODEL
    assert second["meeting"]["provenance"]["decisions"]["model"] != OTHER_MODEL


def test_what_a_killed_sender_had_taken_is_told_before_its_own_lease_ends(asked_anew: SimpleNamespace) -> None:
    assert in_time(asked_anew.told_again_s, policies.WEBHOOK_LEASE_SECONDS), "about 20 s on a quiet machine"


# --- the last stop: the system is gone from here on -----------------------------------------------------------------------


def test_sigterm_stops_everything_in_time_while_a_run_is_at_work(stopped_at_work: float) -> None:
    assert in_time(stopped_at_work, BUSY_STOP_SECONDS)


def test_a_worker_that_the_stop_ended_is_noted_so_that_nothing_is_blamed_for_it(
    home: System, stopped_at_work: float
) -> None:
    leases = {row["state"] for row in home.rows("SELECT state FROM run_leases")}
    assert "live" not in leases
    assert home.rows("SELECT key FROM recordings WHERE worker_losses > 0") == []
