"""What a process remembers about vectors of searches: the latest ones, and whether the server has just failed.

In memory only: what people search for is not stored. Must not go here: asking for a vector (``steps/embedding/query.py``).
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable


class QueryVectors:
    """The last vectors by text. Thread-safe. ``clock``: seconds that never go back."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._known: OrderedDict[str, tuple[float, ...]] = OrderedDict()
        self._failure: tuple[str, float] | None = None

    @property
    def failure(self) -> str | None:
        """Why the server is not asked at present; ``None`` if it may be."""
        failure = self._failure
        return failure[0] if failure is not None and self._clock() < failure[1] else None

    def get(self, text: str) -> tuple[float, ...] | None:
        """The vector of a text, if it is remembered."""
        with self._lock:
            found = self._known.get(text)
            if found is not None:
                self._known.move_to_end(text)
            return found

    def put(self, text: str, vector: tuple[float, ...]) -> None:
        """Remember a vector."""
        with self._lock:
            self._known[text] = vector
            self._failure = None
            while len(self._known) > self._most:
                self._known.popitem(last=False)

    def fail(self, reason: str, seconds: float) -> None:
        """Request nothing for ``seconds``."""
        self._failure = (reason, self._clock() + seconds)
