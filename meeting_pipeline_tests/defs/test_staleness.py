"""Dagster's own staleness: which partitions it shows as behind, after a change of a prompt, a model or a transcript.

Every way in which a result is reported is covered: a run of its own, a run of many, a rewrite of minutes, the reconciler.
"""

from collections.abc import Callable
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.data_version import CachingStaleStatusResolver
from dagster._core.loader import LoadingContextForTest

from meeting_pipeline.definitions import build_definitions
from meeting_pipeline.defs.ops.reconciling import reconcile
from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.insights.registry import SPECS, with_questions
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.fingerprints import fingerprints_in_use
from meeting_pipeline.steps.processing import stages
from meeting_pipeline.steps.processing.run_config import run_config
from meeting_pipeline.steps.transcription.obtained import Obtained
from meeting_pipeline.store import policies as store_policies
from meeting_pipeline_tests.dagster_runs import Runs
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import TALK, Clock, accepted

NOTHING: dict[str, list[str]] = {}
OTHER = "Question: what was this meeting about, in one sentence?"
Process = Callable[[Runs, str], None]


def alone(runs: Runs, key: str, *selection: str) -> None:
    assert runs.recording(key, selection=selection or None, automatic=not selection).success


def among_many(runs: Runs, key: str, *selection: str) -> None:
    runs.partition(key)
    job = runs.definitions.resolve_job_def("process_recordings")
    one: dict[str, Any] = {"key": key, **({"assets": list(selection)} if selection else {})}
    if not selection:
        (ticket,) = runs.installation.store.lifecycle.request_runs(10)
        one["request"] = ticket.request
    config = run_config([one], requested_by_user=bool(selection))
    assert job.execute_in_process(instance=runs.instance, run_config=config).success


def stale(runs: Runs, key: str) -> dict[str, list[str]]:
    """What the UI shows as stale for a recording, and why: with definitions that were loaded now."""
    definitions = build_definitions(
        overrides={"installation": runs.installation}, in_use=fingerprints_in_use(runs.installation.analyst)
    )
    graph = definitions.resolve_asset_graph()
    resolver = CachingStaleStatusResolver(runs.instance, graph, LoadingContextForTest(runs.instance))
    found = {}
    for name in ResultKind.names():
        causes = resolver.get_stale_causes(dg.AssetKey(name), key)
        if causes:
            found[name] = sorted({cause.category.value for cause in causes})
        assert resolver.get_status(dg.AssetKey(name), key).value == ("STALE" if causes else "FRESH")
    return found


def because(cause: str, *assets: str) -> dict[str, list[str]]:
    return {asset: [cause] for asset in assets}


@pytest.fixture(params=[alone, among_many], ids=["alone", "among_many"])
def process(request: pytest.FixtureRequest) -> Callable[..., None]:
    found: Callable[..., None] = request.param
    return found


def done(runs: Runs, process: Callable[..., None]) -> str:
    key = accepted(runs.installation, "talk.vtt", TALK).key
    process(runs, key)
    assert stale(runs, key) == NOTHING
    return key


def test_another_prompt_makes_the_insight_stale_and_the_minutes_and_nothing_else(
    runs: Runs, process: Callable[..., None]
) -> None:
    key = done(runs, process)
    with with_questions({Insight.SUMMARY: OTHER}):
        assert stale(runs, key) == {"summary": ["CODE"], "minutes": ["CODE"]}
        process(runs, key, "summary")
        assert "summary" not in stale(runs, key)
        assert "minutes" in stale(runs, key)  # until they are written again, which happens automatically
        process(runs, key, "minutes")
        assert stale(runs, key) == NOTHING
    assert SPECS[Insight.SUMMARY].question != OTHER
    assert set(stale(runs, key)) == {"summary", "minutes"}


def test_another_model_makes_all_insights_stale(runs: Runs, process: Callable[..., None]) -> None:
    key = done(runs, process)
    runs.installation.analyst.model = "gpt-6.1-terra"
    assert stale(runs, key) == because("CODE", *Insight.names(), "minutes")


def test_minutes_that_are_written_again_beside_a_stale_insight_stay_stale(
    runs: Runs, process: Callable[..., None], clock: Clock
) -> None:
    key = done(runs, process)
    with with_questions({Insight.SUMMARY: OTHER}):
        runs.installation.store.speaker_edits.rename(key, "A", "Dana Hill", "somebody")
        clock.advance(store_policies.REVISION_QUIET_SECONDS + 1)
        assert runs.job("refresh_minutes").success
        assert stale(runs, key) == {"summary": ["CODE"], "minutes": ["CODE"]}
    assert stale(runs, key) == NOTHING


def test_a_failed_attempt_does_not_make_a_stale_insight_look_fresh(
    runs: Runs, process: Callable[..., None], providers: Providers
) -> None:
    key = done(runs, process)
    with with_questions({Insight.SUMMARY: OTHER}):
        providers.fault("POST /v1/responses", "status", status=400, insight="summary")
        process(runs, key, "summary", "minutes")
        assert stale(runs, key) == {"summary": ["CODE"], "minutes": ["CODE"]}


def test_an_insight_that_is_missing_is_a_gap_and_not_stale(
    runs: Runs, process: Callable[..., None], providers: Providers
) -> None:
    providers.fault("POST /v1/responses", "status", status=400, insight="summary")
    key = done(runs, process)
    assert runs.installation.store.records.get(key).gaps


def test_the_same_answer_again_makes_nothing_stale(runs: Runs, process: Callable[..., None]) -> None:
    key = done(runs, process)
    process(runs, key, "summary")
    assert stale(runs, key) == NOTHING


def hears_something_else(installation: Installation, key: str, run_id: str, **_: object) -> Obtained:
    """Stands for the stage that obtains a transcript."""
    kind = ResultKind.TRANSCRIPT
    known = Transcript.model_validate(installation.store.results.current(key, kind)[kind].payload)
    segments = tuple(one.model_copy(update={"text": f"{one.text} Indeed."}) for one in known.segments)
    other = known.model_copy(update={"segments": segments})
    stored = installation.store.results.store_transcript(key, run_id, other, input_hash="other")
    return Obtained(other, stored.version, changed=True, reused=False, cost_usd=0.0)


def test_another_transcript_makes_all_insights_stale_and_the_minutes_and_buys_nothing(
    runs: Runs, process: Callable[..., None], clock: Clock, monkeypatch: pytest.MonkeyPatch, providers: Providers
) -> None:
    key = done(runs, process)
    bought = len(providers.ledger()["llm_calls"])
    monkeypatch.setattr(stages, "obtain", hears_something_else)
    process(runs, key, "transcript")
    assert stale(runs, key) == because("DATA", *Insight.names(), "minutes")
    clock.advance(store_policies.REVISION_QUIET_SECONDS + 1)
    assert runs.installation.store.recovery.leave_completed(key)  # as recovery finds it after the run
    assert runs.installation.store.results.changed(10) == [key]
    assert runs.job("refresh_minutes").success
    assert stale(runs, key) == {**because("DATA", *Insight.names()), "minutes": ["CODE"]}
    assert len(providers.ledger()["llm_calls"]) == bought
    process(runs, key, *Insight.names(), "minutes")
    assert stale(runs, key) == NOTHING


def test_what_the_reconciler_reports_is_as_stale_as_it_was(runs: Runs, process: Callable[..., None]) -> None:
    key = done(runs, process)
    runs.installation.store.registrations.note_registered([key])
    with dg.DagsterInstance.ephemeral() as other:
        lost = Runs(runs.installation, other)
        assert reconcile(runs.installation, other).materializations
        assert stale(lost, key) == NOTHING
        with with_questions({Insight.SUMMARY: OTHER}):
            assert stale(lost, key) == {"summary": ["CODE"], "minutes": ["CODE"]}
