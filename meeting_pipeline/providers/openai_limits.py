"""The rate limits in the headers of OpenAI's answers, ``x-ratelimit-limit-requests`` and five more.

Source: https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers Compatible servers send other things under
these names (Azure: ``-1``). Anything that is not exactly in OpenAI's form counts as missing, so a misread value causes no wait.
Must not go here: the wait that a 429 requests (``openai_errors.py``).
"""

import re
from collections.abc import Mapping
from typing import Final

from meeting_pipeline.domain.rate_limits import RateLimit, RateLimits
from meeting_pipeline.providers import policies

_COUNT: Final = re.compile(r"[0-9]{1,15}")
_DURATION: Final = re.compile(
    r"(?:(?P<d>[0-9]{1,3})d)?(?:(?P<h>[0-9]{1,4})h)?(?:(?P<m>[0-9]{1,5})m)?"
    r"(?:(?P<s>[0-9]{1,6}(?:\.[0-9]{1,9})?)s)?(?:(?P<ms>[0-9]{1,8}(?:\.[0-9]{1,9})?)ms)?"
)
_SECONDS: Final = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


def limits_in(headers: Mapping[str, str]) -> RateLimits | None:
    """Read the limits; ``None`` if there are none. ``headers``: their names in any case."""
    found = RateLimits(requests=_limit(headers, "requests"), tokens=_limit(headers, "tokens"))
    return found if found.requests is not None or found.tokens is not None else None


def duration_s(text: str) -> float | None:
    """Seconds of a duration such as ``1s``, ``6m0s``, ``20ms`` or ``1h2m3.5s``; ``None`` for any other text.

    At most ``policies.PROVIDER_RETRY_AFTER_MAX_SECONDS``.
    """
    found = _DURATION.fullmatch(text) if text else None
    if found is None:
        return None
    seconds = sum(float(number) * _SECONDS[unit] for unit, number in found.groupdict().items() if number is not None)
    return min(seconds, policies.PROVIDER_RETRY_AFTER_MAX_SECONDS)


def _limit(headers: Mapping[str, str], kind: str) -> RateLimit | None:
    remaining = _count(headers.get(f"x-ratelimit-remaining-{kind}"))
    reset_s = duration_s(headers.get(f"x-ratelimit-reset-{kind}") or "")
    if remaining is None or reset_s is None:
        return None
    return RateLimit(most=_count(headers.get(f"x-ratelimit-limit-{kind}")), remaining=remaining, reset_s=reset_s)


def _count(text: str | None) -> int | None:
    return int(text) if text is not None and _COUNT.fullmatch(text) else None
