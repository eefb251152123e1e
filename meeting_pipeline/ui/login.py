"""Logging in to the UI with a key, and logging out.

The form is the only request that is not JSON: the browser's ``Origin`` must confirm that it comes from our own page.
Must not go here: what a session is (``sessions.py``), what people see (``pages.py``).
"""

import logging
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import parse_qs, urlencode

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from meeting_pipeline.ui import pages, policies
from meeting_pipeline.ui.callers import Caller, Callers, TooManyFailures
from meeting_pipeline.ui.origin import Source
from meeting_pipeline.ui.refusals import Refusal

_log = logging.getLogger(__name__)
PATHS: Final = (pages.LOGIN, pages.LOGOUT)
_BODY_BYTES: Final = 8192
"""Room for a key and an address."""
_UNKNOWN: Final = "This API key is unknown or was revoked."


class Login:
    """The two addresses below ``/meeting-pipeline/``."""

    def __init__(self, callers: Callers, port: int) -> None:
        self._callers = callers
        self.cookie = f"meeting_pipeline_ui_{port}"
        """Cookies ignore ports, so two UIs on one machine need two names."""

    def session_cookie(self, headers: Headers) -> str | None:
        """The value of our cookie, if the browser sent it."""
        try:
            found = SimpleCookie("; ".join(headers.getlist("cookie"))).get(self.cookie)
        except CookieError:
            return None
        return found.value if found is not None else None

    async def answer(self, request: Request, source: Source, caller: Caller | None) -> Response:
        """Respond to a request to one of the addresses. ``caller``: who is logged in. Raises: Refusal."""
        if request.method == "POST":
            if source is not Source.PAGE:
                raise Refusal(
                    403, "foreign_origin", "Only the UI's own form may send this.", "Open the form and send it."
                )
            return self._log_out(caller) if request.url.path == pages.LOGOUT else await self._log_in(request)
        to = _place(request.query_params.get("to"))
        if caller is None:
            return pages.answer(pages.login_form(to, any_key=await self._callers.any_key()))
        if caller.session is None:
            return pages.answer(pages.no_login_needed())
        if "to" in request.query_params:
            return RedirectResponse(to, 303)
        return pages.answer(pages.signed_in(caller.name, to, may_write=caller.may_write))

    async def _log_in(self, request: Request) -> Response:
        fields = await _form(request)
        to, key = _place(fields.get("to")), fields.get("key", "").strip()
        try:
            caller = await self._callers.of_key(key)
        except TooManyFailures as error:
            words = f"Too many unknown keys were tried. Try again in {error.seconds} seconds."
            return pages.answer(pages.login_form(to, error=words), 429, {"Retry-After": str(error.seconds)})
        if caller is None:
            _log.warning("a login to the UI failed", extra={"code": "key_unknown"})
            return pages.answer(pages.login_form(to, error=_UNKNOWN, any_key=await self._callers.any_key()), 401)
        _log.info("login to the UI", extra={"caller": caller.id})
        answer = RedirectResponse(to, 303)
        secure = request.headers.get("origin", "").startswith("https:")
        answer.set_cookie(
            self.cookie,
            self._callers.log_in(caller),
            max_age=int(policies.UI_SESSION_SECONDS),
            httponly=True,
            samesite="strict",
            secure=secure,
        )
        return answer

    def _log_out(self, caller: Caller | None) -> Response:
        if caller is not None and caller.session is not None:
            self._callers.log_out(caller.session)
            _log.info("logout from the UI", extra={"caller": caller.id})
        answer = RedirectResponse(pages.LOGIN, 303)
        answer.delete_cookie(self.cookie, httponly=True, samesite="strict")
        return answer


def login_address(path: str, query_string: bytes) -> str:
    """The address of the login form that returns to this address of the UI."""
    to = path + (f"?{query_string.decode('ascii', 'replace')}" if query_string else "")
    return f"{pages.LOGIN}?{urlencode({'to': _place(to)})}"


def _place(to: str | None) -> str:
    """The address if it belongs to this UI, otherwise its front page: a login must not lead anywhere else."""
    if not to or not to.startswith("/") or to[1:2] in ("/", "\\") or not to.isprintable() or to.startswith(PATHS):
        return "/"
    return to


async def _form(request: Request) -> dict[str, str]:
    """The fields of the form. Raises: Refusal."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise Refusal(415, "not_a_form", "This address accepts only the login form.", "Open the form and send it.")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _BODY_BYTES:
            raise Refusal(
                413, "too_large", "The form is too large.", "Enter a key made by `meeting-pipeline keys create`."
            )
    fields = parse_qs(body.decode("utf-8", "replace"))
    return {name: values[-1] for name, values in fields.items()}
