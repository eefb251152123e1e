"""How many calls a provider's rate limits allow, according to the headers of its responses.

A response says how much was left when its call was accepted. Calls begun since then, and earlier ones in progress, are
subtracted here, until the response to a later call says more. When nothing is left, no call is begun until the reset that the
response names. After that the full limit is assumed, less the calls in progress, but not a second time: then a response has to
confirm it. Not thread-safe: ``pacing.py`` holds a lock.
Must not go here: waiting, errors (``pacing.py``).
"""

from dataclasses import dataclass, field
from math import inf

from meeting_pipeline.domain.rate_limits import RateLimit, RateLimits
from meeting_pipeline.steps.processing import policies


@dataclass
class _Budget:
    """What is left of one limit, as far as it is known. Times are seconds of the caller's clock."""

    left: float = inf
    most: float = inf
    resets_at: float = 0.0

    def wait_s(self, cost: float, under_way: int, now: float) -> float:
        """How long to wait for a call of this cost: 0 if there is room, or if the provider must have more by now."""
        margin = policies.LIMIT_MARGIN * (0.0 if self.most == inf else self.most)
        if self.left - margin >= cost:
            return 0.0
        if now < self.resets_at:
            return self.resets_at - now
        self.left = max(self.most - under_way * cost, cost + margin)  # one call at least, or no answer would ever come
        self.resets_at = now + policies.LIMIT_RESET_CAP_SECONDS
        return 0.0

    def update(self, limit: RateLimit, begun_since: float, now: float) -> None:
        """Take over what an answer says; ``begun_since`` is what later calls cost."""
        self.left = limit.remaining - begun_since
        self.most = inf if limit.most is None else limit.most
        self.resets_at = now + min(limit.reset_s, policies.LIMIT_RESET_CAP_SECONDS)


@dataclass
class Headroom:
    """The room for further calls of one run. Without any answer that mentions limits, there is always room."""

    _requests: _Budget = field(default_factory=_Budget)
    _tokens: _Budget = field(default_factory=_Budget)
    _begun: int = 0
    _under_way: int = 0
    _told: int = 0
    _answers: int = 0
    _tokens_used: int = 0

    def begin(self, now: float) -> float:
        """Begin a call if there is room, and return 0; otherwise return how many seconds to wait before asking again."""
        cost = self._usual_tokens
        wait_s = max(self._requests.wait_s(1.0, self._under_way, now), self._tokens.wait_s(cost, self._under_way, now))
        if wait_s <= 0:
            self._begun += 1
            self._under_way += 1
            self._requests.left -= 1.0
            self._tokens.left -= cost
        return max(0.0, wait_s)

    @property
    def begun(self) -> int:
        """How many calls were begun: the number of the last one."""
        return self._begun

    def not_made(self) -> None:
        """A call that was begun is not made after all."""
        self._under_way -= 1
        self._requests.left += 1.0
        self._tokens.left += self._usual_tokens

    def unanswered(self) -> None:
        """A call has ended without an answer."""
        self._under_way -= 1

    def answered(self, call: int, limits: RateLimits | None, tokens: int, now: float) -> None:
        """The answer to the call with this number has come. ``tokens``: what it used."""
        self._under_way -= 1
        self._answers += 1
        self._tokens_used += tokens
        if limits is None or call <= self._told:  # a later call was answered first: it knew more
            return
        self._told = call
        # An earlier call may still be on its way to the provider: then it counts after this one, in a new window perhaps.
        since = float(max(self._begun - call, self._under_way))
        if limits.requests is not None:
            self._requests.update(limits.requests, since, now)
        if limits.tokens is not None:
            self._tokens.update(limits.tokens, since * self._usual_tokens, now)

    @property
    def _usual_tokens(self) -> float:
        """What a call uses on average; 1 until the first answer."""
        return self._tokens_used / self._answers if self._tokens_used else 1.0
