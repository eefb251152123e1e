"""Insights: requested in parallel and paid for once; gaps replace nothing, and bugs are not hidden as gaps."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from meeting_pipeline.domain.errors import PermanentError, WorkerFenced
from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.openai import OpenAIAnalyst
from meeting_pipeline.steps.extraction.extract import extract
from meeting_pipeline.steps.extraction.gaps import note_gap
from meeting_pipeline.steps.extraction.outcomes import Extracted, Missing
from meeting_pipeline.store.results.results import Results
from meeting_pipeline.store.tables import Recording
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import Clock, OpenWith, accepted
from meeting_pipeline_tests.steps.journeys import transcribed, versions

ASK = "POST /v1/responses"
PAID = [Insight.SUMMARY, Insight.ACTION_ITEMS, Insight.DECISIONS]
"""Without the speakers: the transcript export contains their names, so that insight needs no call."""


def calls(providers: Providers) -> list[str]:
    return sorted(call["insight"] for call in providers.ledger()["llm_calls"])


def ask(
    installation: Installation,
    row: Recording,
    insights: list[Insight],
    run_id: str = "run-1",
    *,
    requested_by_user: bool = False,
) -> dict[Insight, Extracted | Missing]:
    return extract(installation, row.key, run_id, insights, requested_by_user=requested_by_user)


def next_run(installation: Installation, row: Recording, run_id: str) -> str:
    installation.store.lifecycle.begin(row.key, run_id, collecting=False)
    return run_id


def test_all_insights_are_stored_with_what_they_cost(paid: Installation, providers: Providers) -> None:
    row = transcribed(paid)
    found = ask(paid, row, list(Insight))
    assert versions(found) == {"speakers": 1, "summary": 1, "action_items": 1, "decisions": 1}
    assert calls(providers) == ["action_items", "decisions", "summary"]
    assert all(call["store"] is False for call in providers.ledger()["llm_calls"])
    record = paid.store.records.get(row.key)
    assert record.action_items is not None
    assert [record.speaker_name(item.owner or "") for item in record.action_items] == ["Priya"]
    assert record.summary is not None
    assert record.cost_usd > 0


def test_the_calls_are_under_way_at_the_same_time(paid: Installation, providers: Providers) -> None:
    row = transcribed(paid)
    providers.fault(ASK, "slow", seconds=0.7, times=-1)
    ask(paid, row, PAID)
    assert providers.ledger()["most_open"][ASK] == 3


def test_only_what_is_selected_is_asked_for(paid: Installation, providers: Providers) -> None:
    row = transcribed(paid)
    assert set(ask(paid, row, [Insight.DECISIONS])) == {Insight.DECISIONS}
    assert calls(providers) == ["decisions"]


@pytest.mark.parametrize("requested_by_user", [True, False])
def test_a_retried_step_asks_only_for_what_is_missing(
    paid: Installation, providers: Providers, requested_by_user: bool
) -> None:
    row = transcribed(paid)
    providers.fault(ASK, "status", status=500, insight="summary")
    first = ask(paid, row, PAID, requested_by_user=requested_by_user)
    assert isinstance(first[Insight.SUMMARY], Missing)
    again = ask(paid, row, PAID, requested_by_user=requested_by_user)
    assert {i.value: f.reused for i, f in again.items() if isinstance(f, Extracted)} == {
        "summary": False, "action_items": True, "decisions": True,
    }  # fmt: skip
    assert calls(providers) == ["action_items", "decisions", "summary"]


def test_an_automatic_run_reuses_what_an_earlier_run_paid_for(paid: Installation, providers: Providers) -> None:
    row = transcribed(paid)
    first = ask(paid, row, [Insight.SUMMARY])
    again = ask(paid, row, [Insight.SUMMARY], next_run(paid, row, "run-2"))
    assert versions(again) == versions(first)
    found, reused = first[Insight.SUMMARY], again[Insight.SUMMARY]
    assert isinstance(found, Extracted)
    assert isinstance(reused, Extracted)
    assert reused.answer == found.answer
    assert len(calls(providers)) == 1


def test_an_answer_that_was_paid_for_and_not_stored_is_stored_by_the_next_run(
    paid: Installation, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = transcribed(paid)
    with monkeypatch.context() as dying:
        dying.setattr(Results, "store_answer", lambda *_, **__: (_ for _ in ()).throw(MemoryError))
        with pytest.raises(MemoryError):
            ask(paid, row, PAID)
    paid.store.leases.end("run-1")
    found = ask(paid, row, PAID, next_run(paid, row, "run-2"))
    assert versions(found) == {"summary": 1, "action_items": 1, "decisions": 1}
    assert calls(providers) == ["action_items", "decisions", "summary"]


def test_what_a_run_paid_is_told_also_of_what_it_could_not_use(paid: Installation, providers: Providers) -> None:
    row = transcribed(paid)
    providers.fault(ASK, "truncated", insight="summary")
    first = ask(paid, row, [Insight.SUMMARY, Insight.DECISIONS])
    again = ask(paid, row, [Insight.SUMMARY, Insight.DECISIONS])
    assert [first[Insight.SUMMARY].spent.calls, again[Insight.SUMMARY].spent.calls] == [2, 2]
    assert first[Insight.DECISIONS].spent == again[Insight.DECISIONS].spent
    later = ask(paid, row, [Insight.SUMMARY, Insight.DECISIONS], next_run(paid, row, "run-2"))
    assert [found.spent.calls for found in later.values()] == [0, 0]
    total = sum((found.spent.cost_usd for found in again.values()), start=0.0)
    assert paid.store.records.get(row.key).cost_usd == pytest.approx(total)


def test_two_runs_at_once_buy_each_answer_once(paid: Installation, providers: Providers) -> None:
    row = transcribed(paid)
    next_run(paid, row, "run-2")
    providers.fault(ASK, "slow", seconds=1.0, times=-1)
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(ask, paid, row, PAID, f"run-{n}") for n in (1, 2)]
        found = [run.result(300) for run in runs]
    assert all(isinstance(one, Extracted) for outcomes in found for one in outcomes.values())
    assert calls(providers) == ["action_items", "decisions", "summary"]


def test_a_person_who_asks_gets_a_new_answer(paid: Installation, providers: Providers) -> None:
    row = transcribed(paid)
    ask(paid, row, [Insight.SUMMARY])
    again = ask(paid, row, [Insight.SUMMARY], next_run(paid, row, "run-2"), requested_by_user=True)
    assert versions(again) == {"summary": 2}
    assert len(calls(providers)) == 2
    assert [a.version for a in paid.store.results.versions(row.key, ResultKind.SUMMARY)] == [1, 2]


def test_another_model_is_another_question(paid: Installation, providers: Providers, open_with: OpenWith) -> None:
    row = transcribed(paid)
    ask(paid, row, [Insight.SUMMARY])
    providers.settings(extra_models=["other-model"])
    other = open_with(**providers.environment(), OPENAI_MODEL="other-model")
    assert versions(ask(other, row, [Insight.SUMMARY], next_run(other, row, "run-2"))) == {"summary": 2}


@pytest.mark.parametrize(
    ("fault", "code", "retryable"),
    [
        ({"kind": "status", "status": 500}, "provider_unavailable", True),
        ({"kind": "status", "status": 401}, "openai_key_refused", True),
        ({"kind": "status", "status": 400}, "provider_refused", False),
        ({"kind": "refusal"}, "refused", False),
        ({"kind": "truncated"}, "cut_off", False),
        ({"kind": "not_json"}, "invalid_answer", False),
    ],
)
def test_what_a_provider_does_wrong_is_missing_and_the_others_are_stored(
    paid: Installation, providers: Providers, fault: dict[str, Any], code: str, retryable: bool
) -> None:
    row = transcribed(paid)
    providers.fault(ASK, insight="summary", times=-1, **fault)
    found = ask(paid, row, PAID)
    assert versions(found) == {"action_items": 1, "decisions": 1}
    missing = found[Insight.SUMMARY]
    assert isinstance(missing, Missing)
    assert missing.error.code == code
    assert missing.error.retryable is retryable
    assert paid.store.records.get(row.key).gaps == ()  # it becomes a gap only after the last attempt


@pytest.mark.parametrize("kind", ["refusal", "filtered", "not_json", "truncated"])
def test_a_question_and_its_correction_are_all_that_is_paid_for_automatically(
    paid: Installation, providers: Providers, kind: str
) -> None:
    row = transcribed(paid)
    providers.fault(ASK, kind, insight="summary", times=-1)
    for number in range(1, 6):
        run_id = "run-1" if number == 1 else next_run(paid, row, f"run-{number}")
        for _ in range(3):
            found = ask(paid, row, [Insight.SUMMARY], run_id)[Insight.SUMMARY]
        assert isinstance(found, Missing)
        assert not found.error.retryable
        paid.store.leases.end(run_id)
    assert calls(providers) == ["summary"] * 2
    ask(paid, row, [Insight.SUMMARY], next_run(paid, row, "by-hand"), requested_by_user=True)
    assert calls(providers) == ["summary"] * 4


def test_a_bug_in_one_insight_fails_loudly_after_the_others_are_stored(
    paid: Installation, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = transcribed(paid)
    real = OpenAIAnalyst.extract

    def buggy(self: OpenAIAnalyst, insight: Insight, *rest: Any) -> Any:
        if insight is Insight.SUMMARY:
            raise TypeError("a bug")
        return real(self, insight, *rest)

    monkeypatch.setattr(OpenAIAnalyst, "extract", buggy)
    with pytest.raises(TypeError, match="a bug"):
        ask(paid, row, PAID)
    record = paid.store.records.get(row.key)
    assert (record.summary, record.gaps) == (None, ())
    assert record.action_items is not None
    assert record.decisions is not None


def test_a_gap_is_noted_with_its_reason_and_asked_for_again(paid: Installation, providers: Providers) -> None:
    row = transcribed(paid)
    providers.fault(ASK, "status", status=429, retry_after=1800)
    missing = ask(paid, row, [Insight.SUMMARY])[Insight.SUMMARY]
    assert isinstance(missing, Missing)
    assert note_gap(paid, row.key, "run-1", missing).kept_version is None
    [gap] = paid.store.records.get(row.key).gaps
    assert (gap.insight, gap.code) == (Insight.SUMMARY, "provider_busy")
    assert gap.retry_at is not None
    assert 1700 < (gap.retry_at - paid.store.context.now()).total_seconds() <= 1800


def test_a_gap_keeps_the_earlier_good_version(paid: Installation, providers: Providers) -> None:
    row = transcribed(paid)
    ask(paid, row, [Insight.SUMMARY])
    good = paid.store.records.get(row.key).summary
    providers.fault(ASK, "status", status=500)
    missing = ask(paid, row, [Insight.SUMMARY], next_run(paid, row, "run-2"), requested_by_user=True)[Insight.SUMMARY]
    assert isinstance(missing, Missing)
    assert note_gap(paid, row.key, "run-2", missing).kept_version == 1
    record = paid.store.records.get(row.key)
    assert (record.summary, record.gaps) == (good, ())
    assert [a.available for a in paid.store.results.versions(row.key, ResultKind.SUMMARY)] == [True, False]


def test_a_good_answer_closes_the_gap(paid: Installation, providers: Providers) -> None:
    row = transcribed(paid)
    providers.fault(ASK, "status", status=500)
    missing = ask(paid, row, [Insight.SUMMARY])[Insight.SUMMARY]
    assert isinstance(missing, Missing)
    note_gap(paid, row.key, "run-1", missing)
    ask(paid, row, [Insight.SUMMARY], next_run(paid, row, "run-2"))
    assert paid.store.records.get(row.key).gaps == ()


def test_without_a_transcript_nothing_is_asked(paid: Installation, providers: Providers) -> None:
    row = accepted(paid)
    with pytest.raises(PermanentError) as caught:
        ask(paid, row, PAID)
    assert caught.value.code == "no_transcript"
    assert calls(providers) == []


def test_a_worker_that_was_declared_dead_stores_nothing(paid: Installation, clock: Clock) -> None:
    row = transcribed(paid)
    clock.advance(3600)
    [silent] = paid.store.lease_watch.silent_workers()
    assert paid.store.lease_watch.revoke_silent_lease(silent)
    with pytest.raises(WorkerFenced):
        ask(paid, row, PAID)
    assert paid.store.records.get(row.key).summary is None


def test_the_words_of_a_meeting_are_in_no_log(
    paid: Installation, providers: Providers, caplog: pytest.LogCaptureFixture
) -> None:
    row = transcribed(paid)
    providers.fault(ASK, "wrong_shape", times=-1)
    with caplog.at_level("DEBUG"):
        ask(paid, row, PAID)
    assert "summary of" in caplog.text
    assert "draft of the plan" not in caplog.text
