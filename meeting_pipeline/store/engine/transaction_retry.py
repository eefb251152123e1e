"""Retrying a transaction when the database was unavailable, busy or out of space.

Every public method of a repository is one transaction, or several independent ones; nothing is half done when it raises. So the
whole method can be called again, and ``retrying`` does so within the process's retry budget. A commit whose response was lost
is looked up first (``commit_markers.py``): a method that raises has changed nothing.
Must not go here: which errors these are (``driver_errors.py``).
"""

import functools
import inspect
import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.backoff import backoff_s
from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.store import policies

_log = logging.getLogger(__name__)
_state = threading.local()
_JITTER: Final = 0.3
"""Processes that lost the same database do not all reconnect at once."""

C = TypeVar("C", bound=type[Any])
T = TypeVar("T")


class RetryBudget:
    """How long a process retries. Set at most once, depending on the purpose of the process."""

    def __init__(self, seconds: float = policies.DATABASE_BLIP_SECONDS) -> None:
        self.seconds = seconds

    def repeat(self, work: Callable[[], T]) -> T:
        """Run ``work``, retrying while the store is unavailable. A nested call runs it once: only the outermost call retries.

        Raises: StoreUnavailable, the latest, after ``seconds``; any other error of ``work``, at once.
        """
        if getattr(_state, "repeating", False):
            return work()
        _state.repeating = True
        try:
            return self._repeat(work)
        finally:
            _state.repeating = False

    def _repeat(self, work: Callable[[], T]) -> T:
        until = time.monotonic() + self.seconds
        for pause in pauses():
            try:
                return work()
            except StoreUnavailable as error:
                if time.monotonic() + pause > until:
                    raise
                _log.info("trying again in %.1f s: %s", pause, error.code)
            time.sleep(pause)
        raise AssertionError("pauses never end")


def pauses() -> Iterator[float]:
    """Endless waits between attempts, in seconds."""
    for tries in itertools.count():
        yield backoff_s(
            tries,
            shared_policies.DATABASE_RETRY_FIRST_SECONDS,
            shared_policies.DATABASE_RETRY_MAX_SECONDS,
            jitter=_JITTER,
        )


def retrying(repository: C) -> C:
    """Class decorator: retry all public methods of a repository, inherited ones included, as described above."""
    for name, method in inspect.getmembers(repository, inspect.isfunction):
        if not name.startswith("_") and not hasattr(method, "retrying"):
            setattr(repository, name, _retrying(method))
    return repository


def _retrying(method: Callable[..., T]) -> Callable[..., T]:
    @functools.wraps(method)
    def repeated(self: Any, *args: Any, **kwargs: Any) -> T:
        return self._context.database.retry_budget.repeat(lambda: method(self, *args, **kwargs))  # type: ignore[no-any-return]  # the context of every repository

    repeated.retrying = True  # type: ignore[attr-defined]  # marks what is wrapped already
    return repeated
