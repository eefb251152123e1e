"""``DELETE /v1/recordings/{recording_id}``.

Must not go here: what is deleted, and in which order (``steps/operations/delete.py``).
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from meeting_pipeline.api.dependencies import Opened
from meeting_pipeline.api.schemas.paths import Key
from meeting_pipeline.api.schemas.problems import responses
from meeting_pipeline.api.security.access import Caller, require
from meeting_pipeline.steps.operations.delete import delete_recording

router = APIRouter(prefix="/v1/recordings", tags=["recordings"])


@router.delete(
    "/{recording_id}",
    operation_id="deleteRecording",
    summary="Delete Recording",
    status_code=204,
    responses=responses(401, 403, 404, 409, 422, 503),
)
def delete(
    installation: Opened,
    caller: Annotated[Caller, Depends(require("admin"))],
    key: Key,
    drop_deliveries: Annotated[
        bool,
        Query(
            description="Drop webhooks that are not delivered yet. Otherwise the request is refused while there are "
            "any (409)."
        ),
    ] = False,
) -> None:
    """Delete a finished recording: its files, its results, and the data about its submitters. This cannot be undone.

    Its cost stays in the ledger. Its transcript at the provider is deleted soon after.
    """
    delete_recording(installation, key, caller.name, drop_deliveries=drop_deliveries)
