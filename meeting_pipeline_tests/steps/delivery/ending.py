"""Ends this process in order, as a service manager does with SIGTERM and Dagster's handler of it: it raises."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pytest


class Ended(BaseException):
    """Raised by SIGTERM, as Dagster does in a run."""


@contextmanager
def ended_once(ready: threading.Event) -> Iterator[None]:
    """Send SIGTERM to this process once ``ready`` is set; the block must end by it."""
    main = threading.get_ident()

    def end(_number: int, _frame: FrameType | None) -> None:
        raise Ended

    def send() -> None:
        if ready.wait(120):
            signal.pthread_kill(main, signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, end)
    sender = threading.Thread(target=send)
    try:
        sender.start()
        with pytest.raises(Ended):
            yield
        sender.join(120)
    finally:
        signal.signal(signal.SIGTERM, before)
