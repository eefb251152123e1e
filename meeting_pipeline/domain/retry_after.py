"""The ``Retry-After`` header, as any HTTP party of ours may send it: a provider, a receiver of webhooks.

Belongs here: reading it. Must not go here: how long we are willing to wait (each caller has its own limit).
"""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"[0-9]{1,12}(\.[0-9]{1,9})?")
_DATE_CHARACTERS = 64


def parse_retry_after(value: str | None, *, now: datetime, longest_s: float) -> float | None:
    """Seconds to wait: a number or an HTTP date (RFC 9110 section 10.2.3), at most ``longest_s``.

    ``now`` is aware. A date in the past is 0. ``None`` without a header, and for one that is neither form: a wait
    must not hang on ``nan``, a negative number or one that nobody meant.
    """
    text = (value or "").strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), longest_s)
    if not text or len(text) > _DATE_CHARACTERS:
        return None
    try:
        moment = parsedate_to_datetime(text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        seconds = (aware - now).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(seconds, 0.0), longest_s)
