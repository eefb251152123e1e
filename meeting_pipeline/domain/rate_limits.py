"""The rate limits that a language-model provider reports with a response: how much is left, and when there is more.

Must not go here: a provider's headers (its module), waiting (``steps/processing/headroom.py``).
"""

from meeting_pipeline.domain.value import Value


class RateLimit(Value):
    """One limit: ``remaining`` is left of it, and after ``reset_s`` seconds there are ``most`` again (``None``: unknown)."""

    most: int | None
    remaining: int
    reset_s: float


class RateLimits(Value):
    """The limits of an account; ``None`` for one that the provider does not mention."""

    requests: RateLimit | None = None
    tokens: RateLimit | None = None
