"""Makes every error of the HTTP service a problem document: ours, the framework's, and those that nobody expected.

Only a browser at an address where nothing is gets a page (``not_found_page.py``).
Must not go here: the document, and the status of an error code (``problems.py``).
"""

import logging
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from meeting_pipeline.api import policies
from meeting_pipeline.api.schemas.advice import advice_for, message_for
from meeting_pipeline.api.schemas.not_found_page import not_found_page, wants_page
from meeting_pipeline.api.schemas.problems import ApiError, problem, status_of
from meeting_pipeline.domain.errors import (
    PipelineError,
    StoreUnavailable,
)
from meeting_pipeline.domain.text import short_line

_log = logging.getLogger(__name__)
_FRAMEWORK_CODES: Final = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    413: "too_large",
}
"""Codes of errors that the framework raises."""
_NO_DATE: Final = {"date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"}
"""What pydantic calls a text that is no date; its own words tell how it parses them."""
_RETRY_SECONDS: Final = 5
"""Sent as ``Retry-After`` when the store is temporarily unavailable."""


def install(app: FastAPI) -> None:
    """Make every error of the app a problem document."""
    app.add_exception_handler(PipelineError, _deliberate)
    app.add_exception_handler(ApiError, _about_the_request)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _of_the_framework)
    app.add_exception_handler(Exception, _unexpected)


async def _deliberate(request: Request, error: Exception) -> Response:
    if not isinstance(error, PipelineError):
        raise error
    status = status_of(error)
    headers = {"Retry-After": str(_RETRY_SECONDS)} if isinstance(error, StoreUnavailable) else None
    settings = request.app.state.service.installation.settings
    message = message_for(settings, error)
    if message != error.message:
        _log.warning("a request failed: %s", error)
    return problem(status, error.code, message, advice_for(settings, error.code, error.advice), headers=headers)


async def _about_the_request(_request: Request, error: Exception) -> Response:
    if not isinstance(error, ApiError):
        raise error
    return problem(error.status, error.code, error.message, error.advice, errors=error.errors, headers=error.headers)


async def _invalid(_request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    fields = [_field(e) for e in error.errors()[: policies.SHOWN_FIELDS]]
    return problem(
        422, "invalid_request", "The request is invalid.", "See `errors`.",
        errors=fields,
    )  # fmt: skip


def _field(error: dict[str, Any]) -> dict[str, Any]:
    """The problem with one field. The caller chose its name, which may be long or contain characters that cannot be sent."""
    if error["type"] == "json_invalid":
        return {"at": "body", "problem": str(error["ctx"]["error"])}
    if error["type"] in _NO_DATE:
        error = error | {"msg": "is not a date such as 2026-11-20"}
    return {"at": short_line(".".join(map(str, error["loc"])), policies.SHOWN_CHARACTERS), "problem": str(error["msg"])}


async def _of_the_framework(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(sorted(_methods(request)))
    code = _FRAMEWORK_CODES.get(error.status_code, f"http_{error.status_code}")
    if error.status_code == HTTPStatus.NOT_FOUND and wants_page(request):
        return not_found_page(request)
    if error.status_code == HTTPStatus.NOT_FOUND:
        return problem(404, code, "There is nothing at this address.", "`/docs` lists the addresses.", headers=headers)
    return problem(error.status_code, code, str(error.detail), headers=headers)


def _methods(request: Request) -> set[str]:
    """The methods of all routes of the path: the framework names those of one route only."""
    fitting = [route for route in request.app.state.routes if route.matches(request.scope)[0] is not Match.NONE]
    closest = max(
        (route.path for route in fitting), key=len, default=""
    )  # ``{recording_id}`` also matches a path that ends in ``:cancel``
    found = {method for route in fitting if route.path == closest for method in route.methods or ()}
    return found | {"HEAD"} if "GET" in found else found


async def _unexpected(request: Request, error: Exception) -> Response:
    _log.exception("a request failed: %s %s", request.method, request.url.path, exc_info=error)
    return problem(500, "internal_error", f"The service failed to handle this request ({type(error).__name__}).",
                   "Nothing was lost. Report it with the service's log.")  # fmt: skip
