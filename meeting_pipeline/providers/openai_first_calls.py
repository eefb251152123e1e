"""Of calls with the same prompt prefix, the first is made alone, and the others once the provider has cached the prefix.

Simultaneous calls would all pay for the whole text. Must not go here: what the calls share (``openai_shared.py``).
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.providers import policies


@dataclass
class Turn:
    """One call's turn. ``answered``: set by the caller when the provider has read the text."""

    first: bool
    answered: bool = False


@dataclass
class FirstCalls:
    """Which prefixes are being read, and which were read recently. Thread-safe."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _reading: dict[str, threading.Event] = field(default_factory=dict)
    _open_until: "OrderedDict[str, float]" = field(default_factory=OrderedDict)

    @contextmanager
    def turn(self, beginning: str | None) -> Iterator[Turn]:
        """Wait while the first call with this prefix is in progress. ``None``: nothing is cached, so there is no wait.

        If the first call fails, the others are made at once: the provider may be out of order, and waiting helps nobody. If it
        was not made because its answer is known, the next one is the first.
        """
        turn = Turn(beginning is not None and self._is_first(beginning))
        failed = True
        try:
            yield turn
            failed = False
        finally:
            if turn.first and beginning is not None:
                self._end(beginning, open_now=failed or turn.answered)

    def _is_first(self, beginning: str) -> bool:
        until = time.monotonic() + shared_policies.CALL_SECONDS
        while True:
            with self._lock:
                if self._open_until.get(beginning, 0.0) > time.monotonic():
                    return False
                event = self._reading.get(beginning)
                if event is None:
                    self._reading[beginning] = threading.Event()
                    return True
            if not event.wait(max(until - time.monotonic(), 0.0)):
                return False

    def _end(self, beginning: str, *, open_now: bool) -> None:
        with self._lock:
            if open_now:
                self._open_until[beginning] = time.monotonic() + policies.CACHE_SECONDS
                self._open_until.move_to_end(beginning)
                while len(self._open_until) > policies.CACHED_BEGINNINGS:
                    self._open_until.popitem(last=False)
            self._reading.pop(beginning).set()
