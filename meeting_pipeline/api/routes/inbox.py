"""``GET /v1/inbox``: files in the drop folder, and objects in the bucket of the inbox, that intake leaves out.

Must not go here: what is left out, and why (``steps/intake/left_out.py``).
"""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from meeting_pipeline.api.dependencies import Opened
from meeting_pipeline.api.schemas.advice import advice_for
from meeting_pipeline.api.schemas.problems import responses
from meeting_pipeline.api.security.access import Caller, require
from meeting_pipeline.steps.intake.bucket.left_out import left_in_bucket
from meeting_pipeline.steps.intake.left_out import left_behind

router = APIRouter(prefix="/v1/inbox", tags=["recordings"])
_LIMIT = 100
"""Files listed: a page shows them without paging. The total says how many more there are."""


class SkippedFile(BaseModel):
    """A file or folder that intake leaves out."""

    path: str = Field(description="Its path in the drop folder, or its name in the bucket.")
    reason: str = Field(description="A stable code for the reason.")
    message: str = Field(description="The reason, as a sentence.")
    advice: str = Field(description="What to do.")


class Inbox(BaseModel):
    """The drop folder, and the bucket of the inbox."""

    left_out: list[SkippedFile] = Field(description=f"At most {_LIMIT}.")
    left_out_count: int = Field(description="Total number.")


@router.get("", operation_id="getInbox", responses=responses(401, 403))
def get_inbox(installation: Opened, _caller: Annotated[Caller, Depends(require("read"))]) -> Inbox:
    """List what is in the drop folder or in the bucket of the inbox and is not accepted as it is, each with the reason.

    Rejected files are not listed: they were moved to `rejected/`, each with a note.
    """
    found = [*left_behind(installation.settings), *left_in_bucket(installation)]
    settings = installation.settings
    shown = [
        SkippedFile(
            path=one.path,
            reason=one.reason,
            message=one.message,
            advice=advice_for(settings, one.reason, one.advice),
        )
        for one in found[:_LIMIT]
    ]
    return Inbox(left_out=shown, left_out_count=len(found))
