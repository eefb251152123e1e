"""``POST /v1/recordings``: submitting a recording, as a streamed form or by URL.

A refused request leaves nothing behind. Must not go here: how one submission is handled
(``api/uploads/submission_handler.py``).
"""

import logging
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import Response
from starlette.requests import ClientDisconnect

from meeting_pipeline.api.schemas.problems import ApiError, responses
from meeting_pipeline.api.schemas.submissions import Submission, request_body
from meeting_pipeline.api.security.access import Caller, require
from meeting_pipeline.api.uploads.admission import UploadAdmission, of_the_disk
from meeting_pipeline.api.uploads.idempotency import HEADER, read_key, repeatable
from meeting_pipeline.api.uploads.submission_handler import SubmissionHandler
from meeting_pipeline.domain.errors import StoreUnavailable

router = APIRouter(prefix="/v1/recordings", tags=["recordings"])
_log = logging.getLogger(__name__)
_FORM: Final = "multipart/form-data"
_JSON: Final = "application/json"


@router.post(
    "",
    operation_id="submitRecording",
    status_code=202,
    response_model=Submission,
    openapi_extra={"requestBody": request_body()},
    responses={
        **responses(400, 401, 403, 408, 409, 410, 413, 415, 422, 503, 507),
        202: {
            "headers": {
                "Location": {"description": "The recording.", "schema": {"type": "string"}},
                "Idempotency-Replayed": {
                    "description": "`true` if this response repeats that of an earlier request.", "schema": {"type": "string"}
                },
            }
        },
    },
)  # fmt: skip
async def submit_recording(
    request: Request,
    caller: Annotated[Caller, Depends(require("submit"))],
    idempotency_key: Annotated[
        str | None, Header(alias=HEADER, description="Makes it safe to repeat the request; kept for a day.")
    ] = None,
) -> Response:
    """Submit a recording: upload it as a form, or give its URL.

    The response is sent once the recording is stored durably. The same content submitted again is the same recording, and is
    transcribed only once. With an `Idempotency-Key`, a repeated request gets the first response again, or 410
    `recording_deleted` if the recording was deleted since.
    """
    admission: UploadAdmission = request.app.state.admission
    key = read_key(idempotency_key)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in (_FORM, _JSON):
        raise ApiError(
            415,
            "unsupported_media_type",
            f"This endpoint accepts {_FORM} or {_JSON}.",
            "Send a form with `file`, or a `source_url`.",
        )
    try:
        async with repeatable(admission.installation.store.idempotency, caller.id, key) as work:
            handler = SubmissionHandler(admission, work)
            return await (handler.form(request) if kind == _FORM else handler.source(request))
    except ClientDisconnect:
        _log.info("a client aborted its upload")
        return Response(status_code=400)  # the client is gone
    except (OSError, StoreUnavailable) as error:
        known = of_the_disk(error)
        if known is None:
            raise
        raise known from error
