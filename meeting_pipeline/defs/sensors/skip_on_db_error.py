"""What a tick reports when the database is unavailable: one line, and the next tick tries again.

Must not go here: how long a transaction is retried first (``store/engine/transaction_retry.py``).
"""

import functools
import logging
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import dagster as dg

from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.domain.text import one_line

_log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


def skip_on_database_error(tick: Callable[P, T]) -> Callable[P, T | dg.SkipReason]:
    """Decorator for the function of a sensor, below ``@dg.sensor``. What the tick has done so far is kept."""

    @functools.wraps(tick)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T | dg.SkipReason:
        try:
            return tick(*args, **kwargs)
        except StoreUnavailable as error:
            line = one_line(str(error))
            _log.warning("%s", line)
            return dg.SkipReason(line)

    return guarded
