"""What the OpenAI analyst reports to the ledger for each call: the real SDK over HTTP to the loopback service."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from meeting_pipeline import policies
from meeting_pipeline.domain.answers import Answer, LLMRequest, LLMResponse
from meeting_pipeline.domain.errors import PipelineError, WorkerFenced
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.insights.spec import InsightSpec
from meeting_pipeline.providers.openai import OpenAIAnalyst
from meeting_pipeline.settings import load_settings
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.insights.meetings import CONTEXT, transcript_of

ASK = "POST /v1/responses"


@dataclass
class Notes:
    """A ledger in memory."""

    good: dict[str, LLMResponse] = field(default_factory=dict)
    told: list[tuple[str, str | None]] = field(default_factory=list)
    asked: list[LLMRequest] = field(default_factory=list)
    fenced_after: int | None = None

    def begin(self, question: LLMRequest) -> LLMResponse | None:
        if self.fenced_after is not None and len(self.asked) >= self.fenced_after:
            raise WorkerFenced("run")
        self.asked.append(question)
        return self.good.get(question.digest)

    def answered(self, question: LLMRequest, reply: LLMResponse, problem: str | None = None) -> None:
        self.told.append(("answered", problem))
        if problem is None:
            self.good[question.digest] = reply
        else:
            self.good.pop(question.digest, None)

    def unanswered(self, question: LLMRequest, problem: str, *, perhaps_billed: bool) -> None:
        self.told.append(("perhaps billed" if perhaps_billed else "not billed", problem))


@pytest.fixture
def analyst(providers: Providers) -> Iterator[OpenAIAnalyst]:
    made = OpenAIAnalyst(load_settings({**providers.environment(), "OPENAI_INPUT_TOKENS": "8000"}))
    yield made
    made.close()


def long_transcript() -> Transcript:
    """A transcript that takes several parts."""
    return transcript_of([("AB"[i % 2], f"Point {i} of the review was discussed at some length.") for i in range(1500)])


def ask(analyst: OpenAIAnalyst, notes: Notes, transcript: Transcript | None = None) -> Answer:
    return analyst.extract(Insight.SUMMARY, transcript or transcript_of(), CONTEXT, notes)


def calls(providers: Providers) -> int:
    return len(providers.ledger()["llm_calls"])


def test_each_call_is_begun_and_told_with_what_it_cost(providers: Providers, analyst: OpenAIAnalyst) -> None:
    notes = Notes()
    answer = ask(analyst, notes)
    [question] = notes.asked
    assert (question.insight, question.model) == (Insight.SUMMARY, analyst.model)
    assert question.prompt_version == analyst.prompt_version(Insight.SUMMARY)
    assert notes.told == [("answered", None)]
    assert notes.good[question.digest].usage == answer.usage


def test_what_is_paid_for_is_read_and_not_bought(providers: Providers, analyst: OpenAIAnalyst) -> None:
    notes = Notes()
    first = ask(analyst, notes)
    assert ask(analyst, notes) == first
    assert calls(providers) == 1


def test_a_retry_buys_only_the_parts_that_are_missing(providers: Providers, analyst: OpenAIAnalyst) -> None:
    notes, transcript = Notes(), long_transcript()
    for _ in range(2):  # two parts succeed, the third fails
        providers.fault(ASK, "slow", seconds=0.0)
    providers.fault(ASK, "status", status=503)
    with pytest.raises(PipelineError) as caught:
        ask(analyst, notes, transcript)
    assert caught.value.usage is not None
    assert caught.value.usage.calls == calls(providers) == 2
    assert notes.told == [("answered", None)] * 2 + [("not billed", "provider_unavailable")]
    answer = ask(analyst, notes, transcript)
    assert answer.coverage.parts == answer.usage.calls == calls(providers)
    assert answer.coverage.parts > 3


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"kind": "refusal"}, ("answered", "refused")),
        ({"kind": "truncated"}, ("answered", "cut_off")),
        ({"kind": "filtered"}, ("answered", "filtered")),
        ({"kind": "empty"}, ("answered", "invalid_answer")),
        ({"kind": "not_json"}, ("answered", "invalid_answer")),
        ({"kind": "failed"}, ("answered", "provider_unavailable")),
        ({"kind": "status", "status": 429}, ("not billed", "provider_busy")),
        ({"kind": "status", "status": 500}, ("not billed", "provider_unavailable")),
        ({"kind": "status", "status": 401}, ("not billed", "openai_key_refused")),
        ({"kind": "status", "status": 400}, ("not billed", "provider_refused")),
        ({"kind": "apply_then_reset"}, ("perhaps billed", "provider_unavailable")),
        ({"kind": "html"}, ("perhaps billed", "provider_unavailable")),
    ],
)
def test_what_comes_to_nothing_is_told_as_what_it_cost(
    providers: Providers, analyst: OpenAIAnalyst, fault: dict[str, Any], told: tuple[str, str]
) -> None:
    notes = Notes()
    providers.fault(ASK, **fault)
    with pytest.raises(PipelineError):
        ask(analyst, notes)
    assert notes.told == [told]
    assert notes.good == {}


def test_a_call_that_runs_out_of_time_may_be_on_the_bill(
    providers: Providers, analyst: OpenAIAnalyst, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "CALL_SECONDS", 0.5)
    notes = Notes()
    providers.fault(ASK, "slow", seconds=3.0)
    with pytest.raises(PipelineError):
        ask(analyst, notes)
    assert notes.told == [("perhaps billed", "provider_timeout")]


def test_a_server_that_is_not_there_bills_nothing() -> None:
    analyst = OpenAIAnalyst(load_settings({"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}))
    notes = Notes()
    with pytest.raises(PipelineError):
        ask(analyst, notes)
    analyst.close()
    assert notes.told == [("not billed", "provider_unavailable")]


def test_an_answer_that_our_check_no_longer_takes_is_bought_again(providers: Providers, analyst: OpenAIAnalyst) -> None:
    notes = Notes()
    ask(analyst, notes)
    [digest] = notes.good
    notes.good[digest] = notes.good[digest].model_copy(update={"text": "{}"})
    ask(analyst, notes)
    assert notes.told == [("answered", None), ("answered", "invalid_answer"), ("answered", None)]
    assert calls(providers) == 2


def test_a_bug_in_a_check_does_not_lose_what_was_paid_for(
    providers: Providers, analyst: OpenAIAnalyst, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = Notes()

    def buggy(*_: object) -> None:
        raise TypeError("a bug")

    with monkeypatch.context() as broken:
        broken.setattr(InsightSpec, "read", buggy)
        with pytest.raises(TypeError, match="a bug"):
            ask(analyst, notes)
    assert notes.told == [("answered", None)]
    ask(analyst, notes)
    assert calls(providers) == 1


def test_a_worker_that_may_not_go_on_buys_no_further_part(providers: Providers, analyst: OpenAIAnalyst) -> None:
    with pytest.raises(WorkerFenced):
        ask(analyst, Notes(fenced_after=2), long_transcript())
    assert calls(providers) == 2


def test_another_question_has_another_digest(providers: Providers, analyst: OpenAIAnalyst) -> None:
    notes = Notes()
    transcript = transcript_of()
    changed = transcript_of([("A", "Something else was said.")])
    for insight, subject in (
        (Insight.SUMMARY, transcript),
        (Insight.DECISIONS, transcript),
        (Insight.SUMMARY, changed),
    ):
        analyst.extract(insight, subject, CONTEXT, notes)
    assert len({question.digest for question in notes.asked}) == len(notes.asked) == 3
