"""When a failed delivery is retried. Pure functions: clock and randomness are arguments.

Belongs here: computing waits. Must not go here: the numbers (``policies.py``), the rows (``store/``).
"""

import math
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from meeting_pipeline.webhooks import policies
from meeting_pipeline.webhooks.outcome import Outcome

_SLOW_DOWN_STATUSES = (429, 502, 504)


def next_attempt(
    attempt: int,
    outcome: Outcome,
    *,
    now: datetime,
    random: Callable[[], float],
    schedule: Sequence[float] = policies.WEBHOOK_SCHEDULE_SECONDS,
    time_scale: float = 1.0,
) -> datetime | None:
    """Return the time of the next attempt, or ``None`` if there is none and the delivery becomes a dead letter.

    ``attempt`` is the number of the failed attempt, from 1. ``random`` returns 0..1. ``schedule`` holds the waits
    before each attempt in seconds; ``time_scale`` multiplies every wait (for rehearsals).
    Raises: ValueError if ``attempt`` is below 1, ``now`` is naive or the delivery succeeded.
    """
    if attempt < 1 or now.tzinfo is None or outcome.delivered:
        raise ValueError("next_attempt is for a failed attempt, counted from 1, at an aware moment")
    if outcome.permanent or attempt >= len(schedule):
        return None
    dice = random()
    wait = schedule[attempt] * (1 + policies.WEBHOOK_JITTER * (2 * dice - 1))
    if _wants_rest(outcome):
        # Jitter upwards only: the floor is guaranteed.
        wait = max(wait, policies.WEBHOOK_SLOW_FLOOR_SECONDS * (1 + policies.WEBHOOK_JITTER * dice))
    if outcome.retry_after_s is not None and math.isfinite(outcome.retry_after_s):
        wait = max(wait, min(outcome.retry_after_s, policies.WEBHOOK_RETRY_AFTER_MAX_SECONDS))
    return now + timedelta(seconds=wait * time_scale)


def _wants_rest(outcome: Outcome) -> bool:
    return outcome.status in _SLOW_DOWN_STATUSES or outcome.error_code == "webhook_timeout"
