"""What the OpenAI analyst reports to the ledger for each call: the real SDK over HTTP to the loopback service."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from meeting_pipeline import policies
from meeting_pipeline.domain.answers import CORRECTION, FAILED_CALLS, Answer, LLMRequest, LLMResponse
from meeting_pipeline.domain.errors import AnswersUsedUp, PipelineError, WorkerFenced
from meeting_pipeline.domain.insight_results import ActionItems, Summary
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
    bad: dict[str, LLMResponse] = field(default_factory=dict)
    told: list[tuple[str, str | None]] = field(default_factory=list)
    asked: list[LLMRequest] = field(default_factory=list)
    fenced_after: int | None = None

    def begin(self, question: LLMRequest) -> LLMResponse | None:
        if self.fenced_after is not None and len(self.asked) >= self.fenced_after:
            raise WorkerFenced("run")
        self.asked.append(question)
        return self.good.get(question.digest) or self.bad.get(question.digest)

    def answered(self, question: LLMRequest, reply: LLMResponse, problem: str | None = None) -> None:
        self.told.append(("answered", problem))
        if problem is None:
            self.good[question.digest] = reply
        else:
            self.good.pop(question.digest, None)
            if problem not in FAILED_CALLS:
                self.bad[question.digest] = reply.model_copy(update={"problem": problem})

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
    assert answer.coverage.parts + 1 == answer.usage.calls == calls(providers)  # and the summary over the parts
    assert answer.coverage.parts > 3
    assert "<notes>" in providers.ledger()["llm_calls"][-1]["prompt"]


@pytest.mark.parametrize("kind", ["refusal", "not_json", "wrong_shape"])
def test_the_parts_are_good_without_the_question_over_them(
    providers: Providers, analyst: OpenAIAnalyst, kind: str
) -> None:
    notes = Notes()
    providers.fault(ASK, kind, times=-1, words="<notes>")
    answer = ask(analyst, notes, long_transcript())
    assert isinstance(answer.result, Summary)
    assert len(answer.result.sentences) == 2 * answer.coverage.parts
    bought = calls(providers)
    assert ask(analyst, notes, long_transcript()) == answer
    assert calls(providers) == bought == answer.coverage.parts + 1


def test_the_question_over_the_parts_is_asked_later_if_the_provider_is_away(
    providers: Providers, analyst: OpenAIAnalyst
) -> None:
    notes = Notes()
    providers.fault(ASK, "status", status=503, words="<notes>")
    with pytest.raises(PipelineError):
        ask(analyst, notes, long_transcript())
    answer = ask(analyst, notes, long_transcript())
    assert isinstance(answer.result, Summary)
    assert len(answer.result.sentences) == 2
    assert answer.usage.calls == calls(providers)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
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


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("refusal", "refused"),
        ("truncated", "cut_off"),
        ("filtered", "filtered"),
        ("empty", "invalid_answer"),
        ("not_json", "invalid_answer"),
    ],
)
def test_both_answers_that_cannot_be_used_are_told_and_no_third_one_is_bought(
    providers: Providers, analyst: OpenAIAnalyst, kind: str, code: str
) -> None:
    notes = Notes()
    providers.fault(ASK, kind, times=-1)
    for _ in range(3):
        with pytest.raises(AnswersUsedUp) as caught:
            ask(analyst, notes)
        assert (caught.value.code, caught.value.retryable) == (code, False)
    assert notes.told == [("answered", code)] * 2
    assert calls(providers) == 2
    first, second = (question.prompt_version for question in notes.asked[:2])
    assert (first, second) == (analyst.prompt_version(Insight.SUMMARY), f"{first}{CORRECTION}")


def test_a_correction_is_asked_for_after_a_crash_too(providers: Providers, analyst: OpenAIAnalyst) -> None:
    notes = Notes(fenced_after=1)
    providers.fault(ASK, "not_json")
    with pytest.raises(WorkerFenced):
        ask(analyst, notes)
    notes.fenced_after = None
    assert ask(analyst, notes).usage.calls == 1
    asked = [call["prompt"] for call in providers.ledger()["llm_calls"]]
    assert len(asked) == 2
    assert asked[1].startswith(asked[0])
    assert "could not be used" in asked[1][len(asked[0]) :]


TRUE_ITEM = {
    "segment_ids": [3], "quote": "I will send the report", "task": "Send the report to Carol", "owner": "B",
    "due_words": "by Friday", "due_date": "2026-03-13",
}  # fmt: skip
FALSE_ITEM = {**TRUE_ITEM, "task": "Book the big room", "owner": "A", "quote": "the big room is what I book"}


def items_of(analyst: OpenAIAnalyst, notes: Notes) -> list[tuple[str, bool]]:
    result = analyst.extract(Insight.ACTION_ITEMS, transcript_of(), CONTEXT, notes).result
    assert isinstance(result, ActionItems)
    return [(item.task, item.withheld) for item in result.items]


def say(providers: Providers, *items: Any, times: int = 1) -> None:
    providers.fault(ASK, "output", text=json.dumps({"action_items": items}), times=times)


def test_one_bad_item_is_asked_for_alone_and_the_others_stay(providers: Providers, analyst: OpenAIAnalyst) -> None:
    notes = Notes()
    say(providers, TRUE_ITEM, FALSE_ITEM)
    room = {"segment_ids": [4], "quote": "I'll book the room", "task": "Book the room", "due_words": None}
    say(providers, {**FALSE_ITEM, **room, "due_date": None})
    expected = [("Send the report to Carol", False), ("Book the room", False)]
    assert items_of(analyst, notes) == expected
    first, second = (call["prompt"] for call in providers.ledger()["llm_calls"])
    added = second.removeprefix(first)
    assert "Book the big room" in added
    assert "The quoted words are not in the transcript." in added
    assert "Carol" not in added
    assert items_of(analyst, notes) == expected
    assert calls(providers) == 2


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 500}, {"kind": "refusal"}, {"kind": "reset"}])
def test_a_correction_that_fails_loses_nothing_of_the_answer(
    providers: Providers, analyst: OpenAIAnalyst, fault: dict[str, Any]
) -> None:
    say(providers, TRUE_ITEM, FALSE_ITEM)
    providers.fault(ASK, words="You have answered this question", **fault)
    assert items_of(analyst, Notes()) == [("Send the report to Carol", False), ("Book the big room", True)]


def test_a_model_that_insists_is_not_asked_a_third_time(providers: Providers, analyst: OpenAIAnalyst) -> None:
    notes = Notes()
    say(providers, TRUE_ITEM, FALSE_ITEM, times=-1)
    for _ in range(3):
        assert items_of(analyst, notes) == [("Send the report to Carol", False), ("Book the big room", True)]
    assert calls(providers) == 2


def test_an_entry_that_cannot_be_read_is_asked_for_alone(providers: Providers, analyst: OpenAIAnalyst) -> None:
    say(providers, TRUE_ITEM, {**FALSE_ITEM, "task": {"no": "text"}})
    say(providers)
    assert items_of(analyst, Notes()) == [("Send the report to Carol", False)]
    assert "`action_items.1`" in providers.ledger()["llm_calls"][1]["prompt"]


def test_a_call_that_runs_out_of_time_may_be_on_the_bill(
    providers: Providers, analyst: OpenAIAnalyst, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "CALL_SECONDS", 3.0)  # enough for the request to be sent on a busy machine
    notes = Notes()
    providers.fault(ASK, "slow", seconds=60.0)
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
        broken.setattr(InsightSpec, "checked", buggy)
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
