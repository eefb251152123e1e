"""Runs a coroutine so that a signal can end it.

A signal's handler may raise, as Dagster's does to end a run. Inside an event loop, that exception hits whatever code is running:
a transport or a callback catches it, logs it, and the run continues as if nothing had happened. So the loop gets its own thread,
where no handler runs. In the threads of a shared run no handler runs either: there, ``StopEvent`` ends it.
Must not go here: what is run.
"""

import asyncio
import contextvars
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

T = TypeVar("T")


class StopEvent(threading.Event):
    """An event that also calls what has asked for it."""

    def __init__(self) -> None:
        super().__init__()
        self._calls_lock = threading.Lock()
        self._calls: list[Callable[[], None]] = []

    def set(self) -> None:
        """Set it, and call everybody who waits. What is called must not wait, and raise nothing."""
        with self._calls_lock:  # whoever registers meanwhile is called here, or finds that it is set
            super().set()
            calls = list(self._calls)
        for call in calls:
            call()

    @contextmanager
    def calling(self, call: Callable[[], None]) -> Iterator[None]:
        """Call this once if the event is set before the end of the block, or was before it. In the thread that sets it."""
        with self._calls_lock:
            self._calls.append(call)
            missed = self.is_set()
        try:
            if missed:
                call()
            yield
        finally:
            with self._calls_lock:
                self._calls.remove(call)


def run_interruptibly(coroutine: Coroutine[Any, Any, T], stopped: StopEvent | None = None) -> T:
    """Like ``asyncio.run``. What a signal's handler raises meanwhile cancels the coroutine, and is raised once that has ended.

    Outside the main thread, no handler can raise; there, ``stopped`` cancels it. Raises: CancelledError if it did.
    """
    ending = _Ending()

    async def run() -> T:
        task = asyncio.ensure_future(coroutine)
        ending.began(asyncio.get_running_loop(), task)
        return await task

    if threading.current_thread() is not threading.main_thread():
        with (stopped or StopEvent()).calling(ending.request):
            return asyncio.run(run())
    over: Future[T] = Future()

    def work() -> None:
        try:
            over.set_result(asyncio.run(run()))
        except BaseException as error:  # noqa: BLE001 - passed to the caller's thread, which raises it
            over.set_exception(error)

    thread = threading.Thread(target=contextvars.copy_context().run, args=(work,), name="event-loop")
    try:
        thread.start()  # within the block: a signal can arrive before it returns, when the coroutine runs already
        return over.result()
    finally:
        if not over.done():
            ending.request()
        with suppress(RuntimeError):  # not started yet: it will find that it was cancelled
            thread.join()


class _Ending:
    """Cancels the coroutine, whether it has begun or not."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requested = False
        self._begun: tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]] | None = None

    def began(self, loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any]) -> None:
        """In the loop's thread, before the task's first step."""
        with self._lock:
            self._begun = loop, task
            if self._requested:
                task.cancel()

    def request(self) -> None:
        """In the caller's thread."""
        with self._lock:
            self._requested = True
            if self._begun is not None:
                loop, task = self._begun
                with suppress(RuntimeError):  # it has just ended
                    loop.call_soon_threadsafe(task.cancel)
