"""``GET /v1/upload-check``: whether an upload of a given size would be accepted now.

For browsers: they read no response until they have sent the whole body, and see only a broken connection if the service
closes it earlier. Other clients send ``Expect: 100-continue``. Must not go here: the limits (``api/uploads/admission.py``).
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from meeting_pipeline.api.schemas.problems import responses
from meeting_pipeline.api.security.access import Caller, require
from meeting_pipeline.api.uploads.admission import UploadAdmission
from meeting_pipeline.api.uploads.submission_handler import require_size

router = APIRouter(prefix="/v1", tags=["recordings"])


@router.get(
    "/upload-check", operation_id="checkUpload", status_code=204, responses=responses(401, 403, 413, 422, 503, 507)
)
def check_upload(
    request: Request,
    _caller: Annotated[Caller, Depends(require("submit"))],
    size: Annotated[int, Query(ge=0, le=2**63 - 1, description="Size of the file in bytes.")],
) -> None:
    """Check whether an upload of this size would be accepted now: 204 if so, otherwise the error it would get.

    Nothing is reserved.
    """
    require_size(size)
    admission: UploadAdmission = request.app.state.admission
    admission.check(size)
