"""Errors as RFC 9457 problem documents: one format for every failure of the service.

Belongs here: the status of each error code, and the document. A new error code that does not get the status of its class
needs a line in ``_STATUS``. Must not go here: raising errors, what the app answers to each (``error_handlers.py``).
"""

from http import HTTPStatus
from typing import Any, Final

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.responses import Response

from meeting_pipeline.domain.errors import (
    IntakeRefused,
    OperatorError,
    PermanentError,
    PipelineError,
    TransientError,
)

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
