"""Exponential back-off: how long to wait before a retry.

Belongs here: the arithmetic. Must not go here: the numbers (``policies.py``), when the wait is over and what is retried
(each caller), the schedule of webhooks, which is a table (``webhooks/schedule.py``).
"""

import random

from meeting_pipeline.domain import policies


def backoff_s(failures: int, first_s: float, longest_s: float, *, jitter: float = 0.0) -> float:
    """Seconds to wait: ``first_s``, doubled for each of ``failures`` earlier waits, at most ``longest_s``.

    ``jitter`` varies the wait uniformly by plus or minus that share, so that several waiters do not retry at the same time.
    Raises: ValueError if ``failures`` is negative.
    """
    if failures < 0:
        raise ValueError("failures are counted from 0")
    wait = min(first_s * 2.0 ** min(failures, policies.RETRY_DOUBLINGS), longest_s)
    return wait * random.uniform(1 - jitter, 1 + jitter) if jitter else wait  # noqa: S311 - keeps no secret
