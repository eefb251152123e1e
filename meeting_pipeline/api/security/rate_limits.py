"""How many requests a caller may make: one bucket of tokens for each API key, or for each address that shows no valid key.

A bucket holds the requests of a minute and fills evenly, so a burst is allowed but a runaway loop is not. Buckets are in memory:
checking costs a few microseconds, and a restart fills every bucket. Belongs here: buckets, and the headers that report them.
Must not go here: who may call a route (``access.py``).
"""

import ipaddress
import math
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Scope

from meeting_pipeline.api import policies
from meeting_pipeline.store.api.api_keys import hashed

_PERIOD_S: Final = 60.0
"""The limit is a number of requests a minute."""
_LIMITED: Final = "/v1/"
"""Files of the page, health checks and metrics are not limited: they cost little, and machines request them all the time. Nor
are shared meetings: their responses reveal nothing about other readers."""
_STREAMS: Final = re.compile(r"/v1/(recordings/[^/]+/)?events")
"""Live events are not limited: a stream is one request, and its client has to come back whenever it breaks."""
_BEARER: Final = "bearer "
_NETWORK_BITS: Final = 64
"""One customer has at least this much of IPv6 (RFC 6177), so an address alone would not tell callers apart."""


@dataclass(frozen=True)
class Standing:
    """What a caller has left after a request. ``retry_s``: when the next one is allowed, if this one is refused."""

    limit: int
    remaining: int
    reset_s: int
    """Seconds until the whole limit is available again."""
    retry_s: int | None = None

    def add_to(self, headers: MutableHeaders) -> None:
        """Tell the caller.

        These are the three fields of draft-ietf-httpapi-ratelimit-headers-06: plain numbers, which existing clients read. Later
        drafts put them into structured fields, which few clients read and which still change.
        """
        headers["RateLimit-Limit"] = str(self.limit)
        headers["RateLimit-Remaining"] = str(self.remaining)
        headers["RateLimit-Reset"] = str(self.reset_s)
        if self.retry_s is not None:
            headers["Retry-After"] = str(self.retry_s)


class RateLimits:
    """The buckets of all callers. Threads may share it."""

    def __init__(self, per_minute: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        """``per_minute``: requests of one caller on average; 0: as many as it wants."""
        self._limit = per_minute
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """Caller -> tokens, and when they were counted; the latest used is last."""
        self._keys: dict[str, str] = {}
        """Hash of a key that is or was valid -> its id. As many as there are keys."""

    def recognise(self, key: str, key_id: str) -> None:
        """This key is valid: from now on, its requests count for itself and not for the address that they come from."""
        self._keys[hashed(key)] = key_id

    def recognise_hashes(self, keys: Mapping[str, str]) -> None:
        """These keys are valid: hash -> id."""
        self._keys |= keys

    def check(self, scope: Scope) -> Standing | None:
        """Count this request; ``None`` if it is not limited."""
        path: str = scope["path"]
        if not self._limit or not path.startswith(_LIMITED) or _STREAMS.fullmatch(path):
            return None
        return self.take(self._caller(scope))

    def take(self, caller: str) -> Standing:
        """Take a token of this caller, if it has one."""
        now, rate = self._clock(), self._limit / _PERIOD_S
        with self._lock:
            tokens, counted_at = self._buckets.pop(caller, (float(self._limit), now))
            tokens = min(float(self._limit), tokens + max(0.0, now - counted_at) * rate)
            allowed = tokens >= 1.0
            tokens -= allowed
            self._buckets[caller] = (tokens, now)
            if len(self._buckets) > policies.RATE_LIMIT_CALLERS:
                self._buckets.popitem(last=False)
        reset = math.ceil((self._limit - tokens) / rate)
        return Standing(self._limit, int(tokens), reset, None if allowed else max(1, math.ceil((1.0 - tokens) / rate)))

    def _caller(self, scope: Scope) -> str:
        given = Headers(scope=scope).get("authorization", "")
        if given[: len(_BEARER)].lower() == _BEARER and self._keys:
            known = self._keys.get(hashed(given[len(_BEARER) :].strip()))
            if known is not None:
                return known
        return _place((scope.get("client") or ("",))[0])


def _place(host: str) -> str:
    if ":" not in host:
        return host
    try:
        address = ipaddress.IPv6Address(host.partition("%")[0])
    except ValueError:
        return host
    mapped = address.ipv4_mapped
    return str(mapped) if mapped else f"{int(address) >> (128 - _NETWORK_BITS):x}/{_NETWORK_BITS}"
