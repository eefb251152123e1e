"""Errors as RFC 9457 problem documents: one format for every failure of the service.

Belongs here: the status of each error code, and the document. A new error code that does not get the status of its class
needs a line in ``_STATUS``. Must not go here: raising errors.
"""

import logging
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from meeting_pipeline.api import policies
from meeting_pipeline.api.schemas.advice import advice_for, message_for
from meeting_pipeline.domain.errors import (
    IntakeRefused,
    OperatorError,
    PermanentError,
    PipelineError,
    StoreUnavailable,
    TransientError,
)
from meeting_pipeline.domain.text import short_line

_log = logging.getLogger(__name__)
MEDIA_TYPE: Final = "application/problem+json"
_STATUS: Final = {
    "unknown_recording": 404,
    "unknown_delivery": 404,
    "unknown_mail": 404,
    "unknown_deletion": 404,
    "unknown_speaker": 404,
    "unknown_claim": 404,
    "unknown_share": 404,
    "unknown_segment": 404,
    "unknown_edit": 404,
    "unknown_commitment": 404,
    "unknown_person": 404,
    "unknown_name": 404,
    "unknown_part": 404,
    "other_series": 422,
    "edited_meanwhile": 409,
    "edited_since": 409,
    "too_many_edits": 409,
    "too_many_items": 409,
    "not_editable": 422,
    "bad_edit": 422,
    "unknown_insight": 404,
    "no_such_version": 404,
    "unknown_campaign": 404,
    "campaign_over": 409,
    "campaign_not_paused": 409,
    "cap_reached": 409,
    "nothing_held": 409,
    "failed_recording": 409,
    "not_held": 422,
    "no_transcript": 404,
    "no_media": 404,
    "no_due_dates": 404,
    "not_found": 404,
    "not_finished": 409,
    "finished_already": 409,
    "merged_speaker": 409,
    "merge_chain": 409,
    "merged_into_itself": 422,
    "bad_name": 422,
    "idempotency_in_progress": 409,
    "idempotency_mismatch": 422,
    "question_too_long": 422,
    "too_large": 413,
    "webhook_url_refused": 422,
    "webhook_secret_refused": 422,
    "mail_to_refused": 422,
    "deliveries_pending": 409,
    "disk_full": 507,
    "key_missing": 401,
    "key_unknown": 401,
    "scope_missing": 403,
}
"""Codes whose status does not follow from the class of the error."""
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


class ProblemDetails(BaseModel):
    """A problem document (RFC 9457). ``code`` is stable; ``detail`` and ``advice`` are for people."""

    type: str = Field(description="Always about:blank: `code` names the problem.")
    title: str = Field(description="The HTTP status in words.")
    status: int
    detail: str
    code: str
    advice: str = ""
    errors: list[dict[str, Any]] | None = Field(default=None, description="Which fields are invalid, and why.")


PROBLEM_SCHEMA: Final = {"$ref": f"#/components/schemas/{ProblemDetails.__name__}"}
REFUSED: Final = {"_401": "The API key is missing or unknown.", "_403": "The key lacks the scope."}
UNKNOWN: Final = {"_404": "No such recording."}


def described(text: str) -> dict[str, Any]:
    """The OpenAPI description of a response that is a problem document."""
    return {"description": text, "content": {MEDIA_TYPE: {"schema": PROBLEM_SCHEMA}}}


def responses(*statuses: int, **texts: str) -> dict[int | str, dict[str, Any]]:
    """The ``responses=`` of a route that can fail with these problems. Every route with a key has 401 and 403.

    A bare status is described by its name, ``_404="No such recording."`` by the given text.
    """
    found = {status: HTTPStatus(status).phrase for status in statuses}
    found |= {int(status.removeprefix("_")): text for status, text in texts.items()}
    return {status: described(text) for status, text in found.items()}


class ApiError(Exception):
    """An error of the HTTP service only: about a request, not about a recording."""

    def __init__(
        self, status: int, code: str, message: str, advice: str = "", headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.advice = status, code, message, advice
        self.headers = headers or {}
        self.errors: list[dict[str, Any]] | None = None


def problem(
    status: int,
    code: str,
    detail: str,
    advice: str = "",
    *,
    errors: list[dict[str, Any]] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """Build the problem document as a response."""
    document = ProblemDetails(
        type="about:blank",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        advice=advice,
        errors=errors,
    )
    content = document.model_dump(exclude_none=True)
    return JSONResponse(content, status, media_type=MEDIA_TYPE, headers=headers)


def status_of(error: PipelineError) -> int:
    """The HTTP status of a deliberate error."""
    if error.code in _STATUS:
        return _STATUS[error.code]
    if isinstance(error, IntakeRefused):
        return 422
    if isinstance(error, PermanentError):
        return 400
    if isinstance(error, OperatorError | TransientError):
        return 503
    return 500


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
