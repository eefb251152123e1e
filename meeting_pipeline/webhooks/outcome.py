"""What became of one delivery attempt, and of which deliveries attempts are made.

Belongs here: the two plain shapes that the sender, the schedule and the store share. Must not go here:
behaviour.
"""

from dataclasses import dataclass
from typing import Protocol

from meeting_pipeline.domain.errors import PermanentError


class Due(Protocol):
    """A delivery that is to be attempted now; ``store.outbox.LeasedDelivery`` has this shape.

    ``event_id`` and ``body`` are the same on every attempt; ``host`` is that of the URL: places are shared out by it;
    ``secret`` is the submitter's; ``attempt`` counts from 1.
    """

    @property
    def delivery_id(self) -> str: ...  # noqa: D102 - a protocol's members speak for themselves
    @property
    def event_id(self) -> str: ...  # noqa: D102 - see above
    @property
    def host(self) -> str: ...  # noqa: D102 - see above
    @property
    def url(self) -> str: ...  # noqa: D102 - see above
    @property
    def body(self) -> bytes: ...  # noqa: D102 - see above
    @property
    def secret(self) -> str | None: ...  # noqa: D102 - see above
    @property
    def attempt(self) -> int: ...  # noqa: D102 - see above


@dataclass(frozen=True)
class Outcome:
    """What one attempt came to.

    Attributes:
        delivered: the receiver answered 2xx.
        status: HTTP status, ``None`` if there was no answer.
        error_code: stable snake_case word, ``None`` if delivered.
        detail: for people: why it failed and how the receiver's answer began, at most ``WEBHOOK_KEEP_BYTES``
            of UTF-8, printable characters only, without the secrets and the meeting's words (``redaction.py``). It
            is a stranger's text: store it, but do not log it.
        retry_after_s: how long the receiver asked to be left alone, in seconds.
        gone: the receiver answered 410: it wants no more webhooks at this address.
        duration_ms: wall-clock time of the attempt.
        peer: the address that was dialled.
        permanent: another attempt cannot help (the URL is refused, the receiver is gone).
    """

    delivered: bool
    status: int | None
    error_code: str | None
    detail: str
    retry_after_s: float | None
    gone: bool
    duration_ms: int
    peer: str | None
    permanent: bool


def refused(error: PermanentError) -> Outcome:
    """The outcome of an attempt that was given up before anything was dialled."""
    return Outcome(False, None, error.code, error.message, None, False, 0, None, True)


def met_a_bug(error: Exception) -> Outcome:
    """The outcome of an attempt that an unexpected error ended: it is repeated by the schedule, like any that failed."""
    detail = f"The attempt met a bug ({type(error).__name__})."
    return Outcome(False, None, "internal_error", detail, None, False, 0, None, False)
