"""The beginning that all calls about a transcript share: cached by the provider, and without effect on what is asked."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.answers import Answer, LLMRequest
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.insights.registry import SPECS
from meeting_pipeline.providers import policies
from meeting_pipeline.providers.llm_ports import NoLedger
from meeting_pipeline.providers.openai import OpenAIAnalyst
from meeting_pipeline.providers.openai_first_calls import FirstCalls
from meeting_pipeline.providers.openai_shared import has_breakpoints, shared_schema, unwrapped
from meeting_pipeline.settings import load_settings
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.fakes.strict_schema import problem_of
from meeting_pipeline_tests.insights.meetings import CONTEXT, TALK, transcript_of

LONG = transcript_of([*TALK, *(("AB"[i % 2], f"Point {i} was discussed at some length.") for i in range(300))])
Make = Callable[..., OpenAIAnalyst]


class Digests(NoLedger):
    """A ledger that keeps what it is asked."""

    def __init__(self) -> None:
        self.asked: dict[Insight, LLMRequest] = {}

    def begin(self, question: LLMRequest) -> None:
        self.asked[question.insight] = question


@pytest.fixture
def make(providers: Providers) -> Iterator[Make]:
    made: list[OpenAIAnalyst] = []

    def make_one(**variables: str) -> OpenAIAnalyst:
        made.append(
            OpenAIAnalyst(load_settings({**providers.environment(), "OPENAI_SUPPORT_CHECK": "off", **variables}))
        )
        return made[-1]

    yield make_one
    for analyst in made:
        analyst.close()


def side_by_side(analyst: OpenAIAnalyst, ledger: Digests | None = None, talk: Any = LONG) -> dict[Insight, Answer]:
    with ThreadPoolExecutor(len(Insight)) as pool:
        asked = {i: pool.submit(analyst.extract, i, talk, CONTEXT, ledger or NoLedger()) for i in Insight}
        return {insight: future.result(300) for insight, future in asked.items()}


@pytest.mark.parametrize("api", ["responses", "chat"])
def test_the_transcript_is_read_once_by_calls_that_are_made_together(
    providers: Providers, make: Make, api: str
) -> None:
    providers.settings(llm_seconds=0.2)
    answers = side_by_side(make(OPENAI_PROMPT_CACHE="on", OPENAI_API=api))
    calls = providers.ledger()["llm_calls"]
    assert sorted(call["insight"] for call in calls) == sorted(Insight)
    assert [call["written_tokens"] > 0 for call in calls] == [True, False, False, False]
    assert [call["cached_tokens"] > 0 for call in calls] == [False, True, True, True]
    assert all(call["cached_tokens"] > 0.8 * call["input_tokens"] for call in calls[1:])
    assert sum(answer.usage.cached_tokens for answer in answers.values()) == sum(c["cached_tokens"] for c in calls)


def test_the_shared_form_changes_neither_question_nor_answer(providers: Providers, make: Make) -> None:
    plain, shared = Digests(), Digests()
    one = side_by_side(make(), plain)
    other = side_by_side(make(OPENAI_PROMPT_CACHE="on"), shared)
    assert {i: a.result for i, a in one.items()} == {i: a.result for i, a in other.items()}
    assert plain.asked == shared.asked


def test_a_short_transcript_is_not_cached_and_nobody_waits(providers: Providers, make: Make) -> None:
    make(OPENAI_PROMPT_CACHE="on").extract(Insight.SUMMARY, transcript_of(TALK[:2]), CONTEXT)
    [call] = providers.ledger()["llm_calls"]
    assert call["request"]["text"]["format"]["name"] in ("summary", "insight")
    assert call["written_tokens"] == 0


def test_an_older_model_gets_no_field_that_it_does_not_know(providers: Providers, make: Make) -> None:
    make(OPENAI_PROMPT_CACHE="on", OPENAI_MODEL="gpt-5.4-mini").extract(Insight.SUMMARY, LONG, CONTEXT)
    [call] = providers.ledger()["llm_calls"]
    assert "prompt_cache_breakpoint" not in json.dumps(call["request"])
    assert "prompt_cache_options" not in call["request"]
    assert len(call["request"]["prompt_cache_key"]) <= 64


@pytest.mark.parametrize(
    ("address", "cache", "shared"),
    [
        ("https://api.openai.com/v1", "auto", True),
        ("https://eu.api.openai.com/v1", "auto", True),
        ("https://api.openai.com/v1", "off", False),
        ("https://api.openai.com.example/v1", "auto", False),
        ("http://127.0.0.1:1234/v1", "auto", False),
        ("http://127.0.0.1:1234/v1", "on", True),
    ],
)
def test_where_the_beginning_is_shared(address: str, cache: str, shared: bool) -> None:
    settings = load_settings({"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": address, "OPENAI_PROMPT_CACHE": cache})
    analyst = OpenAIAnalyst(settings)
    assert (analyst._calls.schemas is not None) is shared
    analyst.close()


@pytest.mark.parametrize(
    ("model", "explicit"),
    [
        ("gpt-6-luna", True), ("gpt-6.1-sol", True), ("gpt-5.6-luna", True), ("gpt-5.10", True), ("gpt-5.4-mini", False),
        ("gpt-5", False), ("gpt-4o", False), ("gpt-", False), ("my-gpt-6", False), ("llama-3.1", False),
    ],
)  # fmt: skip
def test_which_models_cache_at_breakpoints(model: str, explicit: bool) -> None:
    assert has_breakpoints(model) is explicit


def test_the_shared_schema_is_strict() -> None:
    assert problem_of(shared_schema({i.value: SPECS[i].schema for i in Insight})) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"answer": {"decisions": {"decisions": []}}}', '{"decisions": []}'),
        ('{"answer": {"decisions": []}}', '{"decisions": []}'),
        ('{"decisions": []}', '{"decisions": []}'),
        ('{"answer": {"summary": {"topics": []}}}', '{"summary": {"topics": []}}'),
        ('{"answer": [1]}', '{"answer": [1]}'),
        ('{"answer": {"a": 1, "a": 2}}', '{"answer": {"a": 1, "a": 2}}'),
        ('{"answer": {"decisions"', '{"answer": {"decisions"'),
        ("Sorry.", "Sorry."),
    ],
)
def test_an_answer_is_taken_out_of_the_shared_form(text: str, expected: str) -> None:
    assert unwrapped(text, "decisions") == expected


@pytest.mark.parametrize("effort", ["none", "low", None])
@pytest.mark.parametrize("api", ["responses", "chat"])
def test_the_effort_is_sent_and_makes_another_version(
    providers: Providers, make: Make, api: str, effort: str | None
) -> None:
    analyst = make(OPENAI_API=api, **({"OPENAI_REASONING_EFFORT": effort} if effort else {}))
    analyst.extract(Insight.SUMMARY, transcript_of(), CONTEXT)
    request = providers.ledger()["llm_calls"][0]["request"]
    assert (request.get("reasoning") or {}).get("effort", request.get("reasoning_effort")) == effort
    assert (analyst.prompt_version(Insight.SUMMARY) == make().prompt_version(Insight.SUMMARY)) is (effort is None)


# --- Turns --------------------------------------------------------------------------------------------------------


class Line:
    """Threads that take turns, one after the other as they are started."""

    def __init__(self, first: FirstCalls) -> None:
        self.first = first
        self.entered: list[int] = []
        self.gates: dict[int, threading.Event] = {}
        self.arrived = {n: threading.Event() for n in range(4)}

    def call(self, number: int, *, answered: bool = True, error: Exception | None = None) -> threading.Thread:
        self.gates[number] = threading.Event()

        def run() -> None:
            try:
                with self.first.turn("same") as turn:
                    self.entered.append(number)
                    self.arrived[number].set()
                    assert self.gates[number].wait(120)
                    if error is not None:
                        raise error
                    turn.answered = answered
            except ValueError:
                pass

        thread = threading.Thread(target=run)
        thread.start()
        return thread


@pytest.mark.parametrize("error", [None, ValueError("the provider is away")])
def test_the_others_follow_the_first_call_all_at_once(error: Exception | None) -> None:
    line = Line(FirstCalls())
    threads = [line.call(0, error=error)]
    assert line.arrived[0].wait(120)
    threads += [line.call(n) for n in (1, 2, 3)]
    assert not line.arrived[1].wait(0.05)
    line.gates[0].set()
    assert all(line.arrived[n].wait(120) for n in (1, 2, 3))
    for gate in line.gates.values():
        gate.set()
    for thread in threads:
        thread.join(120)


def test_if_the_first_call_is_not_made_another_is_the_first() -> None:
    first = FirstCalls()
    with first.turn("same") as one:
        assert one.first
    with first.turn("same") as other:
        assert other.first
        other.answered = True
    with first.turn("same") as third, first.turn("same") as fourth:
        assert not third.first
        assert not fourth.first
    with first.turn(None) as free, first.turn(None) as also_free:
        assert not free.first
        assert not also_free.first


def test_nobody_waits_longer_than_a_call_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_policies, "CALL_SECONDS", 0.05)
    first = FirstCalls()
    with first.turn("same") as one, first.turn("same") as other:
        assert (one.first, other.first) == (True, False)


def test_what_is_remembered_does_not_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "CACHED_BEGINNINGS", 3)
    first = FirstCalls()
    for number in range(10):
        with first.turn(str(number)) as turn:
            turn.answered = True
    assert list(first._open_until) == ["7", "8", "9"]
    assert first._reading == {}
