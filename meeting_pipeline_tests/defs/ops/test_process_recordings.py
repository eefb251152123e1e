"""The job ``process_recordings``, run by Dagster: each recording is processed and reported as by a run of its own."""

from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import execute_run

from meeting_pipeline import policies
from meeting_pipeline.defs import policies as defs_policies
from meeting_pipeline.defs.assets import results
from meeting_pipeline.defs.assets.results import transcript_result
from meeting_pipeline.defs.ops import process_recordings
from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.domain.result_kinds import ResultKind
from meeting_pipeline.steps.delivery import finish as delivery
from meeting_pipeline.steps.extraction import extract as extraction
from meeting_pipeline.steps.processing import one_recording, stages
from meeting_pipeline.steps.processing.run_config import run_config
from meeting_pipeline.steps.transcription.order import order_due
from meeting_pipeline.store.recordings.run_tickets import RunTicket
from meeting_pipeline.store.tables import Recording
from meeting_pipeline_tests.dagster_runs import AUTOMATIC, Ran, Runs
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import TALK, accepted

ASK, CREATE, ONE = "POST /v1/responses", "POST /v2/transcript", "GET /v2/transcript/*"
ALL = set(ResultKind.names())


@pytest.fixture(autouse=True)
def without_waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Waits between attempts take no time. Returns them."""
    waits: list[float] = []
    real = one_recording._wait_s

    def noted(*given: Any) -> float:
        waits.append(real(*given))
        return 0.0

    monkeypatch.setattr(one_recording, "_wait_s", noted)
    return waits


def talks(runs: Runs, *names: str) -> list[Recording]:
    return [accepted(runs.installation, f"{name}.vtt", f"{TALK}\nNOTE {name}\n") for name in names]


def requested(runs: Runs) -> list[RunTicket]:
    return runs.installation.store.lifecycle.request_runs(50)


def run(runs: Runs, *tickets: RunTicket, **more: Any) -> Ran:
    """Run the batch of these requests."""
    runs.partition(*(ticket.key for ticket in tickets))
    job = runs.definitions.resolve_job_def("process_recordings")
    config = run_config([{"key": ticket.key, "request": ticket.request} for ticket in tickets])
    return Ran(
        job.execute_in_process(
            instance=runs.instance, raise_on_error=False, tags=AUTOMATIC, run_config=config, **more
        )
    )  # fmt: skip


def now(runs: Runs, row: Recording) -> Recording:
    return runs.installation.store.recordings.get(row.key)


def shown(runs: Runs, asset: str, key: str) -> dg.AssetMaterialization:
    """The newest materialization of a partition."""
    wanted = dg.AssetRecordsFilter(dg.AssetKey(asset), asset_partitions=[key])
    found = runs.instance.fetch_materializations(wanted, limit=1).records[0].asset_materialization
    assert found is not None
    return found


def verdicts(ran: Ran) -> dict[tuple[str, str], bool]:
    """(partition, check) -> whether it passed."""
    found = [
        event.asset_check_evaluation_data
        for event in ran.result.all_events
        if event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION
    ]
    return {(str(one.partition), one.check_name): one.passed for one in found}


def test_every_recording_is_completed_under_a_lease_of_its_own(runs: Runs, providers: Providers) -> None:
    rows = talks(runs, "a", "b", "c")
    ran = run(runs, *requested(runs))
    assert ran.success
    assert [(now(runs, row).status, now(runs, row).stage) for row in rows] == [
        (RecordingStatus.COMPLETED, Stage.DONE)
    ] * 3
    assert runs.installation.store.lease_watch.live_workers() == []
    insights = [call["insight"] for call in providers.ledger()["llm_calls"]]
    assert sorted(insights) == sorted(["summary", "action_items", "decisions"] * 3)


def test_a_partition_shows_what_a_run_of_its_own_would_show(runs: Runs, providers: Providers) -> None:
    alone, together = talks(runs, "a", "b")
    tickets = {ticket.key: ticket for ticket in requested(runs)}
    single = runs.recording(alone.key)
    ran = run(runs, tickets[together.key])
    assert ran.success
    for asset in ALL:
        one, other = shown(runs, asset, alone.key), shown(runs, asset, together.key)
        assert set(one.metadata) == set(other.metadata), asset
        assert {name: type(value) for name, value in one.metadata.items()} == {
            name: type(value) for name, value in other.metadata.items()
        }
        assert (one.tags or {})[defs_policies.OUTCOME_TAG] == (other.tags or {})[defs_policies.OUTCOME_TAG]
    assert {name for _, name in verdicts(ran)} == set(single.checks)
    assert {partition for partition, _ in verdicts(ran)} == {together.key}


def test_a_check_refers_to_the_materialization_beside_it(runs: Runs, providers: Providers) -> None:
    talks(runs, "a")
    ran = run(runs, *requested(runs))
    targets = [
        event.asset_check_evaluation_data.target_materialization_data
        for event in ran.result.all_events
        if event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION
    ]
    assert targets
    assert {target.run_id for target in targets if target is not None} == {ran.result.run_id}
    assert None not in targets


def test_the_page_of_the_run_lists_its_recordings(runs: Runs, providers: Providers) -> None:
    rows = talks(runs, "a", "b")
    ran = run(runs, *requested(runs))
    [output] = [e for e in ran.result.all_events if e.event_type is dg.DagsterEventType.STEP_OUTPUT]
    metadata = output.step_output_data.metadata
    assert all(f"/assets/minutes?partition={row.key}" in str(metadata["recordings"].value) for row in rows)
    assert metadata["recording_count"].value == 2


def test_a_gap_of_one_recording_is_its_own(runs: Runs, providers: Providers, without_waits: list[float]) -> None:
    bad, good = talks(runs, "bravo", "alpha")
    providers.fault(ASK, "status", status=500, insight="summary", words=bad.title, times=-1)
    ran = run(runs, *requested(runs))
    assert ran.success
    assert (shown(runs, "minutes", bad.key).tags or {})[defs_policies.OUTCOME_TAG] == policies.OUTCOME_INCOMPLETE
    assert (shown(runs, "minutes", good.key).tags or {})[defs_policies.OUTCOME_TAG] == policies.OUTCOME_AVAILABLE
    assert [key for key, passed in verdicts(ran).items() if not passed] == [(bad.key, "summary_is_available")]
    assert len(without_waits) == policies.RUN_RETRIES


def test_a_transcript_that_fails_ends_its_recording_alone(runs: Runs, providers: Providers) -> None:
    providers.fault(CREATE, "error", message="Transcoding failed. File type unknown", times=1)
    bad = accepted(runs.installation, "bad.wav")
    order_due(runs.installation, "intake")
    runs.installation.store.lifecycle.ready(bad.key)
    [good] = talks(runs, "good")
    assert run(runs, *requested(runs)).success
    assert (now(runs, bad).status, now(runs, bad).error_code) == (RecordingStatus.FAILED, "bad_audio")
    assert now(runs, good).status == RecordingStatus.COMPLETED


def test_a_provider_that_stays_away_postpones_a_recording(runs: Runs, providers: Providers) -> None:
    row = accepted(runs.installation)
    order_due(runs.installation, "intake")
    runs.installation.store.lifecycle.ready(row.key)
    providers.fault(ONE, "status", status=503, times=-1)
    assert run(runs, *requested(runs)).success
    assert (now(runs, row).status, now(runs, row).stage, now(runs, row).attempts) == ("pending", "ready", 1)


def test_a_bug_met_by_one_recording_holds_up_no_other_and_fails_the_run(
    runs: Runs, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = talks(runs, "a", "b")
    finish = delivery.finish

    def finish_others(installation: Any, key: str, lease: str) -> Any:
        if key == bad.key:
            raise KeyError("a bug")
        return finish(installation, key, lease)

    monkeypatch.setattr(stages, "finish", finish_others)
    assert not run(runs, *requested(runs)).success
    assert now(runs, good).status == RecordingStatus.COMPLETED
    waiting = now(runs, bad)
    assert (waiting.status, waiting.stage, waiting.error_code) == ("pending", "ready", "internal_error")
    assert runs.installation.store.lease_watch.live_workers() == []


def test_a_bug_in_the_report_of_one_recording_holds_up_no_other_and_fails_the_run(
    runs: Runs, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = talks(runs, "a", "b", "c")
    report = transcript_result
    failing = iter([KeyError("a bug")])

    def report_others(what: Any) -> Any:
        for error in failing:
            raise error
        return report(what)

    monkeypatch.setattr(process_recordings, "transcript_result", report_others)
    assert not run(runs, *requested(runs)).success
    assert [now(runs, row).status for row in rows] == [RecordingStatus.COMPLETED] * 3
    assert [now(runs, row).attempts for row in rows] == [0] * 3


def test_a_bug_in_reporting_one_recording_costs_no_other_its_work_or_its_report(
    runs: Runs, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = talks(runs, *"abcdef")
    bad, *good = rows

    def report_others(record: Any, outcome: Any, diff: Any) -> Any:
        if record.key == bad.key:
            raise KeyError("a bug")
        return results.insight_result(record, outcome, diff)

    monkeypatch.setattr(process_recordings, "insight_result", report_others)
    ran = run(runs, *requested(runs))
    assert not ran.success, "the bug is seen"
    assert [(now(runs, row).status, now(runs, row).attempts) for row in rows] == [("completed", 0)] * 6
    assert all(shown(runs, "summary", row.key) and shown(runs, "minutes", row.key) for row in good)
    [event] = [e for e in ran.result.all_events if e.event_type is dg.DagsterEventType.STEP_FAILURE]
    assert "KeyError" in str(event.step_failure_data.error)


def test_a_recording_that_was_cancelled_meanwhile_is_left_alone(runs: Runs, providers: Providers) -> None:
    gone, good = talks(runs, "a", "b")
    tickets = requested(runs)
    runs.installation.store.cancelling.cancel(gone.key)
    assert run(runs, *tickets).success
    assert now(runs, gone).error_code == "cancelled"
    assert now(runs, good).status == RecordingStatus.COMPLETED
    assert {call["insight"] for call in providers.ledger()["llm_calls"]}
    assert runs.installation.store.llm_calls.spent(gone.key, "any") == {}


def test_a_recording_that_is_cancelled_in_the_middle_buys_nothing_more(
    runs: Runs, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, good = talks(runs, "a", "b")
    extract = extraction.extract

    def cancelling(installation: Any, key: str, *args: Any, **more: Any) -> Any:
        if key == gone.key:
            runs.installation.store.cancelling.cancel(key)
        return extract(installation, key, *args, **more)

    monkeypatch.setattr(stages, "extract", cancelling)
    assert run(runs, *requested(runs)).success
    assert (now(runs, gone).status, now(runs, gone).error_code) == ("failed", "cancelled")
    assert now(runs, good).status == RecordingStatus.COMPLETED
    assert len(providers.ledger()["llm_calls"]) == 3


def test_a_batch_runs_some_assets_of_a_finished_recording(runs: Runs, providers: Providers) -> None:
    [row] = talks(runs, "a")
    assert run(runs, *requested(runs)).success
    job = runs.definitions.resolve_job_def("process_recordings")
    config = run_config([{"key": row.key, "assets": ["summary"]}], requested_by_user=True)
    ran = Ran(job.execute_in_process(instance=runs.instance, run_config=config))
    assert set(ran.materialized) == {"summary"}
    assert [call["insight"] for call in providers.ledger()["llm_calls"]].count("summary") == 2


def executed(runs: Runs, config: dict[str, Any], parent: dg.DagsterRun | None = None) -> tuple[bool, dg.DagsterRun]:
    """Run the batch as a worker does; ``parent``: the run that a person executes again."""
    job = runs.definitions.resolve_job_def("process_recordings")
    before = None if parent is None else parent.run_id
    root = None if parent is None else parent.root_run_id or parent.run_id
    run = runs.instance.create_run_for_job(job, run_config=config, parent_run_id=before, root_run_id=root)
    done = execute_run(InMemoryJob(job), run, runs.instance, raise_on_error=False)
    found = runs.instance.get_run_by_id(run.run_id)
    assert found is not None
    return done.success, found


def test_executing_a_reprocessing_again_buys_only_what_it_did_not_get(
    runs: Runs, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = talks(runs, "alpha", "bravo")
    assert run(runs, *requested(runs)).success
    config = run_config([{"key": row.key, "assets": ["summary"]} for row in (good, bad)], requested_by_user=True)
    extract = extraction.extract

    def calls() -> int:
        return len(providers.ledger()["llm_calls"])

    def extract_others(installation: Any, key: str, *args: Any, **more: Any) -> Any:
        if key == bad.key:
            raise KeyError("a bug")
        return extract(installation, key, *args, **more)

    first = calls()
    with monkeypatch.context() as patched:
        patched.setattr(stages, "extract", extract_others)
        success, reprocessing = executed(runs, config)
    assert not success
    assert calls() == first + 1
    success, again = executed(runs, config, reprocessing)
    assert success
    assert calls() == first + 2, "the answer of the first one is paid for"
    edited = run_config([{"key": row.key, "assets": ["summary"]} for row in (bad, good)], requested_by_user=True)
    assert executed(runs, edited, again)[0]
    assert calls() == first + 2, "nothing was missing any more, in whatever order"
    assert executed(runs, config)[0]
    assert calls() == first + 4, "a run of its own wants new answers"
