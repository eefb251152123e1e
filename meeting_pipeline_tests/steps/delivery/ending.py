"""Ends this process in order, as a service manager does with SIGTERM and Dagster's handler of it: it raises."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import pytest


class Ended(BaseException):
    """Raised by SIGTERM, as Dagster does in a run."""


@contextmanager
def ended_once(ready: Callable[[], bool]) -> Iterator[None]:
    """Send SIGTERM to this process once ``ready`` says so; the block must end by it. ``ready`` is asked in another thread."""
    main, over = threading.get_ident(), threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        raise Ended

    def send() -> None:
        while not over.wait(0.05):
            if ready():
                signal.pthread_kill(main, signal.SIGTERM)
                return

    before = signal.signal(signal.SIGTERM, end)
    sender = threading.Thread(target=send)
    try:
        sender.start()
        with pytest.raises(Ended):
            yield
    finally:
        over.set()
        sender.join()
        signal.signal(signal.SIGTERM, before)
