"""Forty recordings at once share runs, one of which is killed in the middle: nothing is lost, nothing is bought twice."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import AN_HOUR, PATIENCE_SECONDS, Dropped, System
from meeting_pipeline_tests.scenario.workers import worker_of

pytestmark = pytest.mark.scenario

COUNT = 40
ORDER_SECONDS, ANSWER_SECONDS = 1.0, 0.2
"""How long the providers work, unless a scenario has them wait."""
DOOMED = 12
"""Recordings of the second burst: one of its runs is killed."""
JOB = "process_recordings"
INSIGHTS = len(Insight.names())


@pytest.fixture(scope="module")
def system(plain: System) -> System:
    plain.outside.providers.settings(processing_seconds=ORDER_SECONDS, llm_seconds=ANSWER_SECONDS)
    return plain


@pytest.fixture(scope="module")
def earlier(system: System) -> set[str]:
    """The runs of the modules before this one."""
    system.wait_until_idle()
    return {run["runId"] for run in system.ui.runs()}


def drop_all(system: System, name: str, count: int) -> list[Dropped]:
    """Drop so many recordings, whose transcripts are finished at once.

    One by one, as on a busy machine, each would have a run of its own.
    """
    providers, names = system.outside.providers, [f"{name}-{number:02}" for number in range(count)]
    providers.settings(processing_seconds=AN_HOUR)
    try:
        found = [system.drop(f"{one}.wav", media.wav(one), hook=one, title=f"Meeting {one}") for one in names]
        for one in found:
            system.wait_until_ordered(one)
    finally:
        providers.settings(processing_seconds=ORDER_SECONDS)
        providers.finish()
    return found


@contextmanager
def slow_model(system: System) -> Iterator[None]:
    """The model answers nobody until the end of the block."""
    system.outside.providers.settings(llm_seconds=AN_HOUR)
    try:
        yield
    finally:
        system.outside.providers.settings(llm_seconds=ANSWER_SECONDS)


@pytest.fixture(scope="module")
def delivered(system: System, earlier: set[str]) -> list[Dropped]:
    dropped = drop_all(system, "shared", COUNT)
    for one in dropped:
        system.wait_until_told(one.hook)
    return dropped


@pytest.fixture(scope="module")
def keys(system: System, delivered: list[Dropped]) -> list[str]:
    return [system.key(one) for one in delivered]


def shared_runs(system: System, status: str | None = None) -> list[dict[str, Any]]:
    return [run for run in system.ui.runs() if run["jobName"] == JOB and status in (None, run["status"])]


def test_they_share_a_few_runs(system: System, earlier: set[str], delivered: list[Dropped]) -> None:
    system.wait_until_idle()
    runs = [run for run in system.ui.runs() if run["runId"] not in earlier]
    made = [run for run in runs if run["jobName"] in (JOB, "process_recording")]
    assert len(made) < COUNT / 2
    assert JOB in {run["jobName"] for run in made}
    assert {run["status"] for run in made} == {"SUCCESS"}


def test_each_is_ordered_once_and_asks_each_question_once(system: System, delivered: list[Dropped]) -> None:
    assert [len(system.outside.orders(one.sha256)) for one in delivered] == [1] * COUNT
    calls = [len(system.outside.calls(f"Meeting {one.hook}")) for one in delivered]
    assert calls == [INSIGHTS] * COUNT


def test_each_is_told_once_without_a_gap(system: System, delivered: list[Dropped]) -> None:
    told = [
        [(body["event"], body["revision"], body["gaps"]) for body in system.outside.told(one.hook)] for one in delivered
    ]
    assert told == [[("meeting.completed", 1, [])]] * COUNT


def test_each_tells_its_own_meeting(system: System, delivered: list[Dropped]) -> None:
    told = [system.outside.told(one.hook)[0]["meeting"]["segments"][5]["text"] for one in delivered]
    assert all(one.sha256[:8] in text for one, text in zip(delivered, told, strict=True))


def test_an_analyst_finds_every_result_on_its_partition(system: System, keys: list[str]) -> None:
    system.wait_until_idle()  # a run reports to Dagster while it sends webhooks
    for key in (keys[0], keys[-1]):
        for kind in ResultKind.names():
            [made] = system.ui.materializations(kind, key)
            assert {"key": "meeting_pipeline/outcome", "value": "available"} in made["tags"]
        assert [check["success"] for check in system.ui.checks("summary", "summary_is_available", key)] == [True]


@pytest.fixture(scope="module")
def reprocessed(system: System, keys: list[str]) -> subprocess.CompletedProcess[str]:
    """``reprocess`` of one insight of all recordings."""
    system.wait_until_idle()
    command = system.quick_command("reprocess", *keys, "--assets", "summary", "--wait")
    return subprocess.run(
        command, env=system.environment(), capture_output=True, text=True, timeout=3 * PATIENCE_SECONDS
    )


def test_a_reprocessing_of_many_shares_runs_and_asks_each_question_once_more(
    system: System, delivered: list[Dropped], keys: list[str], reprocessed: subprocess.CompletedProcess[str]
) -> None:
    assert reprocessed.returncode == 0, reprocessed.stdout + reprocessed.stderr
    assert f"summary of {COUNT} recordings." in reprocessed.stdout, "so many are a campaign"
    calls = [len(system.outside.calls(f"Meeting {one.hook}")) for one in delivered]
    assert calls == [INSIGHTS + 1] * COUNT
    assert len(system.ui.materializations("summary", keys[0])) == 2
    assert len(system.ui.materializations("decisions", keys[0])) == 1


@pytest.fixture(scope="module")
def killed(system: System, reprocessed: subprocess.CompletedProcess[str]) -> tuple[str, list[Dropped]]:
    """The run whose worker was killed while it asked the model, and the recordings of its burst."""
    system.wait_until_idle()
    before = {run["runId"] for run in shared_runs(system)}
    asking = "SELECT DISTINCT run_id FROM paid_answers WHERE state = 'asking' AND run_id LIKE '%/%'"

    def one_asking() -> str | None:
        found = {row["run_id"].partition("/")[0] for row in system.rows(asking)} - before
        return min(found, default=None)

    with slow_model(system):
        dropped = drop_all(system, "doomed", DOOMED)
        run_id = system.wait_for(one_asking, "a shared run to ask the model", pause=0.05)
        worker_of(system, run_id).kill()
    for one in dropped:
        system.wait_until_told(one.hook)
    return run_id, dropped


def test_a_killed_run_is_shown_as_failed(system: System, killed: tuple[str, list[Dropped]]) -> None:
    run_id, _ = killed
    system.wait_until_idle()
    assert [run["status"] for run in shared_runs(system) if run["runId"] == run_id] == ["FAILURE"]


def test_all_of_its_recordings_are_completed_by_other_runs(system: System, killed: tuple[str, list[Dropped]]) -> None:
    _, dropped = killed
    told = [
        [(body["event"], body["revision"], body["gaps"]) for body in system.outside.told(one.hook)] for one in dropped
    ]
    assert told == [[("meeting.completed", 1, [])]] * DOOMED


def test_no_transcript_is_bought_twice_and_only_what_was_being_asked_is_asked_again(
    system: System, killed: tuple[str, list[Dropped]]
) -> None:
    _, dropped = killed
    assert [len(system.outside.orders(one.sha256)) for one in dropped] == [1] * DOOMED
    lost = system.rows("SELECT recording_key AS key, insight FROM paid_answers WHERE state = 'asking'")
    requested_again = {(row["key"], row["insight"]) for row in lost}
    for one in dropped:
        calls = system.outside.calls(f"Meeting {one.hook}")
        for insight in Insight.names():
            times = sum(call["insight"] == insight for call in calls)
            assert times <= 1 + ((system.key(one), insight) in requested_again), (one.name, insight)
            assert times >= 1


def test_nothing_is_held_by_the_dead(system: System, killed: tuple[str, list[Dropped]]) -> None:
    system.wait_until_idle()
    live = "SELECT run_id FROM run_leases WHERE state = 'live' AND recording_key IS NOT NULL"
    assert system.rows(live) == []


# --- people -----------------------------------------------------------------------------------------------------------

ASKED_SLOWLY = 8
"""Recordings whose runs a person stops while the model is slow."""


def slow_shared_run(system: System, name: str) -> tuple[list[Dropped], str, list[str]]:
    """A burst, a run of it that works on several recordings, and these recordings. Within ``slow_model``."""
    dropped = drop_all(system, name, ASKED_SLOWLY)
    live = "SELECT run_id, recording_key AS key FROM run_leases WHERE state = 'live' AND run_id LIKE '%/%'"

    def shared() -> tuple[str, list[str]] | None:
        runs: dict[str, list[str]] = {}
        for row in system.rows(live):
            runs.setdefault(row["run_id"].partition("/")[0], []).append(row["key"])
        return next(((run, keys) for run, keys in runs.items() if len(keys) > 1), None)

    run_id, keys = system.wait_for(shared, "a run that works on several recordings", pause=0.1)
    return dropped, run_id, keys


def outcomes(system: System, dropped: list[Dropped]) -> dict[str, tuple[str, str | None]]:
    rows = [system.recording(one) for one in dropped]
    return {row["key"]: (row["status"], row["error_code"]) for row in rows}


def test_a_person_cancels_one_recording_of_a_shared_run_and_no_other(system: System) -> None:
    with slow_model(system):
        dropped, run_id, (cancelled, *_) = slow_shared_run(system, "cancelled")
        command = system.quick_command("cancel", cancelled)
        done = subprocess.run(
            command, env=system.environment(), capture_output=True, text=True, timeout=PATIENCE_SECONDS
        )
        assert done.returncode == 0, done.stdout + done.stderr
    system.wait_until_over(*dropped)
    assert outcomes(system, dropped) == {
        key: ("failed", "cancelled") if key == cancelled else ("completed", None) for key in outcomes(system, dropped)
    }
    system.wait_until_idle()
    assert [run["status"] for run in shared_runs(system) if run["runId"] == run_id] == ["SUCCESS"]


def test_a_person_who_terminates_a_shared_run_cancels_its_recordings_and_no_others(system: System) -> None:
    with slow_model(system):
        dropped, run_id, _ = slow_shared_run(system, "terminated")
        system.ui.terminate(run_id)
    taken = "SELECT recording_key AS key FROM run_leases WHERE run_id LIKE :run"
    system.wait_until_over(*dropped)
    of_the_run = {row["key"] for row in system.rows(taken, run=f"{run_id}/%")}
    found = outcomes(system, dropped)
    assert {key for key, outcome in found.items() if outcome == ("failed", "cancelled")} == of_the_run
    assert {outcome for key, outcome in found.items() if key not in of_the_run} <= {("completed", None)}
    for one in dropped:
        system.wait_until_told(one.hook)
    system.wait_until_idle()
    assert [run["status"] for run in shared_runs(system) if run["runId"] == run_id] == ["CANCELED"]
