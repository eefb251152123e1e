"""How fast a run of many recordings calls a model."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import ProviderUnavailable
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.steps.processing import pacing
from meeting_pipeline.steps.processing.pacing import BUSY, Pace, PacedAnalyst, Stopped


class Asked:
    """An analyst that does what a test says."""

    name = "openai"
    model = "m"

    def __init__(self, answer: Callable[[], Any]) -> None:
        self._answer = answer

    def prompt_version(self, insight: Insight) -> str:
        return f"{insight}-1"

    def extract(self, *_: Any) -> Any:
        return self._answer()

    def check(self) -> str:
        return "fine"


def ask(analyst: PacedAnalyst) -> Any:
    return analyst.extract(Insight("summary"), None, None)  # type: ignore[arg-type]  # the fake reads nothing


def test_no_more_calls_than_places_are_made_at_a_time() -> None:
    at_once, most, lock, full = [0], [0], threading.Lock(), threading.Barrier(3)

    def answer() -> None:
        with lock:
            at_once[0] += 1
            most[0] = max(most[0], at_once[0])
        full.wait(120)  # as many as there are places meet here, or the test fails
        with lock:
            at_once[0] -= 1

    analyst = PacedAnalyst(Asked(answer), Pace(3, threading.Event()))
    with ThreadPoolExecutor(9) as pool:
        for future in [pool.submit(ask, analyst) for _ in range(9)]:
            future.result()
    assert most == [3]


class Waits(threading.Event):
    """An event on which waiting takes no time; notes the waits."""

    def __init__(self, clock: list[float]) -> None:
        super().__init__()
        self.waits: list[float] = []
        self._clock = clock

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout or 0.0)
        self._clock[0] += timeout or 0.0
        return self.is_set()


@pytest.mark.parametrize(
    ("asked", "waited"),
    [(4.0, 4.0), (None, policies.RUN_RETRY_DELAY_SECONDS), (900.0, policies.RUN_RETRY_AFTER_CAP_SECONDS)],
)
def test_a_wait_that_one_call_is_asked_for_holds_up_the_next(
    monkeypatch: pytest.MonkeyPatch, asked: float | None, waited: float
) -> None:
    now = [time.monotonic()]
    monkeypatch.setattr(pacing, "time", SimpleNamespace(monotonic=lambda: now[0]))
    stopped = Waits(now)
    answers: list[Any] = [ProviderUnavailable(BUSY, "Later.", retry_after_s=asked), "an answer"]

    def answer() -> Any:
        found = answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    analyst = PacedAnalyst(Asked(answer), Pace(1, stopped))
    with pytest.raises(ProviderUnavailable):
        ask(analyst)
    assert ask(analyst) == "an answer"
    assert stopped.waits == [pytest.approx(waited)]


def test_an_error_of_another_kind_holds_up_nobody() -> None:
    def answer() -> Any:
        raise ProviderUnavailable("provider_unavailable", "Down.", retry_after_s=9.0)

    stopped = Waits([0.0])
    analyst = PacedAnalyst(Asked(answer), Pace(1, stopped))
    for _ in range(2):
        with pytest.raises(ProviderUnavailable):
            ask(analyst)
    assert stopped.waits == []


def test_it_is_the_analyst_for_everything_else() -> None:
    analyst = PacedAnalyst(Asked(lambda: None), Pace(1, threading.Event()))
    assert (analyst.name, analyst.model, analyst.check()) == ("openai", "m", "fine")
    assert analyst.prompt_version(Insight("summary")) == "summary-1"


def test_when_the_run_is_over_no_call_is_begun() -> None:
    stopped = threading.Event()
    stopped.set()
    with pytest.raises(Stopped):
        ask(PacedAnalyst(Asked(lambda: pytest.fail("it was asked")), Pace(1, stopped)))
