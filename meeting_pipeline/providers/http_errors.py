"""Shared by the adapters of HTTP providers: statuses as typed errors, Retry-After, a time limit, keys, proxies.

Belongs here: rules that hold for every HTTP provider. Add one when a second adapter needs it. Must not go here: anything
specific to one provider's SDK, routes or wording; retries (the run and the store own them).
"""

import re
import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from meeting_pipeline.domain.errors import OperatorError, PipelineError, ProviderRefused, ProviderUnavailable
from meeting_pipeline.domain.retry_after import parse_retry_after
from meeting_pipeline.domain.text import short_line
from meeting_pipeline.providers import policies

T = TypeVar("T")

SHOWN_CHARACTERS = 300
"""A provider's error text is cut to this length: it can be a whole HTML page."""
_NO_CREDIT = re.compile(
    r"\b(insufficient_quota|insufficient (funds|balance|credit)|negative balance|account balance)", re.I
)


def retry_after_seconds(value: str | None) -> float | None:
    """Parse a Retry-After header into seconds: delta-seconds or an HTTP date (RFC 9110, section 10.2.3).

    Never negative, never above ``policies.PROVIDER_RETRY_AFTER_MAX_SECONDS``. ``None`` without a header, or for one in
    neither form: ``nan`` or an absurd number must not set the wait.
    """
    longest = policies.PROVIDER_RETRY_AFTER_MAX_SECONDS
    return parse_retry_after(value, now=datetime.now(UTC), longest_s=longest)


def limited(seconds: float, call: Callable[[], T], *, abandon: Callable[[], None] | None = None) -> T:
    """Run ``call`` with a wall-clock limit in seconds; HTTP libraries limit each read, not the whole response.

    The call runs in a daemon thread. On timeout, ``abandon`` is called (it should close the connection, so that the thread
    ends soon), and the caller does not wait for the thread.

    Raises: ProviderUnavailable ``provider_timeout``; and whatever ``call`` raises.
    """
    outcome: list[T] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(call())
        except BaseException as error:  # noqa: BLE001 - passed to the caller's thread, which raises it
            failure.append(error)

    thread = threading.Thread(target=run, name="provider-call", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        if abandon is not None:
            abandon()
        raise ProviderUnavailable(
            "provider_timeout",
            f"The provider did not complete its response within {seconds:g} s.",
            "It is retried later.",
        )
    if failure:
        raise failure[0]
    return outcome[0]


def status_error(provider: str, status: int, detail: str, retry_after: str | None) -> PipelineError:
    """Return the typed error for an unexpected HTTP status.

    ``provider`` is the adapter's name (``assemblyai``): codes of operator errors start with it. ``detail`` is the provider's
    error text or code; it is shortened, and left out where it could contain part of the key.
    """
    if status in (401, 403):
        return OperatorError(
            f"{provider}_key_refused",
            f"{provider} refused the API key (HTTP {status}).",
            f"Correct {provider.upper()}_API_KEY; waiting recordings resume automatically.",
        )
    if status == 407:
        return _proxy_refused(f"The proxy of the environment refused the connection to {provider} (HTTP 407).")
    if status == 402 or (400 <= status < 500 and _NO_CREDIT.search(detail)):
        return OperatorError(
            f"{provider}_no_credit",
            f"The {provider} account has no credit (HTTP {status}).",
            "Add credit to the account; waiting recordings resume automatically.",
        )
    if status in (408, 409, 425, 429) or status >= 500:
        return ProviderUnavailable(
            "provider_busy" if status == 429 else "provider_unavailable",
            f"{provider} responded with HTTP {status}.",
            "It is retried later.",
            retry_after_s=retry_after_seconds(retry_after),
        )
    if 400 <= status < 500:
        return ProviderRefused(
            "provider_refused",
            f"{provider} refused the request (HTTP {status}): {shown(detail).rstrip('.')}.",
            "Check the recording and its options; the same request would be refused again.",
        )
    return ProviderUnavailable(
        "provider_unavailable",
        f"{provider} responded with HTTP {status}, which is not a response of its API.",
        "Check the base URL and any proxy between this machine and the provider.",
    )


def shown(text: str) -> str:
    """Shorten a provider's error text for people: one line of at most ``SHOWN_CHARACTERS``."""
    return short_line(text, SHOWN_CHARACTERS)


def require_sendable_key(provider: str, key: str) -> None:
    """Refuse a key that cannot be sent: the library's error would be untyped, or look like a broken connection.

    Raises: OperatorError ``<provider>_key_refused``, before anything is sent.
    """
    if key.isascii() and key.isprintable() and key.strip():
        return
    raise OperatorError(
        f"{provider}_key_refused",
        f"{provider.upper()}_API_KEY is empty or contains characters that no key has (line breaks, or characters other than "
        "ASCII).",
        "Set it to the key alone; waiting recordings resume automatically.",
    )


def proxy_error(provider: str, unreachable: str, said: str) -> PipelineError:
    """Return the typed error for a failed proxy connection. ``said`` begins with its status; ``unreachable`` is a code."""
    status = said[:3]
    if status in ("401", "403", "407"):
        return _proxy_refused(f"The proxy of the environment refused the connection to {provider} (HTTP {status}).")
    return ProviderUnavailable(
        unreachable, f"The proxy of the environment could not connect to {provider}.", "It is retried later."
    )


def _proxy_refused(message: str) -> OperatorError:
    return OperatorError(
        "proxy_refused",
        message,
        "Check user and password in HTTPS_PROXY, HTTP_PROXY or ALL_PROXY, and whether the proxy lets this machine "
        "through; then restart `up`.",
    )


def is_untrusted(error: BaseException | None) -> bool:
    """Whether the cause is an untrusted certificate. The layers below wrap that error more than once."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error is not None


def untrusted_error(provider: str, unreachable: str) -> ProviderUnavailable:
    """Return the typed error for an untrusted certificate. Retried, because the provider may be the one to fix it."""
    return ProviderUnavailable(
        unreachable,
        f"The connection to {provider} failed: this machine does not trust its certificate.",
        "If a proxy inspects the traffic, or the provider's certificate is from a private authority, set SSL_CERT_FILE "
        "to a PEM file with that authority, and restart `up`.",
    )
