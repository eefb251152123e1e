"""A signal whose handler raises ends a coroutine, wherever in the event loop it arrives."""

import asyncio
import signal
import threading
from collections.abc import Iterator
from types import FrameType

import pytest

from meeting_pipeline.foundation.interruptible import StopEvent, run_interruptibly


class Ended(BaseException):
    """Raised by the handler."""


def end(_number: int, _frame: FrameType | None) -> None:
    raise Ended


@pytest.fixture(autouse=True)
def _ended_by_sigterm() -> Iterator[None]:
    before = signal.signal(signal.SIGTERM, end)
    yield
    signal.signal(signal.SIGTERM, before)


def test_a_result_and_an_error_are_those_of_the_coroutine() -> None:
    async def works() -> int:
        return 7

    async def fails() -> int:
        raise KeyError("no")

    assert run_interruptibly(works()) == 7
    with pytest.raises(KeyError):
        run_interruptibly(fails())


def test_a_signal_ends_it_after_its_own_clean_up_even_in_a_callback_that_catches_everything() -> None:
    told: list[str] = []
    main = threading.main_thread().ident or 0

    async def waits() -> None:
        # The loop logs what a callback raises, and continues.
        asyncio.get_running_loop().call_soon(lambda: signal.pthread_kill(main, signal.SIGTERM))
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            told.append("cleaned up")

    with pytest.raises(Ended):
        run_interruptibly(waits())
    assert told == ["cleaned up"]


def test_a_signal_that_arrives_while_the_thread_is_started_ends_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    start = threading.Thread.start

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            told.append("cleaned up")

    def interrupted(self: threading.Thread) -> None:
        start(self)
        raise Ended

    monkeypatch.setattr(threading.Thread, "start", interrupted)
    with pytest.raises(Ended):
        run_interruptibly(waits())
    assert told in ([], ["cleaned up"]), "it may have been cancelled before its first step"
    assert [one for one in threading.enumerate() if one.name == "event-loop"] == []


def test_in_another_thread_it_runs_as_always() -> None:
    found: list[str] = []

    async def here() -> None:
        found.append(threading.current_thread().name)

    thread = threading.Thread(target=lambda: run_interruptibly(here()), name="a-part-of-a-batch")
    thread.start()
    thread.join()
    assert found == ["a-part-of-a-batch"]


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_in_another_thread_an_event_ends_it_after_its_own_clean_up(when: str) -> None:
    told: list[str] = []
    waits_now, stopped = threading.Event(), StopEvent()

    async def waits() -> None:
        try:
            waits_now.set()
            await asyncio.Event().wait()
        finally:
            told.append("cleaned up")

    def part() -> None:
        try:
            run_interruptibly(waits(), stopped)
        except asyncio.CancelledError:
            told.append("cancelled")

    if when == "before":
        stopped.set()
    thread = threading.Thread(target=part)
    thread.start()
    if when == "meanwhile":
        waits_now.wait()
        stopped.set()
    thread.join()
    assert told == (["cancelled"] if when == "before" else ["cleaned up", "cancelled"])


def test_an_event_calls_nobody_who_has_gone() -> None:
    told: list[str] = []
    stopped = StopEvent()
    with stopped.calling(lambda: told.append("gone")):
        pass
    stopped.set()
    assert told == []
