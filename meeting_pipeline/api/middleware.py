"""Middleware for every response: headers, a request id, the limits of rate and body, and the access log line.

Pure ASGI: it sees streams and failures as they are, and buffers nothing. Belongs here: what is the same for all routes.
Must not go here: the page's own policy (``api/routes/page.py``), who may call (``api/security/access.py``).
"""

import asyncio
import logging
import re
import secrets
import time
from typing import Any, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from meeting_pipeline.api import policies
from meeting_pipeline.api.metrics.http import STREAM, HttpMetrics
from meeting_pipeline.api.schemas.problems import problem
from meeting_pipeline.api.security.rate_limits import RateLimits, Standing

_access: Final = logging.getLogger("meeting_pipeline.api.security.access")
REQUEST_ID: Final = "X-Request-Id"
_GIVEN_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,80}")
_NOT_FOUND: Final = (401, 403, 404)
"""With these statuses, the recording id in the path may be any text."""
_PROBES: Final = ("/healthz", "/readyz")
"""Machines request these every few seconds; their log lines would bury the others."""
_UPLOADS: Final = "/v1/recordings"
"""``POST`` here streams and has its own limits."""


class RequestMiddleware:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.monotonic()
        answered = {"status": 0}
        http: HttpMetrics = scope["app"].state.metrics.http
        began_stream: list[float] = []
        request_id = _request_id(Headers(scope=scope))
        scope.setdefault("state", {})["request_id"] = request_id
        limits: RateLimits = scope["app"].state.rate_limits
        standing = limits.check(scope)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered["status"] = message["status"]
                headers = MutableHeaders(scope=message)
                _add_headers(headers, scope["path"], request_id)
                if standing is not None:
                    standing.add_to(headers)
                if headers.get("content-type", "").startswith(STREAM):
                    began_stream.append(time.monotonic())
                    http.stream_opened()
            await send(message)

        try:
            if standing is not None and standing.retry_s is not None:
                await _too_many(standing)(scope, receive, answer)
            else:
                await self._limited(scope, receive, answer)
        finally:
            if began_stream:
                http.stream_closed()
            took = (began_stream[0] if began_stream else time.monotonic()) - began
            http.answered(_route(scope), scope["method"], answered["status"], took)
            _log_access(scope, answered["status"], began)

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
            await _nul()(scope, receive, send)
            return
        limit = policies.API_BODY_BYTES
        if scope["method"] == "POST" and scope["path"] == _UPLOADS:
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdecimal() and int(announced) > limit:
            await _too_large(limit)(scope, receive, send)
            return
        seen, whole = 0, False
        loop = asyncio.get_running_loop()
        ends = loop.time() + policies.API_BODY_SECONDS

        async def counted() -> Message:
            nonlocal seen, whole
            try:
                async with asyncio.timeout_at(None if whole else ends):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, "The request body did not arrive in time.", {"Connection": "close"}) from None
            whole = not message.get("more_body", False)
            seen += len(message.get("body", b""))
            if seen > limit:
                raise HTTPException(413, f"The body is larger than {limit} bytes.")
            return message

        await self._app(scope, counted, send)


def _too_large(limit: int) -> ASGIApp:
    return problem(
        413, "too_large", f"The body is larger than {limit} bytes.", "Only POST /v1/recordings accepts files."
    )


def _too_many(standing: Standing) -> ASGIApp:
    """Refuse a request before anything of it is read."""
    return problem(
        429,
        "rate_limited",
        f"You have made more than {standing.limit} requests a minute.",
        f"Wait {standing.retry_s} s, as `Retry-After` says, and send fewer: `RateLimit-Remaining` says how many are left. Follow "
        "progress with the events instead of polling.",
    )


def _nul() -> ASGIApp:
    """Refuse NUL on all routes: no name, title or URL contains one, and PostgreSQL does not accept it in text."""
    return problem(400, "bad_request", "The URL contains a NUL character.", "Remove %00 from it.")


def _request_id(headers: Headers) -> str:
    given = headers.get(REQUEST_ID, "")
    return given if _GIVEN_ID.fullmatch(given) else secrets.token_hex(8)


def _add_headers(headers: MutableHeaders, path: str, request_id: str) -> None:
    headers[REQUEST_ID] = request_id
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    if path.startswith("/v1/"):
        headers.setdefault("Cache-Control", "no-store")
        # Our documents that a browser displays (minutes, errors) must not run or load anything.
        headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")


def _route(scope: Scope) -> str:
    """The path template of the route; ``-`` if no route matched."""
    return getattr(scope.get("route"), "path", None) or "-"


def _log_access(scope: Scope, status: int, began: float) -> None:
    """Log one line per request, with the route instead of the URL, which may contain a token."""
    route = _route(scope)
    fields: dict[str, Any] = {
        "method": scope["method"],
        "route": route,
        "status": status,
        "duration_ms": round((time.monotonic() - began) * 1000),
        "request_id": scope["state"]["request_id"],
        "recording_id": scope.get("path_params", {}).get("recording_id") if _may_be_logged(scope, status) else None,
        "caller": scope["state"].get("caller"),
    }
    level = logging.DEBUG if route in _PROBES else logging.INFO
    _access.log(level, "%s %s %d", scope["method"], route, status, extra=fields)


def _may_be_logged(scope: Scope, status: int) -> bool:
    """Whether the path names an existing recording. The key of a deleted one contains words of its title."""
    return status not in _NOT_FOUND and not str(scope.get("path", "")).startswith("/v1/deletions/")
