"""The guard in front of Dagster's web application: every request and websocket passes it, or is refused with a reason.

It checks in this order: the method, the path and the host; where the request comes from; who calls; what the request would
do. Pure ASGI: responses and websockets pass through unchanged except for some headers. Belongs here: the order, and which
request needs what. Must not go here: Dagster (``dagster_app.py``).
"""

import logging
import re
from collections.abc import Awaitable
from typing import Final, TypeVar

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.ui import login, pages
from meeting_pipeline.ui.addresses import Addresses, forwarded_hosts
from meeting_pipeline.ui.callers import LOCAL, Caller, Callers, TooManyFailures
from meeting_pipeline.ui.checks import checked_post, checked_query, is_graphql, plain
from meeting_pipeline.ui.origin import WEBSOCKET, Source, is_proxied, source_of
from meeting_pipeline.ui.refusals import Refusal, wants_page
from meeting_pipeline.ui.response_headers import with_headers
from meeting_pipeline.ui.websocket import POLICY_VIOLATION, Connection

_log = logging.getLogger(__name__)
T = TypeVar("T")
MAY_WRITE: Final = "meeting_pipeline.may_write"
"""Key in the ASGI scope: whether the caller may change something. Dagster's application reads it."""
_READS: Final = ("GET", "HEAD")
_OPEN: Final = ("/server_info",)
"""Reports that the UI is alive, and versions. `up` and health checks call it: it needs no key and no database."""
_DATA: Final = re.compile(r"/(graphql|logs|notebook|dagit|download_debug|report_asset\w*)(/|$)")
"""Addresses that are not pages of the UI: no link on another site may lead to them."""


class Guard:
    """The outermost layer of the UI."""

    def __init__(self, app: ASGIApp, addresses: Addresses, callers: Callers, port: int) -> None:
        self._app = app
        self._addresses = addresses
        self._callers = callers
        self._login = login.Login(callers, port)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one connection on, or refuse it."""
        if scope["type"] == "http":
            await self._http(scope, receive, with_headers(scope, send))
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    # --- requests ---------------------------------------------------------------------------------------------------

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        try:
            answer = await self._let_through(scope, receive, send, headers)
        except Refusal as refusal:
            _log_refusal(refusal, scope["method"])
            answer = refusal.response(headers)
        if answer is not None:
            await answer(scope, receive, send)

    async def _let_through(self, scope: Scope, receive: Receive, send: Send, headers: Headers) -> Response | None:
        """Pass the request to Dagster, or return our own response. Raises: Refusal."""
        method, path = scope["method"], scope["path"]
        if {"content-length", "transfer-encoding"} <= set(headers.keys()):
            message = "The request gives both Content-Length and Transfer-Encoding."
            raise Refusal(400, "two_lengths", message, "Send one of them.", {"Connection": "close"})
        if method not in (*_READS, "POST"):
            raise Refusal(405, "method_not_allowed", f"{method} is not allowed here.", "", {"Allow": "GET, HEAD, POST"})
        source = self._source(scope, headers, method)
        if path in _OPEN and method in _READS:
            await self._hand_on(scope, receive, send, may_write=False)
            return None
        caller = await _with_database(self._caller(headers, source, method))
        if path in login.PATHS:
            return await _with_database(self._login.answer(Request(scope, receive), source, caller))
        if caller is None:
            return _redirect_to_login(scope, headers, source)
        if method == "POST":
            scope, receive = await checked_post(scope, receive, caller)
        elif is_graphql(path):
            scope = {**scope, "query_string": checked_query(scope["query_string"])}
        await self._hand_on(scope, receive, send, may_write=caller.may_write)
        return None

    def _source(self, scope: Scope, headers: Headers, method: str) -> Source:
        """Where the request comes from. Raises: Refusal if it may not be sent from there."""
        path = scope["path"]
        if not path.startswith("/") or not path.isprintable():
            raise Refusal(400, "bad_address", "The UI has no such address.", "")
        host = self._host(headers)
        source = source_of(method, headers, host, self._addresses)
        reading_page = method in _READS and not _DATA.match(plain(path))
        if source is Source.FOREIGN or (source is Source.LINK and not reading_page):
            raise Refusal(
                403,
                "foreign_origin",
                "This request came from a page of another site, or of the UI under another address.",
                "Open the UI at its own address and do it there. A program sends neither Origin nor Sec-Fetch-Site.",
            )
        return source

    def _host(self, headers: Headers) -> str:
        """The one host that the request names. Raises: Refusal."""
        hosts = headers.getlist("host")
        forwarded = forwarded_hosts(headers.getlist("x-forwarded-host"), headers.getlist("forwarded"))
        if len(hosts) == 1 and all(self._addresses.knows(host) for host in (*hosts, *forwarded)):
            return hosts[0]
        raise Refusal(
            403,
            "foreign_host",
            "The UI does not serve this host name.",
            "Call it as 127.0.0.1 or localhost with its port, or set MEETING_PIPELINE_PUBLIC_URL to the address that people use.",
        )

    async def _caller(self, headers: Headers, source: Source, method: str) -> Caller | None:
        """Who calls; ``None`` if the caller must authenticate and has not. Raises: Refusal, StoreUnavailable.

        A request from a proxy may come from any machine, so it needs a key whatever the settings say.
        """
        shown = headers.getlist("authorization")
        scheme, _, key = (shown[0] if len(shown) == 1 else "").partition(" ")
        if scheme.lower() == "bearer":  # any other scheme belongs to a proxy
            return await self._holder(key.strip())
        if not is_proxied(headers) and not await self._callers.asks_for_key():
            return LOCAL
        cookie = self._login.session_cookie(headers)
        if cookie is None or (source is Source.PROGRAM and method not in _READS):
            return None
        return await self._callers.of_session(cookie)

    async def _holder(self, key: str) -> Caller:
        try:
            caller = await self._callers.of_key(key)
        except TooManyFailures as error:
            wait = str(error.seconds)
            raise Refusal(
                429, "too_many_unknown_keys", "Too many unknown keys were tried.", f"Try again in {wait} seconds.",
                {"Retry-After": wait},
            ) from error  # fmt: skip
        if caller is None:
            challenge = {"WWW-Authenticate": 'Bearer realm="meeting_pipeline", error="invalid_token"'}
            advice = "`meeting-pipeline keys list` shows the valid keys."
            raise Refusal(401, "key_unknown", "This API key is unknown or was revoked.", advice, challenge)
        return caller

    async def _hand_on(self, scope: Scope, receive: Receive, send: Send, *, may_write: bool) -> None:
        await self._app({**scope, MAY_WRITE: may_write}, receive, send)

    # --- websockets -------------------------------------------------------------------------------------------------

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        try:
            source = self._source(scope, headers, WEBSOCKET)
            caller = await _with_database(self._caller(headers, source, WEBSOCKET))
            if caller is None:
                raise _key_missing()
        except Refusal as refusal:
            _log_refusal(refusal, WEBSOCKET)
            await receive()
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})  # before it is accepted: 403
            return
        connection = Connection(receive, send, lambda: self._still(headers, source))
        await self._hand_on(scope, connection.receive, connection.send, may_write=caller.may_write)

    async def _still(self, headers: Headers, source: Source) -> bool:
        """Whether the caller who opened a websocket may still read from it."""
        try:
            return await self._caller(headers, source, WEBSOCKET) is not None
        except (Refusal, StoreUnavailable):
            return False


async def _with_database(work: Awaitable[T]) -> T:
    """Raises: Refusal if the database is unavailable: callers cannot be identified then, so nobody is let in."""
    try:
        return await work
    except StoreUnavailable as error:
        raise Refusal(503, error.code, error.message, error.advice, {"Retry-After": "5"}) from error


def _redirect_to_login(scope: Scope, headers: Headers, source: Source) -> Response:
    """The response that leads to the login page. Raises: Refusal for requests that cannot log in."""
    if scope["method"] not in _READS or not wants_page(headers):
        raise _key_missing()
    path = scope.get("raw_path", scope["path"].encode()).partition(b"?")[0].decode("ascii", "replace")
    address = login.login_address(path, scope["query_string"])
    return pages.answer(pages.hop(address)) if source is Source.LINK else RedirectResponse(address, 303)


def _key_missing() -> Refusal:
    return Refusal(
        401,
        "key_missing",
        "The UI requires a sign-in.",
        f"Sign in at {pages.LOGIN}, or send a key as `Authorization: Bearer mp_...`.",
        {"WWW-Authenticate": 'Bearer realm="meeting_pipeline"'},
    )


def _log_refusal(refusal: Refusal, method: str) -> None:
    """Log a refusal without the address, which may contain anything."""
    _log.warning("refused: %s", refusal.code, extra={"code": refusal.code, "method": method, "status": refusal.status})
