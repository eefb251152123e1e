"""What a sender gets for a delivery that it has leased, and what the outbox records of its attempt.

Must not go here: leasing and settling (``outbox.py``), the attempt itself (``webhooks/``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class LeasedDelivery:
    """A delivery that this sender may attempt now."""

    delivery_id: str
    token: str
    event_id: str
    recording_key: str
    host: str
    """As stored; empty for a URL that cannot be parsed."""
    url: str = field(repr=False)
    secret: str | None = field(repr=False)
    body: bytes = field(repr=False)
    attempt: int
    """1 for the first attempt."""
    body_form: str = "full"
    """The form that its submission wants: see ``domain/sidecar_options.py``."""
    reference: str | None = None
    metadata: Mapping[str, Any] | None = field(default=None, repr=False)
    """What its submission has attached."""
    signing_secrets: tuple[str | None, ...] = field(default=(), repr=False)
    """What signs for its endpoint, newest first; ``None`` in it, or nothing: the installation's secret."""


class AttemptResult(Protocol):
    """What the store keeps of an attempt; ``webhooks.outcome.Outcome`` has this shape."""

    @property
    def delivered(self) -> bool: ...  # noqa: D102 - a protocol's members speak for themselves
    @property
    def status(self) -> int | None: ...  # noqa: D102 - see above
    @property
    def error_code(self) -> str | None: ...  # noqa: D102 - see above
    @property
    def detail(self) -> str: ...  # noqa: D102 - see above
    @property
    def duration_ms(self) -> int: ...  # noqa: D102 - see above
    @property
    def peer(self) -> str | None: ...  # noqa: D102 - see above
    @property
    def gone(self) -> bool: ...  # noqa: D102 - see above
