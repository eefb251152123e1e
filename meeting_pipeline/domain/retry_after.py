"""The ``Retry-After`` header, as sent by providers and webhook receivers.

Belongs here: reading it. Must not go here: how long we are willing to wait (each caller has its own limit).
"""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"[0-9]{1,12}(\.[0-9]{1,9})?")
_DATE_CHARACTERS = 64
"""Characters of a date that are parsed; an HTTP date has 29."""


def parse_retry_after(value: str | None, *, now: datetime, longest_s: float) -> float | None:
    """Seconds to wait: a number or an HTTP date (RFC 9110 section 10.2.3), at most ``longest_s``.

    ``now`` is timezone-aware. A date in the past gives 0. ``None`` if the header is absent or has neither form, so
    that no wait depends on ``nan``, a negative number or a misread value.
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
