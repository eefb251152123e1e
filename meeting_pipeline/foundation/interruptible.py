"""Runs a coroutine so that a signal can end it.

A signal's handler may raise, as Dagster's does to end a run. Inside an event loop, that exception hits whatever code is running:
a transport or a callback catches it, logs it, and the run continues as if nobody had asked. So the loop gets a thread of its own,
where no handler runs. Must not go here: what is run.
"""

import asyncio
import contextvars
import threading
from collections.abc import Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


def run_interruptibly(coroutine: Coroutine[Any, Any, T]) -> T:
    """Like ``asyncio.run``. What a signal's handler raises meanwhile cancels the coroutine, and is raised once that has ended.

    Outside the main thread, no handler can raise.
    """
    if threading.current_thread() is not threading.main_thread():
        return asyncio.run(coroutine)
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[T]]] = Future()

    async def run() -> T:
        task = asyncio.ensure_future(coroutine)
        started.set_result((asyncio.get_running_loop(), task))
        return await task

    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="event-loop") as thread:
        over = thread.submit(contextvars.copy_context().run, asyncio.run, run())
        try:
            return over.result()
        finally:
            if not over.done():
                loop, task = started.result()
                with suppress(RuntimeError):  # it has just ended
                    loop.call_soon_threadsafe(task.cancel)
