"""``Due``, a delivery to attempt, and ``Outcome``, the result of an attempt.

Belongs here: the two plain data types that the sender, the schedule and the store share. Must not go here: behaviour.
"""

from dataclasses import dataclass
from typing import Protocol

from meeting_pipeline.domain.errors import PermanentError


class Due(Protocol):
    """A delivery to attempt now; ``store.outbox.LeasedDelivery`` implements this protocol.

    ``event_id`` and ``body`` are the same on every attempt; ``host`` is the URL's host, which limits parallel deliveries;
    ``secret`` is the submitter's; ``signing_secrets`` sign for this endpoint, newest first (``None`` among them, or nothing:
    the installation's); ``attempt`` counts from 1.
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
    def signing_secrets(self) -> tuple[str | None, ...]: ...  # noqa: D102 - see above
    @property
    def attempt(self) -> int: ...  # noqa: D102 - see above


@dataclass(frozen=True)
class Outcome:
    """The result of one attempt.

    Attributes:
        delivered: the receiver responded with 2xx.
        status: HTTP status, ``None`` without a response.
        error_code: stable snake_case code, ``None`` if delivered.
        detail: for people: why it failed and how the receiver's response began, at most ``WEBHOOK_KEEP_BYTES``
            of UTF-8, printable characters only, without secrets and words from the meeting (``redaction.py``). It
            is untrusted text: store it, but do not log it.
        retry_after_s: the wait that the receiver asked for, in seconds.
        gone: the receiver responded with 410: it wants no more webhooks at this URL.
        duration_ms: wall-clock time of the attempt.
        peer: the address that was connected to, or tried last.
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
    """Return the outcome of an attempt that was refused before connecting."""
    return Outcome(False, None, error.code, error.message, None, False, 0, None, True)


def met_a_bug(error: Exception) -> Outcome:
    """Return the outcome of an attempt that an unexpected error ended. It is retried by the schedule, like any failure."""
    detail = f"The attempt hit a bug ({type(error).__name__})."
    return Outcome(False, None, "internal_error", detail, None, False, 0, None, False)
