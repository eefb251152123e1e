"""One delivery attempt over HTTP, with all the limits needed against a hostile or broken receiver.

No proxy from the environment, no redirects, no cookies, no decompression, one HTTP/1.1 connection per attempt,
one wall-clock limit for everything. It uses ``httpcore`` directly, which has none of these features to turn off.
Must not go here: when to retry (``schedule.py``), parallel deliveries (``deliver.py``).
"""

import asyncio
import ssl
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache

import httpcore

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.retry_after import parse_retry_after
from meeting_pipeline.foundation.tls_trust import trusted, without_trust
from meeting_pipeline.webhooks import policies
from meeting_pipeline.webhooks.addresses import Target, parse_target
from meeting_pipeline.webhooks.allowlist import parse_allow
from meeting_pipeline.webhooks.guard import (
    AnswerTooLongError,
    GuardedBackend,
    Resolver,
    UnresolvedError,
    system_resolver,
)
from meeting_pipeline.webhooks.masking import masked, secrets_of
from meeting_pipeline.webhooks.outcome import Outcome
from meeting_pipeline.webhooks.redaction import without_echoed_content

_CONNECTION_ERRORS = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    AnswerTooLongError,
    UnresolvedError,
)
_OWN_HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}


async def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    allow: tuple[str, ...],
    total_s: float = shared_policies.WEBHOOK_TOTAL_SECONDS,
    connect_s: float = shared_policies.WEBHOOK_CONNECT_SECONDS,
    resolver: Resolver = system_resolver,
    tls: ssl.SSLContext | None = None,
) -> Outcome:
    """Send ``body`` to ``url`` once. Any failure of the receiver is an ``Outcome``, not an exception.

    ``headers`` come from ``signing.signed_headers``; ``total_s`` and ``connect_s`` are seconds; ``tls``
    replaces the default trust (``foundation/http_environment.py``).
    Raises: PermanentError ``bad_setting`` if ``allow`` is malformed; OperatorError ``bad_environment`` if this machine's
        certificates cannot be loaded (https only). Nothing was sent in either case.
    """
    rules = parse_allow(allow)
    attempt = _Attempt(headers, body)
    try:
        target = parse_target(url)
        attempt.path = target.path
        backend = attempt.backend = GuardedBackend(target, rules, resolver)
        async with asyncio.timeout(total_s):
            await _exchange(attempt, target, body, backend, connect_s, tls or tls_for(target))
    except PermanentError as error:
        return attempt.failed(error.code, error.message, permanent=True)
    except TimeoutError:
        if attempt.status is None:
            return attempt.failed("webhook_timeout", f"No response within {total_s:g} s.")
    except _CONNECTION_ERRORS as error:
        if attempt.status is None:
            return attempt.failed(*_explain(error))
    return attempt.answered()


async def _exchange(
    attempt: "_Attempt",
    target: Target,
    body: bytes,
    backend: GuardedBackend,
    connect_s: float,
    tls: ssl.SSLContext,
) -> None:
    headers: dict[str | bytes, str | bytes] = {"Host": target.host_header}
    headers.update(attempt.headers)
    headers.update(_OWN_HEADERS)
    headers["Content-Length"] = str(len(body))
    request = httpcore.Request(
        "POST",
        httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path),
        headers=headers,
        content=body,
        extensions={"timeout": {"connect": connect_s}},
    )
    async with httpcore.AsyncConnectionPool(
        ssl_context=tls, max_connections=1, max_keepalive_connections=0, retries=0, network_backend=backend
    ) as pool:
        response = await pool.handle_async_request(request)
        try:
            attempt.status = response.status
            attempt.answer_headers = response.headers
            # Read the body even after a 2xx: some receivers stop processing when the client disconnects.
            async for chunk in response.aiter_stream():
                attempt.answer += chunk
        finally:
            await response.aclose()


class _Attempt:
    """The state of the attempt in progress."""

    def __init__(self, headers: Mapping[str, str], body: bytes) -> None:
        self.headers = headers
        self.body = body
        self.path = b""
        self.started = time.monotonic()
        self.backend: GuardedBackend | None = None
        self.status: int | None = None
        self.answer_headers: list[tuple[bytes, bytes]] = []
        self.answer = bytearray()

    def answered(self) -> Outcome:
        """Return the outcome of an attempt that got a status. The status decides, even if reading the body failed."""
        status = self.status or 0
        if 200 <= status < 300:
            return self._outcome(None, "")
        code, message = "webhook_http_error", f"The receiver responded with {status}."
        if 300 <= status < 400:
            code, message = (
                "webhook_redirected",
                f"The receiver responded with {status}; redirects are not followed.",
            )
        if status == 410:
            code, message = (
                "webhook_gone",
                "The receiver responded with 410 (Gone): it wants no more webhooks at this URL.",
            )
        text = without_echoed_content(
            masked(self.answer.decode("utf-8", "replace"), secrets_of(self.headers, self.path)), self.body
        )
        return self._outcome(code, f"{message} {text}".strip(), permanent=status == 410)

    def failed(self, code: str, message: str, *, permanent: bool = False) -> Outcome:
        """Return the outcome of an attempt without a status."""
        return self._outcome(code, message, permanent=permanent)

    def _outcome(self, code: str | None, detail: str, *, permanent: bool = False) -> Outcome:
        return Outcome(
            delivered=code is None,
            status=self.status,
            error_code=code,
            detail=clean(detail),
            retry_after_s=self._retry_after() if code else None,
            gone=self.status == 410,
            duration_ms=round((time.monotonic() - self.started) * 1000),
            peer=self.backend.peer if self.backend else None,
            permanent=permanent,
        )

    def _retry_after(self) -> float | None:
        given = [value for name, value in self.answer_headers if name.lower() == b"retry-after"]
        if not given:
            return None
        longest = policies.WEBHOOK_RETRY_AFTER_MAX_SECONDS
        return parse_retry_after(given[0].decode("latin-1"), now=datetime.now(UTC), longest_s=longest)


def clean(text: str) -> str:
    """Make untrusted text safe to store: printable, at most ``WEBHOOK_KEEP_BYTES`` of UTF-8."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return printable.encode("utf-8", "replace")[: policies.WEBHOOK_KEEP_BYTES].decode("utf-8", "ignore")


def _explain(error: Exception) -> tuple[str, str]:
    """Return code and message for an attempt that ended without a status."""
    if isinstance(error, UnresolvedError):
        return "webhook_unresolved", "The receiver's host name has no address."
    if isinstance(error, AnswerTooLongError):
        return (
            "webhook_bad_answer",
            f"The receiver's headers exceed {policies.WEBHOOK_READ_BYTES // 1024} KiB.",
        )
    if isinstance(error, httpcore.TimeoutException):
        return "webhook_timeout", "Connecting to the receiver took too long."
    if isinstance(error, httpcore.ConnectError):
        tls_error = _tls_error(error)
        if tls_error is not None:
            return "webhook_tls_failed", f"The secure connection failed: {tls_error}"
        return "webhook_connect_failed", "The receiver refused the connection or cannot be reached."
    if isinstance(error, httpcore.LocalProtocolError):
        return "webhook_bad_request", "The request could not be written as HTTP: check the webhook secret."
    if isinstance(error, httpcore.NetworkError):
        return "webhook_connection_lost", "The connection broke before the receiver responded."
    return "webhook_bad_answer", "The receiver closed the connection early or did not respond in HTTP."


def _tls_error(error: BaseException | None) -> ssl.SSLError | None:
    """Return the TLS error among the causes, if there is one. The layers below wrap it more than once."""
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error


def tls_for(target: Target) -> ssl.SSLContext:
    """Return the TLS context for a request to the target. Loads certificates for https only.

    Raises: OperatorError ``bad_environment``.
    """
    return _trusted() if target.scheme == "https" else without_trust()


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """Load the trusted certificates once, which takes 20 ms. Failures are not cached."""
    return trusted()
