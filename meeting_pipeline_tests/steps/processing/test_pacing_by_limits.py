"""Calls of a run of many recordings keep to the limits that the provider's answers tell: over the real SDK and HTTP."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from meeting_pipeline.domain.answers import Answer, LLMRequest, LLMResponse
from meeting_pipeline.domain.errors import ProviderUnavailable
from meeting_pipeline.domain.provenance import Usage
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.providers.llm_ports import NO_LEDGER, Ledger, NoLedger
from meeting_pipeline.providers.openai import OpenAIAnalyst
from meeting_pipeline.settings import load_settings
from meeting_pipeline.steps.processing import pacing
from meeting_pipeline.steps.processing.pacing import Pace, PacedAnalyst, Stopped
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.insights.meetings import CONTEXT, transcript_of

USED_UP = {
    "x-ratelimit-limit-requests": "100",
    "x-ratelimit-remaining-requests": "0",
    "x-ratelimit-reset-requests": "7s",
}
Make = Callable[..., PacedAnalyst]


class Waits(threading.Event):
    """An event on which waiting takes no time. ``waited``: how many seconds all waits together would have taken."""

    def __init__(self) -> None:
        super().__init__()
        self.waited = 0.0

    def wait(self, timeout: float | None = None) -> bool:
        self.waited += timeout or 0.0
        return self.is_set()


class Noticed(threading.Event):
    """An event that tells when somebody waits for it."""

    def __init__(self) -> None:
        super().__init__()
        self.waited_for = threading.Event()

    def wait(self, timeout: float | None = None) -> bool:
        self.waited_for.set()
        return super().wait(timeout)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Waits:
    """Waits that take no time, by a clock that stands still otherwise."""
    found = Waits()
    monkeypatch.setattr(pacing, "time", SimpleNamespace(monotonic=lambda: 1000.0 + found.waited))
    return found


@pytest.fixture
def make(providers: Providers) -> Iterator[Make]:
    made: list[OpenAIAnalyst] = []

    def make_one(stopped: threading.Event, calls: int = 4, **variables: str) -> PacedAnalyst:
        made.append(OpenAIAnalyst(load_settings({**providers.environment(), **variables})))
        return PacedAnalyst(made[-1], Pace(calls, stopped))

    yield make_one
    for analyst in made:
        analyst.close()


def ask(analyst: PacedAnalyst, ledger: Ledger = NO_LEDGER) -> Answer:
    return analyst.extract(Insight.SUMMARY, transcript_of(), CONTEXT, ledger)


@pytest.mark.parametrize("api", ["responses", "chat"])
def test_when_an_answer_says_that_a_limit_is_used_up_the_next_call_waits_for_its_reset(
    providers: Providers, make: Make, waits: Waits, api: str
) -> None:
    analyst = make(waits, OPENAI_API=api)
    providers.settings(rate_headers=USED_UP)
    ask(analyst)
    assert waits.waited == 0
    ask(analyst)
    assert waits.waited == pytest.approx(7.0)
    assert len(providers.ledger()["llm_calls"]) == 2


def test_tokens_that_are_used_up_hold_up_calls_too(providers: Providers, make: Make, waits: Waits) -> None:
    headers = {name.replace("requests", "tokens"): value for name, value in USED_UP.items()}
    providers.settings(rate_headers={**headers, "x-ratelimit-reset-tokens": "6m0s"})
    analyst = make(waits)
    ask(analyst)
    ask(analyst)
    assert waits.waited == pytest.approx(60.0), "a minute at most"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {**USED_UP, "x-ratelimit-remaining-requests": "50"},
        {**USED_UP, "x-ratelimit-remaining-requests": "-1"},
        {**USED_UP, "x-ratelimit-reset-requests": "soon"},
        {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "60"},
        {"retry-after": "60"},
    ],
    ids=["none", "plenty", "azure", "not a duration", "others", "retry-after of a good answer"],
)
def test_other_headers_hold_up_nobody(providers: Providers, make: Make, waits: Waits, headers: dict[str, str]) -> None:
    providers.settings(rate_headers=headers)
    analyst = make(waits)
    for _ in range(3):
        ask(analyst)
    assert waits.waited == 0


def test_each_part_of_a_long_transcript_waits_for_its_call(providers: Providers, make: Make, waits: Waits) -> None:
    providers.settings(rate_headers=USED_UP)
    analyst = make(waits, OPENAI_INPUT_TOKENS="2000")
    answer = analyst.extract(Insight.SUMMARY, transcript_of([("A", "We talk for long. " * 60)] * 12), CONTEXT)
    assert answer.coverage.parts > 1
    assert waits.waited == pytest.approx(7.0 * answer.coverage.parts)  # the question over the parts waits too


class Bought(NoLedger):
    """A ledger that has the answer to everything."""

    def __init__(self) -> None:
        self.begun = 0

    def begin(self, question: LLMRequest) -> LLMResponse | None:
        self.begun += 1
        return LLMResponse(text='{"short_summary": "Words.", "topics": []}', model="m", usage=Usage())


def test_an_answer_that_was_bought_earlier_uses_up_nothing(providers: Providers, make: Make, waits: Waits) -> None:
    providers.settings(rate_headers={**USED_UP, "x-ratelimit-remaining-requests": "3"})
    analyst, ledger = make(waits), Bought()
    ask(analyst)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("meeting_pipeline.insights.spec.InsightSpec.read", lambda *_: _result())
        for _ in range(5):
            ask(analyst, ledger)
    assert ledger.begun == 5
    assert waits.waited == 0


def _result() -> Any:
    from meeting_pipeline.domain.insight_results import Summary

    return Summary(short_summary="Words.", topics=())


def test_a_run_that_is_over_begins_no_call_and_records_none(providers: Providers, make: Make) -> None:
    stopped, noted = Noticed(), Bought()
    providers.settings(rate_headers={**USED_UP, "x-ratelimit-reset-requests": "50s"})
    analyst = make(stopped)
    ask(analyst)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(ask, analyst, noted)
        assert stopped.waited_for.wait(120)
        stopped.set()
        assert isinstance(waiting.exception(30), Stopped)
    assert noted.begun == 0
    assert len(providers.ledger()["llm_calls"]) == 1


@pytest.mark.slow
def test_a_burst_keeps_to_a_real_limit_and_is_never_refused(providers: Providers, make: Make) -> None:
    providers.settings(calls_per_window=4, window_seconds=3.0)
    analyst = make(threading.Event())
    ask(analyst)  # tells the limit
    began = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        for asked in [pool.submit(ask, analyst) for _ in range(9)]:
            asked.result()
    ledger = providers.ledger()
    assert (len(ledger["llm_calls"]), ledger["refused_calls"]) == (10, 0)
    assert time.monotonic() - began > 3.0, "more calls than fit into one window"


def test_without_pacing_the_same_limit_is_hit(providers: Providers) -> None:
    providers.settings(calls_per_window=4, window_seconds=60.0)
    analyst = OpenAIAnalyst(load_settings(providers.environment()))
    for _ in range(4):
        analyst.extract(Insight.SUMMARY, transcript_of(), CONTEXT)
    with pytest.raises(ProviderUnavailable, match="429"):
        analyst.extract(Insight.SUMMARY, transcript_of(), CONTEXT)
    analyst.close()
    assert providers.ledger()["refused_calls"] == 1
